/* SPDX-License-Identifier: MIT */
#include "sendd/shards.h"

#include "unit.h"

#define SELF 11
#define OTHER 22
#define EARLIER 33
#define NOW 1000000

static const unsigned nothing[OUTBOX_SHARDS];

/* The shards from 0 on are ours, each under an epoch 100 above its number. */
static struct shards
ours(unsigned n)
{
	struct shards s = {0};

	for (unsigned i = 0; i < n; i++)
		shards_taken(&s, i, 100 + i, NOW + 15000);
	return s;
}

static void
is_the_even_part(void **state)
{
	static const struct {
		struct instance_peers peers;
		unsigned max, part;
	} rows[] = {{{1, false}, 64, 64}, {{2, false}, 64, 32},
	    {{3, false}, 64, 22}, {{5, false}, 64, 13}, {{64, false}, 64, 1},
	    {{100, false}, 64, 1}, {{1, false}, 10, 10}, {{32, false}, 1, 1},
	    {{0, false}, 64, 64}, {{1, true}, 64, 0}, {{3, true}, 64, 0},
	    {{0, true}, 64, 64}, {{0, true}, 10, 10}};

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++)
		assert_int_equal(shards_fair_part(&rows[i].peers, rows[i].max),
		    rows[i].part);
}

/* Every instance has its part: no shard is left to nobody. */
static void
parts_cover_all(void **state)
{
	(void)state;
	for (unsigned alive = 1; alive <= 70; alive++)
		assert_true(alive * shards_fair_part(
		    &(struct instance_peers){alive, false}, OUTBOX_SHARDS) >=
		    OUTBOX_SHARDS);
}

/* --- sending ---------------------------------------------------------- */

static void
sends_within_the_lease(void **state)
{
	struct shards s = ours(2);

	(void)state;
	assert_true(shards_may_send(&s, 1, 101, NOW));
	assert_true(shards_may_send(&s, 1, 101, NOW + 14999));
	assert_false(shards_may_send(&s, 1, 101, NOW + 15000));
	assert_true(shards_hold(&s, 1, 101)); /* it may be renewed yet */
	assert_false(shards_may_send(&s, 2, 102, NOW));
}

/* A bit for each that may be worked for. */
static void
a_bit_for_each(void **state)
{
	struct shards s = ours(2);

	(void)state;
	shards_taken(&s, 63, 163, NOW + 5000);
	assert_true(shards_mask(&s, NOW) == (3 | UINT64_C(1) << 63));
	assert_true(shards_mask(&s, NOW + 5000) == 3);
	assert_true(shards_mask(&s, NOW + 15000) == 0);
}

/* A row that was read before the shard was lost and taken again has been
 * another's meanwhile. */
static void
refuses_a_stale_epoch(void **state)
{
	struct shards s = ours(2);

	(void)state;
	shards_gone(&s, 1);
	assert_int_equal(s.losses, 1);
	assert_false(shards_hold(&s, 1, 101));
	shards_taken(&s, 1, 103, NOW + 15000);
	assert_int_equal(s.losses, 1);
	assert_false(shards_may_send(&s, 1, 101, NOW));
	assert_false(shards_hold(&s, 1, 102));
	assert_true(shards_may_send(&s, 1, 103, NOW));
}

static void
renews_what_is_held(void **state)
{
	static const struct lease list[] = {{0, 100}, {1, 99}, {2, 102}};
	struct shards s = ours(3);

	(void)state;
	shards_gone(&s, 2); /* while the renewal was under way */
	shards_renewed(&s, list, 3, NOW + 20000);
	assert_true(shards_may_send(&s, 0, 100, NOW + 19999));
	assert_false(shards_may_send(&s, 1, 101, NOW + 15000));
	assert_false(shards_may_send(&s, 2, 102, NOW));
	assert_int_equal(s.n_mine, 2);
}

static void
lists_its_leases(void **state)
{
	struct lease list[OUTBOX_SHARDS];
	struct shards s = ours(3);

	(void)state;
	shards_gone(&s, 1);
	assert_int_equal(shards_leases(&s, list), 2);
	assert_int_equal(list[0].shard, 0);
	assert_int_equal(list[0].epoch, 100);
	assert_int_equal(list[1].shard, 2);
	assert_int_equal(list[1].epoch, 102);
}

