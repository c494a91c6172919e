/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "scan_world.h"

/* Both lanes of each shard are known to be read, too. */
static int
begin(void **state)
{
	int bad = scan_world_begin(state);

	for (unsigned i = 0; i < OUTBOX_SHARDS; i++)
		for (unsigned lane = 0; lane < OUTBOX_LANES; lane++)
			scan.lanes[i][lane].cursor =
			    (struct outbox_cursor){5000, 7};
	return bad;
}

static unsigned
ask(void)
{
	return scan_next(&scan, &shards, &q, BATCH, list);
}

/* --- when to look ----------------------------------------------------- */

static void
polls(void **state)
{
	(void)state;
	assert_int_equal(starts(NOW + POLL - 1), 0);
	assert_int_equal(scan_due_ms(&scan), NOW + POLL);
	assert_int_equal(starts(NOW + POLL), OUTBOX_SHARDS * OUTBOX_LANES);
	assert_int_equal(scan_due_ms(&scan), NOW + 2 * POLL);
	assert_int_equal(starts(NOW + POLL), 0);
}

/* A ring is about a message; a look about anything. */
static void
rings_and_looks(void **state)
{
	(void)state;
	scan_ring(&scan, 3);
	assert_true(scan_has_more(&scan, &shards));
	assert_int_equal(starts(NOW), 1);
	assert_false(scan_has_more(&scan, &shards));
	scan_look(&scan, 3);
	assert_true(scan_has_more(&scan, &shards));
	assert_int_equal(starts(NOW), 2);
	scan_look_in(&scan, 0, NOW);
	assert_true(scan_has_more(&scan, &shards));
	assert_int_equal(starts(NOW), OUTBOX_SHARDS * OUTBOX_LANES);
	assert_int_equal(starts(NOW), 0);
}

/* What nobody waits for is read at once if nothing was rung for lately, else
 * SCAN_GATHER_MS after that; whoever waits has all of it read. */
static void
rings_gather(void **state)
{
	(void)state;
	scan_ring_later(&scan, 3);
	assert_int_equal(starts(NOW), 1);
	scan_ring_later(&scan, 4);
	assert_int_equal(starts(NOW), 0);
	scan_ring_later(&scan, 5);
	assert_false(scan_has_more(&scan, &shards));
	assert_int_equal(scan_due_ms(&scan), NOW + SCAN_GATHER_MS);
	assert_int_equal(starts(NOW + SCAN_GATHER_MS - 1), 0);
	assert_int_equal(starts(NOW + SCAN_GATHER_MS), 2);
	assert_int_equal(scan_due_ms(&scan), NOW + POLL);
	scan_ring_later(&scan, 6);
	assert_int_equal(starts(NOW + SCAN_GATHER_MS), 0);
	scan_ring(&scan, 7);
	assert_true(scan_has_more(&scan, &shards));
	assert_int_equal(starts(NOW + SCAN_GATHER_MS), 2);
	/* a poll takes them for what they are: nobody need ring again */
	scan_ring_later(&scan, 8);
	scan.poll_due_ms = 0;
	scan_begin(&scan, &shards, &q, POLL, NOW + SCAN_GATHER_MS);
	assert_int_equal(scan.lanes[8][0].cause, SCAN_RING);
	assert_int_equal(scan.lanes[9][0].cause, SCAN_POLL);
}

/* Not before its moment, and at most a second after it. */
static void
looks_when_due(void **state)
{
	static const int64_t in_ms[] = {1, 999, 1000, 1001, 1500, 30000,
	    SCAN_AHEAD_MAX_MS};

	(void)state;
	for (size_t k = 0; k < nitems(in_ms); k++) {
		int64_t now = NOW + 123, due = now + in_ms[k];

		scan = (struct scan){.poll_due_ms = INT64_MAX};
		scan_look_in(&scan, in_ms[k], now);
		for (; now < due; now += 250)
			assert_int_equal(starts(now), 0);
		assert_true(scan_due_ms(&scan) <= due + 1000);
		assert_true(starts(due + 1000) > 0);
		assert_int_equal(starts(due + 2000), 0);
	}
}

