/* SPDX-License-Identifier: MIT */
/* A list of outcomes with its queue, for its unit tests. */
#ifndef TESTS_UNIT_OUTCOMES_WORLD_H
#define TESTS_UNIT_OUTCOMES_WORLD_H

#include "sendd/outcomes.h"

#include <stdlib.h>

#include "unit.h"

#define NOW 1000000
#define BATCH 500

/* A queue with room for many, one line, and the list of outcomes. */
struct world {
	struct queue queue;
	struct queue_line line;
	struct pending_outcomes pending;
};

static int
open_world(void **state)
{
	struct world *w = xcalloc(1, sizeof *w);

	queue_init(&w->queue, 4096);
	queue_line_init(&w->line, NULL);
	w->pending.queue = &w->queue;
	*state = w;
	return 0;
}

static int
close_world(void **state)
{
	struct world *w = *state;

	outcomes_done(&w->pending);
	queue_done(&w->queue);
	free(w);
	return 0;
}

/* An item that was taken to be sent. */
static struct item *
taken(struct world *w, uint64_t id, unsigned lane)
{
	char token[] = "token";
	struct outbox_found found = {.row = {.key = {.shard = id % 2,
	    .lane = lane, .id = id}, .attempts = 3}, .token = token};

	queue_add(&w->queue, &w->line, item_new(&found, 1));
	return queue_next(&w->queue, &w->line, lane);
}

static struct outcome *
add(struct world *w, uint64_t id, unsigned lane)
{
	return outcome_add(&w->pending, taken(w, id, lane), OUTCOME_FAILED,
	    true, 0, "why");
}

static void
finish(struct world *w, struct outcome_batch *b)
{
	for (size_t k = 0; k < b->n; k++) {
		outcome_done(&b->list[k]);
		queue_finish(&w->queue, b->items[k]);
	}
	outcome_batch_done(b);
}

#define SCENE(f) cmocka_unit_test_setup_teardown(f, open_world, close_world)

#endif