/* --- taking ----------------------------------------------------------- */

#define LEASE 15000
#define OVER (LEASE + LEASE / 100) /* for so long nothing moves */

static struct taker
taker_at(int64_t now_ms)
{
	return (struct taker){SELF, EARLIER, LEASE, now_ms};
}

/* All shards as this one is. */
static void
see(struct shards *s, const struct shard_state *one, int64_t now_ms)
{
	struct shard_state all[OUTBOX_SHARDS];

	for (unsigned i = 0; i < OUTBOX_SHARDS; i++)
		all[i] = *one;
	shards_see(s, all, now_ms);
}

static void
takes_what_is_free(void **state)
{
	static const struct {
		const char *what;
		struct shard_state seen;
		int64_t after_ms;
		bool take;
	} rows[] = {
	    {"left", {.epoch = 7}, 0, true},
	    {"of another", {.incarnation = OTHER, .lease_ms = LEASE},
		OVER - 1, false},
	    {"of another, over by its node's clock",
		{.incarnation = OTHER, .lease_ms = LEASE, .is_over = true,
		.until_ms = 1}, OVER - 1, false},
	    {"its lease is over", {.incarnation = OTHER, .lease_ms = LEASE},
		OVER, true},
	    {"it has a longer one",
		{.incarnation = OTHER, .lease_ms = 2 * LEASE}, OVER, false},
	    {"it has a shorter one", {.incarnation = OTHER, .lease_ms = 5000},
		5050, true},
	    {"it does not tell how long", {.incarnation = OTHER}, OVER - 1,
		false},
	    {"nor does this one", {.incarnation = OTHER}, OVER, true},
	    {"ours, and we were not told", {.incarnation = SELF}, 0, true},
	    {"of our life that is over", {.incarnation = EARLIER}, 0, true},
	};

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++) {
		struct shards s = ours(3);
		struct taker t = taker_at(NOW + rows[i].after_ms);

		see(&s, &rows[i].seen, NOW);
		see(&s, &rows[i].seen, t.now_ms);
		CHECK(rows[i].what,
		    shards_should_take(&s, 9, 4, &t) == rows[i].take);
		/* not more than its part, and none twice */
		CHECK(rows[i].what, !shards_should_take(&s, 9, 3, &t));
		CHECK(rows[i].what, !shards_should_take(&s, 2, 4, &t));
	}
}

static void
takes_nothing_of_nobody(void **state)
{
	struct taker t = {.self = SELF, .lease_ms = LEASE, .now_ms = NOW};
	struct shards s = ours(0);

	(void)state;
	see(&s, &(struct shard_state){.incarnation = EARLIER}, NOW);
	assert_false(shards_should_take(&s, 9, 64, &t));
}

/* Whatever moves, the owner lives; the count begins again. */
static void
watches_what_moves(void **state)
{
	static const struct {
		const char *what;
		struct shard_state next;
	} rows[] = {
	    {"renewed", {.incarnation = OTHER, .epoch = 1, .renewals = 2,
		.lease_ms = LEASE}},
	    {"renewed by a program of before", {.incarnation = OTHER,
		.epoch = 1, .renewals = 1, .until_ms = 5, .lease_ms = LEASE}},
	    {"taken over", {.incarnation = OTHER, .epoch = 2, .renewals = 1,
		.lease_ms = LEASE}},
	    {"another's", {.incarnation = EARLIER + 1, .epoch = 1,
		.renewals = 1, .lease_ms = LEASE}},
	};
	static const struct shard_state first = {.incarnation = OTHER,
	    .epoch = 1, .renewals = 1, .lease_ms = LEASE};

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++) {
		int64_t moved = NOW + OVER - 1;
		struct taker t = taker_at(moved + OVER - 1);
		struct shards s = ours(0);

		see(&s, &first, NOW);
		see(&s, &rows[i].next, moved);
		see(&s, &rows[i].next, t.now_ms);
		CHECK(rows[i].what, !shards_is_free(&s, 9, &t));
		t.now_ms++;
		CHECK(rows[i].what, shards_is_free(&s, 9, &t));
	}
}