static void
leaves_far_ones_to_the_poll(void **state)
{
	(void)state;
	scan_look_in(&scan, SCAN_AHEAD_MAX_MS + 1, NOW);
	assert_int_equal(scan.seconds, 0);
	assert_int_equal(scan_due_ms(&scan), NOW + POLL);
}

static void
looks_at_its_own_only(void **state)
{
	(void)state;
	shards_gone(&shards, 3);
	scan_ring(&scan, 3);
	assert_false(scan_has_more(&scan, &shards));
	assert_int_equal(starts(NOW), 0);
	scan_look_in(&scan, 0, NOW);
	assert_int_equal(starts(NOW), (OUTBOX_SHARDS - 1) * OUTBOX_LANES);
}

static void
add(uint64_t id, unsigned shard)
{
	struct outbox_found found = {.token = "token",
	    .row.key = {shard, 0, 1, id}};

	queue_add(&q, &line, item_new(&found, 1));
}

/* --- quick polls ------------------------------------------------------ */

/* So many new messages of shard 3 are read, for that cause. */
static void
found(enum scan_cause cause, unsigned n, bool clustered)
{
	const struct scan_part p = {.shard = 3, .cause = cause};

	scan_found(&scan, &p, n, clustered, NOW);
}

/* The moments until `until` at which lanes are read, one after the other. */
static unsigned
quick_polls(int64_t until, int64_t *list_ms, unsigned size)
{
	unsigned n = 0;

	while (scan_due_ms(&scan) < until && n < size) {
		int64_t due = scan_due_ms(&scan);
		unsigned lanes = starts(due);

		assert_true(lanes == 0 || lanes == OUTBOX_SHARDS);
		assert_int_equal(starts(due), 0);
		if (lanes > 0)
			list_ms[n++] = due - NOW;
	}
	return n;
}

/* When its ring is missed, and only in the lanes of messages. */
static void
polls_quickly_for_what_nobody_rings(void **state)
{
	static const int64_t expected[] = {105, 115, 135, 175, 215};
	int64_t list_ms[8] = {0};

	(void)state;
	found(SCAN_POLL, 1, false);
	assert_int_equal(scan_due_ms(&scan), NOW + QUICK_POLL_RING_MS);
	assert_int_equal(starts(NOW + QUICK_POLL_RING_MS - 1), 0);
	assert_int_equal(quick_polls(NOW + 220, list_ms, 8),
	    nitems(expected));
	for (size_t i = 0; i < nitems(expected); i++)
		assert_int_equal(list_ms[i], expected[i]);
	/* the next one begins anew */
	found(SCAN_RING, 0, true);
	assert_int_equal(scan_due_ms(&scan), NOW + QUICK_POLL_MIN_MS);
}

static void
polls_quickly_for_a_minute(void **state)
{
	int64_t list_ms[1000] = {0};
	unsigned n;

	(void)state;
	scan.poll_due_ms = INT64_MAX;
	found(SCAN_RING, 0, true);
	n = quick_polls(INT64_MAX, list_ms, 1000);
	assert_in_range(n, 1000, 1000 + QUICK_POLL_FOR_MS / 40);
	n = quick_polls(INT64_MAX, list_ms, 1000);
	assert_in_range(list_ms[n - 1], QUICK_POLL_FOR_MS - 40,
	    QUICK_POLL_FOR_MS - 1);
	assert_int_equal(scan_due_ms(&scan), INT64_MAX);
}

static void
knows_whose_ring_comes(void **state)
{
	(void)state;
	found(SCAN_POLL, 1, false);
	scan_ring(&scan, 3);
	assert_int_equal(starts(NOW), 1);
	assert_int_equal(starts(NOW + 500), 0);
	found(SCAN_POLL, 1, false);
	scan_rang(&scan, 3, NOW); /* it is read, nothing else is to be done */
	assert_int_equal(starts(NOW + 500), 0);
	found(SCAN_POLL, 0, true);
	found(SCAN_LOOK, 1, true);
	found(SCAN_RING, 1, true);
	found(SCAN_RING, 0, false);
	assert_int_equal(starts(NOW + 500), 0);
	assert_int_equal(scan_due_ms(&scan), NOW + POLL);
}

