/* SPDX-License-Identifier: MIT */
#include "outcomes_world.h"

/* The outcome is the row's, and what is returned is what waits. */
static void
is_of_its_row(void **state)
{
	struct world *w = *state;
	char reason[] = "a reason";
	struct item *i = taken(w, 7, 1);
	struct outcome *o = outcome_add(&w->pending, i, OUTCOME_DEFERRED,
	    false, 250, reason);

	memset(reason, 'x', sizeof reason - 1); /* it is copied */
	assert_ptr_equal(o, &w->pending.list[0]);
	assert_ptr_equal(w->pending.items[0], i);
	assert_int_equal(o->kind, OUTCOME_DEFERRED);
	assert_int_equal(o->row.key.id, 7);
	assert_int_equal(o->row.attempts, 3);
	assert_int_equal(o->pause_ms, 250);
	assert_false(o->counted);
	assert_false(o->again);
	assert_string_equal(o->reason, "a reason");
	assert_string_equal(o->token, "token");
	o = outcome_add(&w->pending, taken(w, 8, 1), OUTCOME_SENT, true, 0,
	    NULL);
	assert_ptr_equal(o, &w->pending.list[1]);
	assert_true(o->counted);
	assert_null(o->reason);
}

/* Of a campaign: when the batch is full, after 20 ms, or when nothing else
 * will come; whether somebody waits does not matter. */
static void
are_due(void **state)
{
	struct world *w = *state;
	struct pending_outcomes *p = &w->pending;

	assert_false(outcomes_are_due(p, BATCH, true, true, NOW + 1000));
	(void)add(w, 1, 1);
	assert_false(outcomes_are_due(p, BATCH, true, false, NOW));
	(void)add(w, 2, 1); /* the first one's time counts */
	assert_false(outcomes_are_due(p, BATCH, false, false, NOW + 10));
	assert_false(outcomes_are_due(p, BATCH, false, false, NOW + 19));
	assert_true(outcomes_are_due(p, BATCH, false, false, NOW + 20));
	assert_true(outcomes_are_due(p, BATCH, false, true, NOW));
	assert_false(outcomes_are_due(p, 3, false, false, NOW));
	assert_true(outcomes_are_due(p, 2, false, false, NOW));
}

/* Of messages: at once while somebody waits, else when the batch is full or
 * after 20 ms; nothing is in flight between any two of them. */
static void
are_due_soon(void **state)
{
	struct world *w = *state;
	struct pending_outcomes *p = &w->pending;

	(void)add(w, 1, 1);
	(void)add(w, 2, 0);
	assert_false(outcomes_are_due(p, BATCH, false, true, NOW));
	assert_true(outcomes_are_due(p, BATCH, true, false, NOW));
	assert_false(outcomes_are_due(p, BATCH, false, true, NOW + 19));
	assert_true(outcomes_are_due(p, BATCH, false, false, NOW + 20));
	assert_true(outcomes_are_due(p, 2, false, false, NOW));
}

/* At once if somebody waits for one of them: also behind others, and when it
 * was not written. What remains when it is taken is not waited for. */
static void
are_due_at_once(void **state)
{
	struct world *w = *state;
	struct pending_outcomes *p = &w->pending;
	struct outcome_batch b;
	struct item *i = taken(w, 1, 0);

	i->awaited = true;
	(void)outcome_add(p, i, OUTCOME_FAILED, true, 0, "why");
	(void)add(w, 2, 0);
	assert_true(outcomes_are_due(p, BATCH, false, true, NOW));
	outcomes_take(p, 1, NOW, &b);
	assert_int_equal(b.list[0].row.key.id, 1);
	assert_false(outcomes_are_due(p, BATCH, false, true, NOW));
	outcomes_take_back(p, &b);
	p->again = false; /* which would do as well */
	assert_true(outcomes_are_due(p, BATCH, false, true, NOW));
	outcome_batch_done(&b);
}

static bool
is_even(const struct outcome *o, const struct item *i, void *arg)
{
	(void)arg;
	assert_int_equal(o->row.key.id, i->row.key.id);
	return o->row.key.shard == 0;
}

