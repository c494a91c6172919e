/* SPDX-License-Identifier: MIT */
/* A scan, with a queue and the shards, for its unit tests. */
#ifndef TESTS_UNIT_SCAN_WORLD_H
#define TESTS_UNIT_SCAN_WORLD_H

#include "sendd/scan.h"

#include "unit.h"

#define NOW 1000000
#define POLL 1000
#define ROOM 640
#define BATCH 100

static struct queue q;
static struct shards shards;
static struct scan scan;
static struct queue_line line;
static struct scan_part list[OUTBOX_SHARDS * OUTBOX_LANES];

/* All shards are ours. */
static int
scan_world_begin(void **state)
{
	(void)state;
	memset(&shards, 0, sizeof shards);
	memset(&scan, 0, sizeof scan);
	queue_init(&q, ROOM);
	queue_line_init(&line, NULL);
	for (unsigned i = 0; i < OUTBOX_SHARDS; i++)
		shards_taken(&shards, i, 100 + i, NOW + 15000);
	scan.poll_due_ms = NOW + POLL;
	return 0;
}

static int
scan_world_end(void **state)
{
	(void)state;
	queue_done(&q);
	return 0;
}

/* How many lanes are to be read from their start now? */
static unsigned
starts(int64_t now_ms)
{
	unsigned n = 0;

	scan_begin(&scan, &shards, &q, POLL, now_ms);
	for (unsigned i = 0; i < OUTBOX_SHARDS; i++)
		for (unsigned lane = 0; lane < OUTBOX_LANES; lane++) {
			struct scan_lane *l = &scan.lanes[i][lane];

			n += l->more && l->cursor.id == 0;
			l->more = false;
			l->cursor.id = 7;
		}
	return n;
}

#endif