/* What is in hand is not read again and again. */
static void
leaves_full_lanes_alone(void **state)
{
	(void)state;
	found(SCAN_RING, 0, true);
	for (uint64_t id = 1; id <= QUICK_POLL_HAND_MAX; id++)
		add(id, 3);
	assert_int_equal(starts(NOW + QUICK_POLL_MIN_MS), OUTBOX_SHARDS);
	add(QUICK_POLL_HAND_MAX + 1, 3);
	assert_int_equal(starts(NOW + 100), OUTBOX_SHARDS - 1);
	assert_int_equal(starts(NOW + POLL), OUTBOX_SHARDS * OUTBOX_LANES);
}

/* Each part says why it is read. */
static void
says_why(void **state)
{
	(void)state;
	scan_ring(&scan, 3);
	scan_begin(&scan, &shards, &q, POLL, NOW);
	assert_int_equal(ask(), 1);
	assert_int_equal(list[0].cause, SCAN_RING);
	scan_look(&scan, 3);
	scan_begin(&scan, &shards, &q, POLL, NOW + POLL);
	assert_int_equal(ask(), OUTBOX_SHARDS * OUTBOX_LANES);
	for (unsigned i = 0; i < OUTBOX_SHARDS * OUTBOX_LANES; i++)
		assert_int_equal(list[i].cause,
		    list[i].shard == 3 ? SCAN_LOOK : SCAN_POLL);
}

/* --- what to ask for -------------------------------------------------- */

/* Lane 0 of every shard before lane 1 of any. */
static void
asks_in_order(void **state)
{
	(void)state;
	scan.lanes[1][1].more = scan.lanes[2][0].more = true;
	scan.lanes[63][0].more = scan.lanes[63][1].more = true;
	assert_int_equal(ask(), 4);
	assert_int_equal(list[0].shard, 2);
	assert_int_equal(list[0].lane, 0);
	assert_int_equal(list[1].shard, 63);
	assert_int_equal(list[1].lane, 0);
	assert_int_equal(list[2].shard, 1);
	assert_int_equal(list[2].lane, 1);
	assert_int_equal(list[3].lane, 1);
	assert_int_equal(list[1].epoch, 163);
	assert_int_equal(list[1].behind.due_ms, 5000);
	assert_int_equal(list[1].limit, BATCH);
}

/* A ring's lanes are read alone; if it rings again, campaigns come too. */
static void
asks_for_rings_first(void **state)
{
	(void)state;
	for (int time = 0; time < 2; time++) {
		scan.lanes[1][1].more = true;
		scan_ring(&scan, 5);
		scan_begin(&scan, &shards, &q, POLL, NOW);
		assert_int_equal(ask(), time == 0 ? 1 : 2);
		assert_int_equal(list[0].shard, 5);
		assert_int_equal(list[0].lane, 0);
	}
	assert_int_equal(list[1].lane, 1);
	scan.lanes[5][0].more = false; /* nor after a ring that is answered */
	assert_int_equal(ask(), 1);
	assert_int_equal(list[0].lane, 1);
}

