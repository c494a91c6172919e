/* SPDX-License-Identifier: MIT */
#include "cli/queue_control.h"

#include <stdio.h>

#include "db/outbox.h"

#include "core/doorbell.h"
#include "core/holding.h"

void
queue_control_progress(struct cli_progress *p, uint64_t n, unsigned shards)
{
	if (cli_progress(p))
		(void)fprintf(stderr, "\r%llu messages, %u of %d parts of the "
		    "queue ", (unsigned long long)n, shards, OUTBOX_SHARDS);
}

bool
queue_control_told(uint64_t n, unsigned shards, void *progress)
{
	queue_control_progress(progress, n, shards);
	return true;
}

void
queue_control_ring(struct cli *c, int64_t in_ms)
{
	struct doorbell_client line = {c->settings.sendd.doorbell, -1};

	(void)doorbell_ring_all(&line, in_ms);
	doorbell_close(&line);
}

const struct err *
queue_control_retry(struct cli *c, int64_t app, unsigned platform,
    int64_t in_ms, uint64_t *n)
{
	struct cli_progress p = {0};
	const struct err *e = holding_retry(c->db, app, platform, in_ms,
	    queue_control_told, &p, n);

	cli_progress_over(&p);
	queue_control_ring(c, in_ms);
	return e;
}