/* --- giving back ------------------------------------------------------ */

/* The ones above its part, once nothing of them is in hand. */
static void
gives_the_surplus_back(void **state)
{
	unsigned in_hand[OUTBOX_SHARDS] = {[9] = 3};
	struct lease list[OUTBOX_SHARDS];
	struct shards s = ours(10);

	(void)state;
	assert_int_equal(shards_surplus(&s, 8, in_hand, list), 1);
	assert_int_equal(list[0].shard, 8);
	assert_int_equal(list[0].epoch, 108);
	assert_true(shards_may_read(&s, 7));
	assert_false(shards_may_read(&s, 8));
	assert_false(shards_may_read(&s, 9));
	/* what is in hand of it is still sent */
	assert_true(shards_may_send(&s, 9, 109, NOW));
	shards_gone(&s, 8);
	assert_int_equal(s.n_mine, 9);
	assert_int_equal(shards_surplus(&s, 8, nothing, list), 1);
	assert_int_equal(list[0].shard, 9);
}

/* Another instance went before it was given back. */
static void
keeps_what_it_may_keep(void **state)
{
	unsigned in_hand[OUTBOX_SHARDS] = {[9] = 3};
	struct lease list[OUTBOX_SHARDS];
	struct shards s = ours(10);

	(void)state;
	assert_int_equal(shards_surplus(&s, 9, in_hand, list), 0);
	assert_false(shards_may_read(&s, 9));
	assert_int_equal(shards_surplus(&s, 64, in_hand, list), 0);
	assert_true(shards_may_read(&s, 9));
	assert_int_equal(s.n_mine, 10);
}

/* --- takeover --------------------------------------------------------- */

static void
sees_a_takeover(void **state)
{
	static const struct {
		const char *what;
		struct shard_state seen;
		bool lost;
	} rows[] = {
	    {"ours", {.incarnation = SELF, .epoch = 101}, false},
	    {"ours, its lease is over",
		{.is_over = true, .incarnation = SELF, .epoch = 101}, false},
	    {"another's", {.incarnation = OTHER, .epoch = 102}, true},
	    {"ours again, in between another's",
		{.incarnation = SELF, .epoch = 103}, true},
	    {"given back", {.is_over = true, .epoch = 101}, true},
	};

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++) {
		struct shards s = ours(2);

		see(&s, &rows[i].seen, NOW);
		CHECK(rows[i].what,
		    shards_is_lost(&s, 1, SELF) == rows[i].lost);
		/* what was not ours is not lost */
		CHECK(rows[i].what, !shards_is_lost(&s, 2, SELF));
	}
}

/* One that was leaving when it was lost, and is taken again, is kept. */
static void
forgets_that_it_was_leaving(void **state)
{
	struct lease list[OUTBOX_SHARDS];
	struct shards s = ours(2);

	(void)state;
	(void)shards_surplus(&s, 1, nothing, list);
	shards_gone(&s, 1);
	assert_false(shards_may_read(&s, 1));
	shards_taken(&s, 1, 103, NOW + 15000);
	assert_true(shards_may_read(&s, 1));
	assert_int_equal(s.n_mine, 2);
}

#define TEST(f) cmocka_unit_test(f)

int
main(void)
{
	const struct CMUnitTest tests[] = {TEST(is_the_even_part),
	    TEST(parts_cover_all), TEST(sends_within_the_lease),
	    TEST(a_bit_for_each), TEST(refuses_a_stale_epoch),
	    TEST(renews_what_is_held), TEST(lists_its_leases),
	    TEST(takes_what_is_free), TEST(takes_nothing_of_nobody),
	    TEST(watches_what_moves),
	    TEST(gives_the_surplus_back), TEST(keeps_what_it_may_keep),
	    TEST(sees_a_takeover), TEST(forgets_that_it_was_leaving)};

	return cmocka_run_group_tests_name("shards", tests, NULL, NULL);
}
