/* SPDX-License-Identifier: MIT */
#include "cli/queue_control.h"

#include <stdio.h>

#include "db/outbox.h"

#include "core/doorbell.h"

void
queue_control_progress(struct cli_progress *p, uint64_t n, unsigned shards)
{
	if (cli_progress(p))
		(void)fprintf(stderr, "\r%llu messages, %u of %d parts of the "
		    "queue ", (unsigned long long)n, shards, OUTBOX_SHARDS);
}

void
queue_control_ring(struct cli *c, int64_t in_ms)
{
	struct doorbell_client line = {c->settings.sendd.doorbell, -1};

	(void)doorbell_ring_all(&line, in_ms);
	doorbell_close(&line);
}

/* Shard by shard, so that the command can be stopped and started again: rows
 * that are due already are not changed. */
const struct err *
queue_control_retry(struct cli *c, int64_t app, int platform, int64_t in_ms,
    uint64_t *n)
{
	struct cli_progress p = {0};
	const struct err *e = NULL;
	uint64_t rows;

	*n = 0;
	for (unsigned i = 0; e == NULL && i < OUTBOX_SHARDS; i++) {
		e = outbox_retry(c->db, i, app, platform, in_ms, &rows);
		*n += e == NULL ? rows : 0;
		queue_control_progress(&p, *n, i + 1);
	}
	cli_progress_over(&p);
	queue_control_ring(c, in_ms);
	return e;
}
