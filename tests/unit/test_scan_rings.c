/* SPDX-License-Identifier: MIT */
/* Rings for lanes that have much in hand. */
#include "lib/id.h"
#include "scan_world.h"

#define MANY 100
#define MANY_MS (MANY * SCAN_AGAIN_US / 1000)

static void
add(uint64_t id, unsigned shard)
{
	struct outbox_found found = {.token = "token",
	    .row.key = {shard, 0, 1, id}};

	queue_add(&q, &line, item_new(&found, 1));
}

/* A row that was due at once is taken from shard 3: one of DUE. */
#define DUE 5000

static void
take(int64_t due_ms)
{
	const struct outbox_key key = {3, 0, due_ms,
	    id_of_second(due_ms / 1000 + SQL_DUE_SINCE_S)};

	scan_taken(&scan, &key);
}

/* Shard 3 has that many in hand, has been read from its start because of a ring
 * now, and then as far as DUE. */
static struct scan_lane *
fill(unsigned n)
{
	struct scan_lane *l = &scan.lanes[3][0];

	for (uint64_t id = 1; id <= n; id++)
		add(id, 3);
	take(DUE);
	scan_ring(&scan, 3);
	assert_int_equal(starts(NOW), 1);
	take(DUE);
	return l;
}

static void
moves_a_full_lane_back_a_little(void **state)
{
	struct scan_lane *l = fill(MANY);

	(void)state;
	scan_ring(&scan, 3);
	scan_begin(&scan, &shards, &q, POLL, NOW + MANY_MS - 1);
	assert_true(l->more);
	assert_int_equal(l->cursor.due_ms, DUE - SCAN_LATE_MS);
	assert_int_equal(scan_next(&scan, &shards, &q, BATCH, list), 1);
	assert_int_equal(list[0].cause, SCAN_RING);
	assert_int_equal(list[0].limit, q.room / shards.n_mine + 1);
	/* what was committed later than that is read in time */
	assert_int_equal(scan_due_ms(&scan), NOW + MANY_MS);
	assert_int_equal(starts(NOW + MANY_MS - 1), 0);
	assert_int_equal(starts(NOW + MANY_MS), 1);
	assert_int_equal(starts(NOW + 5 * MANY_MS), 0);
	assert_int_equal(scan_due_ms(&scan), NOW + POLL);
}

static void
reads_a_lane_with_few_from_the_start(void **state)
{
	(void)state;
	(void)fill(SCAN_HAND_MAX);
	scan_ring(&scan, 3);
	assert_int_equal(starts(NOW), 1);
	add(SCAN_HAND_MAX + 1, 3);
	take(DUE);
	scan_ring(&scan, 3);
	assert_int_equal(starts(NOW), 1); /* none of it was much */
	take(DUE);
	scan_ring(&scan, 3);
	assert_int_equal(starts(NOW), 0);
}

/* A row that was put off is due later than all that is new. */
static void
knows_where_new_rows_are(void **state)
{
	struct scan_lane *l = fill(MANY);
	const struct outbox_key late = {3, 0, DUE + SQL_DUE_SINCE_S * 1000,
	    id_of_second(DUE / 1000 + SQL_DUE_SINCE_S - 60)};

	(void)state;
	scan_taken(&scan, &late);
	scan_ring(&scan, 3);
	scan_begin(&scan, &shards, &q, POLL, NOW);
	assert_int_equal(l->cursor.due_ms, DUE - SCAN_LATE_MS);
	scan_look(&scan, 3);
	assert_int_equal(starts(NOW), 2);
	scan_taken(&scan, &late); /* no new one since the start */
	scan_ring(&scan, 3);
	assert_int_equal(starts(NOW), 1);
}

/* Only what was read from its start to its end is a pass. */
static void
counts_whole_passes(void **state)
{
	const struct scan_part p = {.shard = 3, .limit = 10};
	struct scan_lane *l = fill(MANY);

	(void)state;
	scan_ring(&scan, 3);
	scan_begin(&scan, &shards, &q, POLL, NOW);
	scan_read(&scan, &p, 0, 0);
	assert_int_equal(l->passes, 0);
	scan_look(&scan, 3);
	scan_begin(&scan, &shards, &q, POLL, NOW);
	take(DUE);
	scan_read(&scan, &p, 10, 10);
	scan_ring(&scan, 3); /* in the midst of a pass */
	scan_begin(&scan, &shards, &q, POLL, NOW);
	scan_read(&scan, &p, 0, 0);
	assert_int_equal(l->passes, 1);
}

#define TEST(f) \
	cmocka_unit_test_setup_teardown(f, scan_world_begin, scan_world_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(moves_a_full_lane_back_a_little),
	    TEST(reads_a_lane_with_few_from_the_start),
	    TEST(knows_where_new_rows_are), TEST(counts_whole_passes)};

	return cmocka_run_group_tests_name("scan_rings", tests, NULL, NULL);
}
