/* SPDX-License-Identifier: MIT */
/* When the lanes of campaigns are read again for the next chunk of a run. */
#include "scan_world.h"

/* So many rows of campaigns, which were not tried before, are read. */
static void
found(unsigned n, int64_t now_ms)
{
	const struct scan_part p = {.shard = 3, .lane = 1,
	    .cause = SCAN_POLL};

	scan_found(&scan, &p, n, false, now_ms);
}

/* How many lanes of campaigns are to be read now? And none of messages. They
 * are, and are empty. */
static unsigned
reads(int64_t now_ms)
{
	unsigned n;

	scan_begin(&scan, &shards, &q, POLL, now_ms);
	n = scan_next(&scan, &shards, &q, BATCH, list);
	for (unsigned k = 0; k < n; k++) {
		assert_int_equal(list[k].lane, 1);
		scan_read(&scan, &list[k], 0, 0);
	}
	return n;
}

static void
looks_for_more(void **state)
{
	(void)state;
	scan.poll_due_ms = INT64_MAX;
	assert_int_equal(scan_due_ms(&scan), INT64_MAX);
	found(0, NOW);
	assert_int_equal(scan_due_ms(&scan), INT64_MAX);
	found(1, NOW);
	assert_int_equal(scan_due_ms(&scan), NOW + SCAN_RUNS_MS);
	assert_int_equal(reads(NOW + SCAN_RUNS_MS - 1), 0);
	assert_int_equal(reads(NOW + SCAN_RUNS_MS), OUTBOX_SHARDS);
	assert_int_equal(reads(NOW + SCAN_RUNS_MS), 0);
	assert_int_equal(scan_due_ms(&scan), NOW + 2 * SCAN_RUNS_MS);
}

static void
ends(void **state)
{
	int64_t last = 0;

	(void)state;
	scan.poll_due_ms = INT64_MAX;
	found(1, NOW);
	for (unsigned n = 0; n < 100 && scan_due_ms(&scan) != INT64_MAX; n++) {
		last = scan_due_ms(&scan);
		assert_int_equal(reads(last), OUTBOX_SHARDS);
	}
	assert_in_range(last, NOW + SCAN_RUNS_FOR_MS,
	    NOW + SCAN_RUNS_FOR_MS + SCAN_RUNS_MS);
	found(1, last);
	assert_int_equal(scan_due_ms(&scan), last + SCAN_RUNS_MS);
}

/* Whoever looks at everything has looked for that, too. */
static void
waits_after_a_look(void **state)
{
	(void)state;
	found(1, NOW);
	scan_look_in(&scan, 0, NOW + 90);
	assert_int_equal(starts(NOW + 90), OUTBOX_SHARDS * OUTBOX_LANES);
	assert_int_equal(reads(NOW + SCAN_RUNS_MS), 0);
	assert_int_equal(scan_due_ms(&scan), NOW + 90 + SCAN_RUNS_MS);
}

/* The steward need not wait. */
static void
looks_at_once(void **state)
{
	(void)state;
	assert_int_equal(reads(NOW), 0);
	scan_run_queued(&scan, NOW);
	assert_int_equal(scan_due_ms(&scan), NOW);
	assert_int_equal(reads(NOW), OUTBOX_SHARDS);
	assert_int_equal(scan_due_ms(&scan), NOW + SCAN_RUNS_MS);
}

/* What is in hand is not read again each time: of much, only what is behind it
 * is read, of little what is a moment older than the newest. */
static void
reads_little(void **state)
{
	struct outbox_found found_row = {.token = "token",
	    .row.key = {3, 1, 1, 0}};
	struct scan_lane *many = &scan.lanes[3][1], *few = &scan.lanes[5][1];

	(void)state;
	for (int64_t id = 1; id <= QUICK_POLL_HAND_MAX + 1; id++) {
		found_row.row.key.id = id;
		queue_add(&q, &line, item_new(&found_row, 1));
	}
	many->newest_ms = few->newest_ms = 5000;
	many->cursor = few->cursor = (struct outbox_cursor){5000, 9};
	scan_run_queued(&scan, NOW);
	scan_begin(&scan, &shards, &q, POLL, NOW);
	assert_true(many->more);
	assert_int_equal(many->cursor.due_ms, 5000);
	assert_int_equal(many->cursor.id, 9);
	assert_true(few->more);
	assert_int_equal(few->cursor.due_ms, 5000 - SCAN_LATE_MS);
	assert_true(many->partial && few->partial); /* this is no pass */
	assert_false(few->owed);
	assert_int_equal(scan.lanes[4][1].cursor.id, 0);
	assert_false(scan.lanes[4][1].partial);

	/* one that was put off, and is due now, was read last */
	many->cursor = (struct outbox_cursor){9000, 8};
	many->more = false;
	scan_run_queued(&scan, NOW);
	scan_begin(&scan, &shards, &q, POLL, NOW);
	assert_true(many->more);
	assert_int_equal(many->cursor.due_ms, 5000);
	assert_int_equal(many->cursor.id, INT64_MAX);
}

/* Of rows that were put off alone, no place is known: much in hand is read
 * again only now and then. */
static void
reads_from_the_start(void **state)
{
	struct outbox_found found_row = {.token = "token",
	    .row.key = {3, 1, 1, 0}};
	struct scan_lane *l = &scan.lanes[3][1];

	(void)state;
	for (int64_t id = 1; id <= QUICK_POLL_HAND_MAX + 1; id++) {
		found_row.row.key.id = id;
		queue_add(&q, &line, item_new(&found_row, 1));
	}
	for (int k = 0; k < 2; k++) {
		l->cursor = (struct outbox_cursor){9000, 8};
		l->more = false;
		scan_run_queued(&scan, NOW);
		scan_begin(&scan, &shards, &q, POLL, NOW);
		assert_true(l->more);
		assert_int_equal(l->cursor.due_ms, k == 0 ? 0 : 9000);
	}
}

int
main(void)
{
#define TEST(f) \
	cmocka_unit_test_setup_teardown(f, scan_world_begin, scan_world_end)
	const struct CMUnitTest tests[] = {TEST(looks_for_more), TEST(ends),
	    TEST(waits_after_a_look), TEST(looks_at_once),
	    TEST(reads_little), TEST(reads_from_the_start)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
