/* SPDX-License-Identifier: MIT */
/* Outcomes while messages have a connection of their own. */
#include "outcomes_world.h"

/* Those of messages at once if somebody waits, else after 20 ms; those of
 * campaigns when they are an eighth of a batch, or after 20 ms. */
static void
are_due_apart(void **state)
{
	struct world *w = *state;
	struct pending_outcomes *p = &w->pending;

	assert_false(outcomes_of_messages_are_due(p, true, NOW));
	assert_false(outcomes_of_campaigns_are_due(p, 1, NOW));
	(void)add(w, 1, 1);
	(void)add(w, 2, 1);
	assert_false(outcomes_of_messages_are_due(p, true, NOW));
	assert_false(outcomes_of_messages_are_due(p, true, NOW + 100));
	assert_false(outcomes_of_campaigns_are_due(p, 17, NOW + 19));
	(void)add(w, 3, 0);
	assert_false(outcomes_of_campaigns_are_due(p, 17, NOW + 19));
	assert_true(outcomes_of_campaigns_are_due(p, 16, NOW + 19));
	assert_true(outcomes_of_campaigns_are_due(p, 17, NOW + 20));
	assert_false(outcomes_of_messages_are_due(p, false, NOW + 19));
	assert_true(outcomes_of_messages_are_due(p, true, NOW + 19));
	assert_true(outcomes_of_messages_are_due(p, false, NOW + 20));
}

/* What was not written is tried again at once, by both. */
static void
are_due_again_apart(void **state)
{
	struct world *w = *state;
	struct outcome_batch b;

	(void)add(w, 1, 1);
	(void)add(w, 2, 0);
	outcomes_take(&w->pending, 1, NOW, &b);
	outcomes_take_back(&w->pending, &b);
	assert_true(outcomes_of_messages_are_due(&w->pending, false, NOW));
	assert_true(outcomes_of_campaigns_are_due(&w->pending, BATCH, NOW));
	outcome_batch_done(&b);
}

/* Each kind leaves the other one, in its order; what stays of campaigns when
 * messages are taken has waited as long as before. */
static void
are_taken_apart(void **state)
{
	static const uint64_t messages[] = {2, 4}, campaigns[] = {1, 3};
	struct world *w = *state;
	struct outcome_batch b;

	for (uint64_t id = 1; id <= 6; id++)
		(void)add(w, id, id % 2);
	assert_false(outcomes_of_campaigns_are_due(&w->pending, BATCH, NOW));
	outcomes_take_messages(&w->pending, 2, &b);
	assert_int_equal(b.n, 2);
	for (size_t i = 0; i < b.n; i++)
		assert_int_equal(b.list[i].row.key.id, messages[i]);
	finish(w, &b);
	assert_int_equal(w->pending.n, 4);
	assert_int_equal(w->pending.urgent, 1);
	assert_int_equal(w->pending.since_ms, NOW);
	outcomes_take_campaigns(&w->pending, 16, NOW + 9, &b);
	assert_int_equal(b.n, 2);
	for (size_t i = 0; i < b.n; i++)
		assert_int_equal(b.list[i].row.key.id, campaigns[i]);
	finish(w, &b);
	assert_int_equal(w->pending.list[0].row.key.id, 5);
	assert_int_equal(w->pending.list[1].row.key.id, 6);
	assert_int_equal(w->pending.since_ms, NOW + 9);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {SCENE(are_due_apart),
	    SCENE(are_due_again_apart), SCENE(are_taken_apart)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
