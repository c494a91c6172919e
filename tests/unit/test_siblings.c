/* SPDX-License-Identifier: MIT */
#include "sendd/siblings.h"

#include <stdlib.h>
#include <string.h>

#include "unit.h"

#define SELF 11
#define OTHER 22
#define THIRD 33
#define NOW 1000000
#define LEASE 15000

static struct shards shards; /* as each test sees them */

static int
begin(void **state)
{
	(void)state;
	shards = (struct shards){.n_mine = 0};
	return 0;
}

/* Our heartbeat and another's. */
static void
see(struct siblings *p, uint64_t other, uint64_t beats, int64_t now_ms)
{
	struct heartbeats seen = {.n = 2, .clock_ms = now_ms};

	seen.list[0] = (struct heartbeat){.incarnation = SELF, .beats = beats};
	seen.list[1] = (struct heartbeat){.incarnation = other,
	    .beats = beats};
	siblings_see(p, &seen, now_ms, LEASE);
}

static void
see_nobody(struct siblings *p, int64_t now_ms)
{
	struct heartbeats seen = {.clock_ms = now_ms};

	siblings_see(p, &seen, now_ms, LEASE);
}

static unsigned
alive(const struct siblings *p, int64_t now_ms)
{
	struct taker t = {.self = SELF, .lease_ms = LEASE, .now_ms = now_ms};

	return siblings_share(p, &shards, &t).sharing - 1;
}

/* An old row without a process is like a young one with it, once. */
static void
says_nothing_at_first(void **state)
{
	struct siblings p = {.n = 0};

	(void)state;
	see(&p, OTHER, 7, NOW);
	assert_int_equal(alive(&p, NOW), 0);
	see(&p, OTHER, 7, NOW + 2000);
	assert_int_equal(alive(&p, NOW + 2000), 0);
}

static void
counts_what_moves(void **state)
{
	struct siblings p = {.n = 0};

	(void)state;
	see(&p, OTHER, 7, NOW);
	see(&p, OTHER, 8, NOW + 2000);
	assert_int_equal(alive(&p, NOW + 2000), 1);
	see(&p, OTHER, 8, NOW + 2000 + LEASE - 1);
	assert_int_equal(alive(&p, NOW + 2000 + LEASE - 1), 1);
	see(&p, OTHER, 8, NOW + 2000 + LEASE);
	assert_int_equal(alive(&p, NOW + 2000 + LEASE), 0);
	see(&p, OTHER, 9, NOW + 20000);
	assert_int_equal(alive(&p, NOW + 20000), 1);
}

static void
counts_who_comes_and_goes(void **state)
{
	struct siblings p = {.n = 0};

	(void)state;
	see_nobody(&p, NOW);
	see(&p, THIRD, 0, NOW + 2000);
	assert_int_equal(alive(&p, NOW + 2000), 1);
	see_nobody(&p, NOW + 4000); /* it has ended */
	assert_int_equal(alive(&p, NOW + 4000), 0);
}

/* At the first look an owner whose lease may last counts. */
static void
counts_who_owns_a_shard(void **state)
{
	struct shard_state all[OUTBOX_SHARDS] = {
	    [5] = {.incarnation = OTHER, .lease_ms = LEASE}};
	struct siblings p = {.n = 0};

	(void)state;
	shards_see(&shards, all, NOW);
	see(&p, OTHER, 7, NOW);
	assert_int_equal(alive(&p, NOW), 1);
	assert_int_equal(alive(&p, NOW + LEASE + LEASE / 100), 0);
	see(&p, THIRD, 7, NOW);
	assert_int_equal(alive(&p, NOW), 1); /* it has come */
	all[5].incarnation = SELF;
	shards_see(&shards, all, NOW);
	see(&p, THIRD, 7, NOW + LEASE);
	assert_int_equal(alive(&p, NOW + LEASE), 0);
}

/* Whoever is draining, we or another, shares nothing. */
static void
counts_who_is_not_draining(void **state)
{
	static const struct {
		const char *what;
		bool self, other, draining;
		unsigned sharing;
	} rows[] = {{"both work", false, false, false, 2},
	    {"the other is draining", false, true, false, 1},
	    {"we are draining", true, false, true, 1},
	    {"both are", true, true, true, 0}};
	struct taker t = {.self = SELF, .lease_ms = LEASE, .now_ms = NOW};

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++) {
		struct heartbeats seen = {.n = 2, .clock_ms = NOW};
		struct siblings p = {.n = 0};
		struct instance_peers got;

		seen.list[0] = (struct heartbeat){.incarnation = SELF,
		    .draining = rows[i].self};
		seen.list[1] = (struct heartbeat){.incarnation = OTHER,
		    .draining = rows[i].other};
		siblings_see(&p, &seen, NOW - 2000, LEASE);
		seen.list[1].beats++;
		siblings_see(&p, &seen, NOW, LEASE);
		got = siblings_share(&p, &shards, &t);
		CHECK(rows[i].what, got.sharing == rows[i].sharing &&
		    got.draining == rows[i].draining);
	}
}

/* --- clocks ----------------------------------------------------------- */

/* Three sendds at as many nodes, whose clocks are ahead by ahead[]; ours is the
 * first. Their heartbeats come at different places between our looks. */
static int64_t
measure(const int64_t ahead[3], unsigned looks)
{
	static const char *const nodes[] = {"n1", "n2", "n3"};
	struct siblings p = {.n = 0};

	for (unsigned k = 1; k <= looks; k++) {
		int64_t now = NOW + 2000 * k;
		struct heartbeats seen = {.n = 3, .clock_ms = now + ahead[0],
		    .node = "n1"};

		for (unsigned i = 0; i < 3; i++) {
			struct heartbeat *h = &seen.list[i];

			h->incarnation = SELF + i;
			h->beats = k;
			h->clock_ms = now - 1900 + 300 * (k % 6) + ahead[i];
			memcpy(h->node, nodes[i], 3);
		}
		siblings_see(&p, &seen, now, LEASE);
	}
	return siblings_skew(&p);
}

static void
goes_by_the_middle_clock(void **state)
{
	static const struct {
		const char *what;
		int64_t ahead[3], want;
	} rows[] = {
	    {"all agree", {0, 0, 0}, 0},
	    {"a little apart", {0, 400, -400}, 0},
	    {"another is ahead", {0, 0, 20000}, 0},
	    {"we are ahead", {20000, 0, 0}, 20000},
	    {"we are behind", {-20000, 0, 0}, -20000},
	    {"we are in the middle", {0, -9000, 20000}, 0},
	    {"all differ", {20000, -9000, 0}, 20000},
	};

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++) {
		CHECK(rows[i].what, measure(rows[i].ahead, 1) == 0);
		CHECK(rows[i].what, llabs(measure(rows[i].ahead, 12) -
		    rows[i].want) <= 500);
	}
}

#define TEST(f) cmocka_unit_test_setup(f, begin)

int
main(void)
{
	const struct CMUnitTest tests[] = {TEST(says_nothing_at_first),
	    TEST(counts_what_moves), TEST(counts_who_comes_and_goes),
	    TEST(counts_who_owns_a_shard), TEST(counts_who_is_not_draining),
	    TEST(goes_by_the_middle_clock)};

	return cmocka_run_group_tests_name("siblings", tests, NULL, NULL);
}
