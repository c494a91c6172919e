/* SPDX-License-Identifier: MIT */
/* Outcomes while messages have a connection of their own. */
#include "outcomes_world.h"

/* Those of messages at once if somebody waits, else when the batch is full or
 * after 20 ms. */
static void
messages_are_due(void **state)
{
	struct world *w = *state;
	struct pending_outcomes *p = &w->pending;

	assert_false(outcomes_of_messages_are_due(p, BATCH, true, NOW));
	(void)add(w, 1, 1);
	assert_false(outcomes_of_messages_are_due(p, BATCH, true, NOW));
	assert_false(outcomes_of_messages_are_due(p, BATCH, true, NOW + 99));
	(void)add(w, 2, 0);
	(void)add(w, 4, 0);
	assert_false(outcomes_of_messages_are_due(p, BATCH, false, NOW));
	assert_false(outcomes_of_messages_are_due(p, BATCH, false, NOW + 19));
	assert_true(outcomes_of_messages_are_due(p, BATCH, true, NOW + 19));
	assert_false(outcomes_of_messages_are_due(p, 3, false, NOW + 19));
	assert_true(outcomes_of_messages_are_due(p, 2, false, NOW + 19));
	assert_true(outcomes_of_messages_are_due(p, BATCH, false, NOW + 20));
}

/* Those of campaigns when they are as many as a batch has, 250 at most, or
 * after 20 ms. */
static void
campaigns_are_due(void **state)
{
	struct world *w = *state;
	struct pending_outcomes *p = &w->pending;

	assert_false(outcomes_of_campaigns_are_due(p, 1, NOW));
	(void)add(w, 1, 1);
	(void)add(w, 2, 1);
	assert_false(outcomes_of_campaigns_are_due(p, 3, NOW));
	(void)add(w, 3, 0);
	assert_false(outcomes_of_campaigns_are_due(p, 3, NOW + 19));
	assert_true(outcomes_of_campaigns_are_due(p, 2, NOW + 19));
	assert_true(outcomes_of_campaigns_are_due(p, 3, NOW + 20));
	for (uint64_t id = 4; id < 251; id++)
		(void)add(w, id, 1);
	assert_false(outcomes_of_campaigns_are_due(p, 1000, NOW + 19));
	(void)add(w, 251, 1);
	assert_true(outcomes_of_campaigns_are_due(p, 1000, NOW + 19));
}

/* What was not written is tried again at once, by both. */
static void
are_due_again(void **state)
{
	struct world *w = *state;
	struct outcome_batch b;

	(void)add(w, 1, 1);
	(void)add(w, 2, 0);
	outcomes_take(&w->pending, 1, NOW, &b);
	outcomes_take_back(&w->pending, &b);
	assert_true(outcomes_of_messages_are_due(&w->pending, BATCH, false,
	    NOW));
	assert_true(outcomes_of_campaigns_are_due(&w->pending, BATCH, NOW));
	outcome_batch_done(&b);
}

/* Each kind leaves the other one, in its order, and takes nothing of the time
 * that this one has waited. */
static void
are_taken(void **state)
{
	static const uint64_t messages[] = {2, 4}, campaigns[] = {1, 3};
	struct world *w = *state;
	struct pending_outcomes *p = &w->pending;
	struct outcome_batch b;

	for (uint64_t id = 1; id <= 6; id++)
		(void)add(w, id, id % 2);
	assert_false(outcomes_of_campaigns_are_due(p, BATCH, NOW));
	assert_false(outcomes_of_messages_are_due(p, BATCH, false, NOW));
	outcomes_take_messages(p, 2, &b);
	assert_int_equal(b.n, 2);
	for (size_t i = 0; i < b.n; i++)
		assert_int_equal(b.list[i].row.key.id, messages[i]);
	finish(w, &b);
	assert_int_equal(p->n, 4);
	assert_int_equal(p->urgent, 1);
	assert_true(outcomes_of_campaigns_are_due(p, BATCH, NOW + 20));
	outcomes_take_campaigns(p, 2, NOW + 20, &b);
	assert_int_equal(b.n, 2);
	for (size_t i = 0; i < b.n; i++)
		assert_int_equal(b.list[i].row.key.id, campaigns[i]);
	finish(w, &b);
	assert_int_equal(p->list[0].row.key.id, 5);
	assert_int_equal(p->list[1].row.key.id, 6);
	assert_true(outcomes_of_messages_are_due(p, BATCH, false, NOW + 20));
	assert_false(outcomes_of_campaigns_are_due(p, BATCH, NOW + 39));
	assert_true(outcomes_of_campaigns_are_due(p, BATCH, NOW + 40));
}

/* After the last message the next one waits anew. */
static void
messages_wait_anew(void **state)
{
	struct world *w = *state;
	struct outcome_batch b;

	(void)add(w, 2, 0);
	assert_false(outcomes_of_messages_are_due(&w->pending, BATCH, false,
	    NOW));
	outcomes_take_messages(&w->pending, BATCH, &b);
	finish(w, &b);
	(void)add(w, 4, 0);
	assert_false(outcomes_of_messages_are_due(&w->pending, BATCH, false,
	    NOW + 100));
	assert_true(outcomes_of_messages_are_due(&w->pending, BATCH, false,
	    NOW + 120));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {SCENE(messages_are_due),
	    SCENE(campaigns_are_due), SCENE(are_due_again), SCENE(are_taken),
	    SCENE(messages_wait_anew)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