static void
count_lost(struct item *i, void *arg)
{
	struct world *w = arg;

	queue_finish(&w->queue, i);
}

/* An empty list has no age: after all were taken, or lost with their shard,
 * the next outcome waits for 20 ms of its own. */
static void
wait_anew(void **state)
{
	struct world *w = *state;
	struct outcome_batch b;

	(void)add(w, 2, 1);
	assert_false(outcomes_are_due(&w->pending, BATCH, false, false,
	    NOW));
	outcomes_take(&w->pending, 9, NOW + 1, &b);
	finish(w, &b);
	(void)add(w, 3, 1);
	assert_false(outcomes_are_due(&w->pending, BATCH, false, false,
	    NOW + 100));
	assert_true(outcomes_are_due(&w->pending, BATCH, false, false,
	    NOW + 120));
	(void)add(w, 5, 0);
	outcomes_sift(&w->pending, false, is_even, count_lost, w);
	assert_int_equal(w->pending.n + w->pending.urgent, 0);
	(void)add(w, 4, 1);
	assert_false(outcomes_are_due(&w->pending, BATCH, false, false,
	    NOW + 200));
	assert_true(outcomes_are_due(&w->pending, BATCH, false, false,
	    NOW + 220));
}

/* The oldest first, and no more than fit. */
static void
are_taken_in_order(void **state)
{
	struct world *w = *state;
	struct outcome_batch b;

	for (uint64_t id = 1; id <= 1500; id++)
		(void)add(w, id, 1);
	outcomes_take(&w->pending, 1000, NOW + 5, &b);
	assert_int_equal(b.n, 1000);
	assert_int_equal(w->pending.n, 500);
	assert_int_equal(b.list[0].row.key.id, 1);
	assert_int_equal(b.items[999]->row.key.id, 1000);
	assert_int_equal(w->pending.list[0].row.key.id, 1001);
	assert_int_equal(w->pending.items[499]->row.key.id, 1500);
	assert_int_equal(w->pending.since_ms, NOW + 5);
	finish(w, &b);
	outcomes_take(&w->pending, 1000, NOW + 6, &b);
	assert_int_equal(b.n, 500);
	finish(w, &b);
	assert_int_equal(w->queue.n, 0);
}

/* Those of messages alone, in their order; then all that wait, those of
 * messages before the others; then alone once more. */
static void
urgent_ones_go_first(void **state)
{
	static const struct {
		size_t n;
		uint64_t ids[4];
	} rounds[] = {{2, {2, 3}}, {4, {5, 6, 1, 4}}, {2, {8, 9}}};
	struct world *w = *state;
	struct outcome_batch b;
	uint64_t id = 1;

	for (size_t k = 0; k < nitems(rounds); k++) {
		(void)add(w, id++, 1);
		(void)add(w, id++, 0);
		(void)add(w, id++, 0);
		assert_int_equal(w->pending.urgent, 2);
		outcomes_take(&w->pending, 4, NOW + 2000 * (int64_t)k, &b);
		assert_int_equal(b.n, rounds[k].n);
		for (size_t i = 0; i < b.n; i++)
			assert_int_equal(b.list[i].row.key.id,
			    rounds[k].ids[i]);
		assert_ptr_equal(b.items[1], queue_find(&w->queue,
		    b.list[1].row.key.id));
		finish(w, &b);
	}
	/* of the third round its first, and none of messages */
	outcomes_take(&w->pending, 4, NOW + 4000, &b);
	assert_int_equal(b.n, 1);
	assert_int_equal(b.list[0].row.key.id, 7);
	finish(w, &b);
}

/* While messages come, no batch has much of campaigns, even one that has
 * messages too. */
static void
batches_beside_messages(void **state)
{
	static const struct {
		int64_t now_ms;
		bool waits;
		size_t n;
	} rounds[] = {{NOW, true, 1}, {NOW, false, 2}, {NOW + 999, false, 2},
	    {NOW + 1000, false, 32}, {NOW + 1000, true, 1},
	    {NOW + 1000, true, 3}, {NOW + 1000, true, 1}};
	struct world *w = *state;
	struct outcome_batch b;
	uint64_t id = 1;

	for (size_t k = 0; k < nitems(rounds); k++) {
		while (w->pending.n < 40)
			(void)add(w, id++, 1);
		if (rounds[k].waits)
			(void)add(w, id++, 0);
		outcomes_take(&w->pending, 32, rounds[k].now_ms, &b);
		assert_int_equal(b.n, rounds[k].n);
		finish(w, &b);
	}
}

