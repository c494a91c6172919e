/* SPDX-License-Identifier: MIT */
#include "sendd/quick_poll.h"

#include <string.h>

void
quick_poll_found(struct quick_poll *q, unsigned shard, int64_t now_ms)
{
	q->found[shard] = true;
	if (q->found_ms == 0)
		q->found_ms = now_ms;
}

void
quick_poll_rang(struct quick_poll *q, unsigned shard)
{
	q->found[shard] = false;
}

void
quick_poll_begin(struct quick_poll *q, int64_t now_ms)
{
	q->pause_ms = QUICK_POLL_MIN_MS;
	q->due_ms = now_ms + q->pause_ms;
	q->until_ms = now_ms + QUICK_POLL_FOR_MS;
}

/* The rings that have not come by now do not come. */
static void
miss_rings(struct quick_poll *q, int64_t now_ms)
{
	bool missed = false;

	if (q->found_ms == 0 || now_ms < q->found_ms + QUICK_POLL_RING_MS)
		return;
	for (unsigned i = 0; i < OUTBOX_SHARDS; i++)
		missed |= q->found[i];
	memset(q->found, 0, sizeof q->found);
	q->found_ms = 0;
	if (missed)
		quick_poll_begin(q, now_ms);
}

bool
quick_poll_is_due(struct quick_poll *q, int64_t now_ms)
{
	miss_rings(q, now_ms);
	if (now_ms < q->due_ms || now_ms >= q->until_ms)
		return false;
	q->pause_ms *= 2;
	if (q->pause_ms > QUICK_POLL_MAX_MS)
		q->pause_ms = QUICK_POLL_MAX_MS;
	q->due_ms = now_ms + q->pause_ms;
	return true;
}

bool
quick_poll_is_on(const struct quick_poll *q, int64_t now_ms)
{
	return now_ms < q->until_ms;
}

int64_t
quick_poll_due_ms(const struct quick_poll *q)
{
	int64_t judged_ms = q->found_ms != 0
	    ? q->found_ms + QUICK_POLL_RING_MS : INT64_MAX;
	int64_t due_ms = q->due_ms < q->until_ms ? q->due_ms : INT64_MAX;

	return judged_ms < due_ms ? judged_ms : due_ms;
}