/* While there are rings of who waits, campaigns are read in smaller slices. */
static void
cuts_campaigns_small_after_a_ring(void **state)
{
	static const struct {
		int64_t now;
		unsigned slice;
	} readings[] = {{NOW, SCAN_RUNG_SLICE},
	    {NOW + SCAN_RUNG_MS - 1, SCAN_RUNG_SLICE},
	    {NOW + SCAN_RUNG_MS, SCAN_SLICE}};

	(void)state;
	scan_begin(&scan, &shards, &q, POLL, NOW);
	assert_int_equal(scan.slice, SCAN_SLICE);
	assert_false(scan_is_rung(&scan));
	scan_ring_later(&scan, 5); /* nobody waits */
	assert_false(scan_is_rung(&scan));
	scan_begin(&scan, &shards, &q, POLL, NOW);
	assert_int_equal(scan.slice, SCAN_SLICE);
	shards.all[6].mine = false; /* of another sendd */
	scan_ring(&scan, 6);
	scan_begin(&scan, &shards, &q, POLL, NOW - SCAN_RUNG_MS);
	assert_false(scan_is_rung(&scan));
	shards.all[6].mine = true;
	scan_ring(&scan, 5);
	assert_true(scan_is_rung(&scan));
	for (size_t k = 0; k < nitems(readings); k++) {
		scan_begin(&scan, &shards, &q, POLL, readings[k].now);
		(void)ask();
		assert_int_equal(scan.slice, readings[k].slice);
		assert_false(scan_is_rung(&scan));
		assert_int_equal(scan_callers_come(&scan, readings[k].now),
		    readings[k].slice == SCAN_RUNG_SLICE);
	}
	/* nor are messages that came with the ring a reason to read */
	scan_rang(&scan, 5, NOW + 2 * SCAN_RUNG_MS);
	assert_false(scan_is_rung(&scan));
	assert_true(scan_callers_come(&scan, NOW + 2 * SCAN_RUNG_MS));
	scan_begin(&scan, &shards, &q, POLL, NOW + 2 * SCAN_RUNG_MS);
	assert_int_equal(scan.slice, SCAN_RUNG_SLICE);
}

/* Two full batches end a reading; the next one goes on at that shard. */
static void
asks_for_two_batches(void **state)
{
	(void)state;
	for (unsigned i = 0; i < OUTBOX_SHARDS; i++)
		scan.lanes[i][0].more = scan.lanes[i][0].backlog = true;
	assert_int_equal(ask(), 2);
	assert_int_equal(list[1].shard, 1);
	assert_int_equal(ask(), 2);
	assert_int_equal(list[0].shard, 1);
	assert_int_equal(list[1].shard, 2);
}

/* While many outcomes wait, what nobody rang for is not read on with; but an
 * empty lane is looked at, and one that was rung for is read. */
static void
puts_backlogs_off(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 3; i++)
		scan.lanes[i][0].more = true;
	scan.lanes[0][0].backlog = scan.lanes[1][0].backlog = true;
	scan.lanes[1][0].rung = true;
	scan.lanes[3][1].more = true;
	scan.crowded = true;
	assert_int_equal(ask(), 2); /* and no campaign before shard 0 */
	assert_int_equal(list[0].shard, 1);
	assert_int_equal(list[1].shard, 2);
	scan.crowded = false;
	assert_int_equal(ask(), 2);
	assert_int_equal(list[0].shard, 0);
}

/* Whatever else is a reason to read the lane before it is at its end. */
static void
keeps_in_mind_who_rang(void **state)
{
	(void)state;
	scan_ring(&scan, 4);
	scan_look(&scan, 4);
	scan_begin(&scan, &shards, &q, POLL, NOW);
	assert_int_equal(ask(), 1);
	scan_read(&scan, &list[0], list[0].limit, list[0].limit);
	scan_begin(&scan, &shards, &q, POLL, NOW + POLL);
	assert_true(scan.lanes[4][0].rung);
	scan_read(&scan, &list[0], 0, 0);
	assert_false(scan.lanes[4][0].rung);
}

static void
passes_over_what_leaves(void **state)
{
	unsigned in_hand[OUTBOX_SHARDS] = {0};
	struct lease leases[OUTBOX_SHARDS];

	(void)state;
	scan.lanes[62][0].more = scan.lanes[63][0].more = true;
	(void)shards_surplus(&shards, 63, in_hand, leases);
	assert_int_equal(ask(), 1);
	assert_int_equal(list[0].shard, 62);
}