/* Each second batch has some, even when messages alone would fill all. */
static void
campaigns_go_on(void **state)
{
	static const size_t of_campaigns[] = {0, 2, 0, 2, 0};
	struct world *w = *state;
	struct outcome_batch b;
	uint64_t id = 1;

	for (size_t i = 0; i < 10; i++)
		(void)add(w, id++, 1);
	for (size_t k = 0; k < nitems(of_campaigns); k++) {
		size_t n = 0;

		for (size_t i = 0; i < 64; i++)
			(void)add(w, id++, 0);
		outcomes_take(&w->pending, 32, NOW, &b);
		assert_int_equal(b.n, 32);
		for (size_t i = 0; i < b.n; i++)
			n += b.list[i].row.key.lane == 1;
		assert_int_equal(n, of_campaigns[k]);
		finish(w, &b);
	}
}

/* While a message flies, no batch of campaigns begins; but then they have as
 * long for themselves. */
static void
campaigns_give_way(void **state)
{
	static const struct {
		int64_t now_ms;
		bool gives;
	} looks[] = {{NOW, true}, {NOW + OUTCOMES_WAY_MS - 1, true},
	    {NOW + OUTCOMES_WAY_MS, false},
	    {NOW + 2 * OUTCOMES_WAY_MS - 1, false},
	    {NOW + 2 * OUTCOMES_WAY_MS, true}};
	struct world *w = *state;
	struct pending_outcomes *p = &w->pending;
	struct item *message = taken(w, 1, 0), *other = taken(w, 2, 1);

	queue_fly(&w->queue, other);
	assert_false(outcomes_give_way(p, NOW));
	queue_fly(&w->queue, message);
	for (size_t k = 0; k < nitems(looks); k++)
		assert_int_equal(outcomes_give_way(p, looks[k].now_ms),
		    looks[k].gives);
	(void)outcome_add(p, message, OUTCOME_SENT, true, 0, NULL);
	assert_false(outcomes_give_way(p, NOW + 1000)); /* it is urgent */
}

/* What was not written, or nobody knows, is tried again at once, marked. */
static void
come_back(void **state)
{
	struct world *w = *state;
	struct outcome_batch b;

	(void)add(w, 1, 1);
	(void)add(w, 2, 1);
	outcomes_take(&w->pending, 2, NOW, &b);
	(void)add(w, 3, 1);
	outcomes_take_back(&w->pending, &b);
	outcome_batch_done(&b);
	assert_int_equal(w->pending.n, 3);
	assert_int_equal(w->pending.list[0].row.key.id, 3);
	assert_false(w->pending.list[0].again);
	assert_int_equal(w->pending.items[1]->row.key.id, 1);
	assert_true(w->pending.list[1].again);
	assert_true(w->pending.list[2].again);
	assert_true(outcomes_are_due(&w->pending, BATCH, false, false,
	    NOW));
}

/* Those of the send that has waited for longest, in their order; the others
 * stay, and what comes back is the last. */
static void
are_taken_by_send(void **state)
{
	static const uint64_t sends[] = {7, 8, 7, 9, 7};
	struct world *w = *state;
	struct outcome_batch b;

	for (size_t k = 0; k < nitems(sends); k++)
		add(w, k + 1, 1)->row.send = sends[k];
	outcomes_take_send(&w->pending, 2, &b);
	assert_int_equal(b.n, 2);
	assert_int_equal(b.list[0].row.key.id, 1);
	assert_int_equal(b.list[1].row.key.id, 3);
	assert_int_equal(b.items[1]->row.key.id, 3);
	finish(w, &b);
	outcomes_take_send(&w->pending, 9, &b);
	assert_int_equal(b.n, 1);
	assert_int_equal(b.list[0].row.send, 8);
	outcomes_take_back(&w->pending, &b);
	outcome_batch_done(&b);
	assert_int_equal(w->pending.n, 3);
	assert_int_equal(w->pending.list[0].row.send, 9);
	assert_int_equal(w->pending.list[2].row.send, 8);
}

