/* SPDX-License-Identifier: MIT */
#include "sendd/skew.h"

#include <stdlib.h>

#include "unit.h"

#define NOW 1000000

/* Looks two seconds apart, heartbeats at all places between them. */
static struct skew
after(unsigned looks, int64_t ahead_ms)
{
	struct skew s = {.known = false};

	for (unsigned k = 0; k < looks; k++) {
		int64_t before = NOW + 2000 * k;

		skew_note(&s, before + 100 + 450 * (k % 5) + ahead_ms, before,
		    before + 2000);
	}
	return s;
}

static void
bounds_it_ever_closer(void **state)
{
	static const int64_t aheads[] = {0, 20000, -20000, 1700};

	(void)state;
	for (size_t i = 0; i < nitems(aheads); i++)
		for (unsigned looks = 1; looks <= 40; looks++) {
			struct skew s = after(looks, aheads[i]);

			assert_true(s.low_ms <= aheads[i] &&
			    s.high_ms >= aheads[i]);
			assert_true(s.high_ms - s.low_ms <=
			    (looks < 5 ? 2500 : 800));
		}
}

static void
tells_what_is_sure(void **state)
{
	static const struct {
		const char *what;
		struct skew s;
		int64_t want;
	} rows[] = {
	    {"unknown", {2000, 3000, false}, 0},
	    {"far ahead", {2000, 3000, true}, 2500},
	    {"just a second", {1000, 1200, true}, 1100},
	    {"perhaps less", {999, 3000, true}, 0},
	    {"none", {-500, 500, true}, 0},
	    {"behind", {-3000, -1000, true}, -2000},
	    {"perhaps less behind", {-3000, -999, true}, 0},
	};

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++)
		CHECK(rows[i].what, skew_sure(&rows[i].s) == rows[i].want);
}

/* A clock that is set is believed at once. */
static void
follows_a_clock_that_is_set(void **state)
{
	struct skew s = after(20, 0);

	(void)state;
	assert_int_equal(skew_sure(&s), 0);
	skew_note(&s, NOW + 41000 + 60000, NOW + 40000, NOW + 42000);
	assert_true(llabs(skew_sure(&s) - 60000) <= 1000);
}

static void
finds_the_middle(void **state)
{
	int64_t three[] = {20000, 0, -5}, two[] = {20000, 0}, one[] = {7};

	(void)state;
	assert_int_equal(skew_middle(three, 3), 0);
	assert_int_equal(skew_middle(two, 2), 0);
	assert_int_equal(skew_middle(one, 1), 7);
}

#define TEST(f) cmocka_unit_test(f)

int
main(void)
{
	const struct CMUnitTest tests[] = {TEST(bounds_it_ever_closer),
	    TEST(tells_what_is_sure), TEST(follows_a_clock_that_is_set),
	    TEST(finds_the_middle)};

	return cmocka_run_group_tests_name("skew", tests, NULL, NULL);
}