/* What is in hand comes first again, so it is asked for beside the part. */
static void
asks_for_its_part_from_the_start(void **state)
{
	(void)state;
	for (uint64_t id = 1; id <= 5; id++)
		add(id, 9);
	scan_look(&scan, 9);
	scan_begin(&scan, &shards, &q, POLL, NOW);
	assert_int_equal(ask(), 2);
	/* 640 / 64 + 1, and the 5 */
	assert_int_equal(list[0].limit, 16);
	assert_int_equal(list[1].limit, 11);
}

static void
asks_for_what_there_is_room_for(void **state)
{
	(void)state;
	for (uint64_t id = 1; id <= ROOM - 30; id++)
		add(id, 9);
	scan.lanes[3][0].more = scan.lanes[3][1].more = true;
	assert_int_equal(ask(), 1); /* none is left for campaigns */
	assert_int_equal(list[0].lane, 0);
	assert_int_equal(list[0].limit, 30);
	for (uint64_t id = ROOM - 29; id <= ROOM; id++)
		add(id, 9);
	assert_int_equal(ask(), 0);
}

/* --- what was read ---------------------------------------------------- */

static void
goes_on_behind_what_was_taken(void **state)
{
	static const struct {
		const char *what;
		unsigned n, taken;
		bool left_user, more, backlog, pass;
	} rows[] = {
	    {"nothing", 0, 0, false, false, false, true},
	    {"some", 5, 5, false, false, false, true},
	    {"as many as asked for", 10, 10, false, true, true, false},
	    {"more than there was room for", 5, 3, false, true, false, false},
	    {"a user was passed over", 5, 5, true, false, false, false},
	};

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++) {
		struct scan_part p = {.shard = 4, .lane = 1, .limit = 10};
		struct outbox_key key = {4, 1, 6000, 77};
		struct scan_lane *l = &scan.lanes[4][1];

		*l = (struct scan_lane){.more = true};
		if (rows[i].left_user)
			scan_leave_user(&scan, &key);
		scan_taken(&scan, &key);
		scan_read(&scan, &p, rows[i].n, rows[i].taken);
		CHECK(rows[i].what, l->more == rows[i].more);
		CHECK(rows[i].what, l->backlog == rows[i].backlog);
		CHECK(rows[i].what, l->passes == rows[i].pass);
		CHECK(rows[i].what, l->cursor.due_ms == 6000 &&
		    l->cursor.id == 77);
	}
}

/* Once, when there is room for them. */
static void
comes_back_for_users(void **state)
{
	static const struct outbox_key key = {4, 0, 6000, 77};

	(void)state;
	scan_users_again(&scan);
	assert_int_equal(starts(NOW), 0);
	scan_leave_user(&scan, &key);
	assert_int_equal(starts(NOW), 0);
	scan_users_again(&scan);
	assert_int_equal(starts(NOW), OUTBOX_SHARDS * OUTBOX_LANES);
	scan_users_again(&scan);
	assert_int_equal(starts(NOW), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, scan_world_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {TEST(polls), TEST(rings_and_looks),
	    TEST(rings_gather), TEST(looks_when_due),
	    TEST(leaves_far_ones_to_the_poll), TEST(looks_at_its_own_only),
	    TEST(polls_quickly_for_what_nobody_rings), TEST(asks_in_order),
	    TEST(polls_quickly_for_a_minute), TEST(knows_whose_ring_comes),
	    TEST(leaves_full_lanes_alone), TEST(asks_for_rings_first),
	    TEST(cuts_campaigns_small_after_a_ring), TEST(says_why),
	    TEST(asks_for_two_batches), TEST(puts_backlogs_off),
	    TEST(keeps_in_mind_who_rang), TEST(passes_over_what_leaves),
	    TEST(asks_for_its_part_from_the_start),
	    TEST(asks_for_what_there_is_room_for),
	    TEST(goes_on_behind_what_was_taken), TEST(comes_back_for_users)};

	return cmocka_run_group_tests_name("scan", tests, NULL, NULL);
}