/* Those of a send whose row is locked are left out of a batch, untried. */
static void
are_set_aside_by_send(void **state)
{
	static const uint64_t sends[] = {7, 8, 7, 9};
	struct pending_outcomes aside = {.n = 0};
	struct world *w = *state;
	struct outcome_batch b;

	for (size_t k = 0; k < nitems(sends); k++)
		add(w, k + 1, 0)->row.send = sends[k];
	outcomes_take_oldest(&w->pending, 3, &b);
	assert_int_equal(b.n, 3);
	outcomes_set_aside(&aside, &b, 7);
	assert_int_equal(b.n, 1);
	assert_int_equal(b.list[0].row.send, 8);
	assert_int_equal(b.items[0]->row.key.id, 2);
	assert_int_equal(aside.n, 2);
	assert_int_equal(aside.items[1]->row.key.id, 3);
	assert_false(aside.list[1].again);
	assert_true(aside.urgent);
	outcomes_take_back(&w->pending, &b);
	outcome_batch_done(&b);
	outcomes_take_oldest(&aside, 9, &b);
	assert_int_equal(b.n, 2);
	outcomes_take_back(&w->pending, &b);
	outcome_batch_done(&b);
	outcomes_done(&aside);
	assert_int_equal(w->pending.n, 4);
}

/* Those of a shard that was taken over go, with their items; the others keep
 * their order. */
static void
are_sifted(void **state)
{
	struct world *w = *state;

	for (uint64_t id = 1; id <= 9; id++)
		(void)add(w, id, 0);
	outcomes_sift(&w->pending, false, is_even, count_lost, w);
	assert_int_equal(w->pending.n, 4);
	assert_int_equal(w->queue.n, 4);
	for (size_t k = 0; k < 4; k++) {
		assert_int_equal(w->pending.list[k].row.key.id, 2 * k + 2);
		assert_int_equal(w->pending.items[k]->row.key.id, 2 * k + 2);
	}
}

static bool
is_ours_counted(const struct outcome *o, const struct item *i, void *arg)
{
	unsigned *asked = arg;

	(void)o;
	(void)i;
	++*asked;
	return true;
}

static unsigned
asked(struct world *w, bool anew)
{
	unsigned n = 0;

	outcomes_sift(&w->pending, anew, is_ours_counted, NULL, &n);
	return n;
}

/* Each is asked about once, in whatever order they are taken and come back,
 * and all of them anew. */
static void
are_sifted_once(void **state)
{
	struct world *w = *state;
	struct outcome_batch b;

	for (uint64_t id = 1; id <= 5; id++)
		(void)add(w, id, 0);
	assert_int_equal(asked(w, false), 5);
	assert_int_equal(asked(w, false), 0);
	(void)add(w, 6, 0);
	assert_int_equal(asked(w, false), 1);
	assert_int_equal(asked(w, true), 6);
	outcomes_take(&w->pending, 2, NOW, &b);
	(void)add(w, 7, 0);
	assert_int_equal(asked(w, false), 1);
	outcomes_take_back(&w->pending, &b);
	outcome_batch_done(&b);
	assert_int_equal(asked(w, false), 2);
	(void)add(w, 8, 0);
	outcomes_take(&w->pending, 8, NOW, &b);
	(void)add(w, 9, 0);
	assert_int_equal(asked(w, false), 1);
	finish(w, &b);
}


int
main(void)
{
	const struct CMUnitTest tests[] = {SCENE(is_of_its_row),
	    SCENE(are_due), SCENE(are_due_soon), SCENE(are_due_at_once),
	    SCENE(wait_anew), SCENE(are_taken_in_order),
	    SCENE(urgent_ones_go_first),
	    SCENE(batches_beside_messages), SCENE(campaigns_go_on),
	    SCENE(campaigns_give_way), SCENE(come_back),
	    SCENE(are_taken_by_send), SCENE(are_set_aside_by_send),
	    SCENE(are_sifted), SCENE(are_sifted_once)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
