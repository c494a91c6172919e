/* SPDX-License-Identifier: MIT */
/* Failures by source: how many, how long, and who is whom. */
#include "fcgi/throttle.h"

#include "unit.h"

#define NOW 1000000
#define STEP (THROTTLE_WINDOW_MS / THROTTLE_FAILURES)
#define HERE "192.0.2.1"

static struct throttle_verdict
fail_n(struct throttle *t, const char *from, int n, int64_t now_ms)
{
	struct throttle_verdict v = {0};

	while (n-- > 0)
		v = throttle_fail(t, from, now_ms);
	return v;
}

static void
grows(void **state)
{
	struct throttle *t = throttle_new();
	struct throttle_verdict v;
	int last = 0;

	(void)state;
	for (int i = 0; i < THROTTLE_FAILURES; i++)
		assert_int_equal(fail_n(t, HERE, 1, NOW).wait_s, 0);
	for (int i = 0; i < 30; i++) {
		v = throttle_fail(t, HERE, NOW);
		assert_true(v.wait_s > last ||
		    v.wait_s == THROTTLE_WAIT_MAX_MS / 1000);
		last = v.wait_s;
	}
	assert_int_equal(last, THROTTLE_WAIT_MAX_MS / 1000);
	throttle_free(t);
	throttle_free(NULL);
}

/* Who waits as long as it was told to is answered as ever. */
static void
keeps_its_word(void **state)
{
	(void)state;
	for (int n = 1; n < 30; n++) {
		struct throttle *t = throttle_new();
		struct throttle_verdict v = fail_n(t, HERE,
		    THROTTLE_FAILURES + n, NOW);
		int64_t then = NOW + (int64_t)v.wait_s * 1000;

		assert_true(v.wait_s > 0);
		assert_int_equal(fail_n(t, HERE, 1, then).wait_s, 0);
		assert_true(fail_n(t, HERE, 1, then).wait_s > 0);
		throttle_free(t);
	}
}

static void
decays(void **state)
{
	struct throttle *t = throttle_new();

	(void)state;
	fail_n(t, HERE, THROTTLE_FAILURES, NOW);
	/* one for each step of time, and no more */
	assert_int_equal(fail_n(t, HERE, 1, NOW + STEP).wait_s, 0);
	assert_true(fail_n(t, HERE, 1, NOW + STEP).wait_s > 0);
	/* after the longest wait and the window all is forgotten */
	fail_n(t, HERE, 100, NOW + STEP);
	assert_int_equal(fail_n(t, HERE, THROTTLE_FAILURES, NOW + STEP +
	    THROTTLE_WINDOW_MS + THROTTLE_WAIT_MAX_MS).wait_s, 0);
	throttle_free(t);
}

static void
tells_once(void **state)
{
	struct throttle *t = throttle_new();
	int slowed = 0, most = 0;

	(void)state;
	for (int round = 1; round <= 2; round++) {
		int64_t now = NOW + (int64_t)round * 3600000;

		for (int i = 0; i < 50; i++) {
			struct throttle_verdict v = throttle_fail(t, HERE,
			    now + i);

			slowed += v.news == THROTTLE_SLOWED;
			most += v.news == THROTTLE_MOST;
		}
		/* it gets a little better and worse again: that is no news */
		for (int i = 0; i < 50; i++)
			assert_int_equal(throttle_fail(t, HERE,
			    now + STEP + i).news, THROTTLE_FREE);
		assert_int_equal(slowed, round);
		assert_int_equal(most, round);
	}
	throttle_free(t);
}

static const struct {
	const char *one, *other;
	bool same;
} sources[] = {
	/* clang-format off */
	{"192.0.2.1", "192.0.2.1", true},
	{"192.0.2.1", "192.0.2.2", false},
	{"192.0.2.1", "::ffff:192.0.2.1", true},
	{"::ffff:192.0.2.1", "::ffff:192.0.2.2", false},
	{"2001:db8::1", "2001:db8::2", true},
	{"2001:db8:0:0:1::", "2001:db8::ffff:ffff:ffff:ffff", true},
	{"2001:db8::1", "2001:db8:0:1::1", false},
	{"2001:DB8::1", "2001:db8::1", true},
	{"192.0.2.1", "2001:db8::1", false},
	{"nonsense", "", true},
	{"nonsense", NULL, true},
	{"192.0.2.1", NULL, false},
	{"192.0.2.1", "192.0.2.1 ", false},
	/* clang-format on */
};

static void
who_is_whom(void **state)
{
	(void)state;
	for (size_t i = 0; i < nitems(sources); i++) {
		struct throttle *t = throttle_new();

		fail_n(t, sources[i].one, THROTTLE_FAILURES, NOW);
		CHECK(sources[i].one, sources[i].same ==
		    (throttle_fail(t, sources[i].other, NOW).wait_s > 0));
		throttle_free(t);
	}
}

/* More sources than there is room for: the oldest are forgotten, the rest
 * are as they were, and nobody is mistaken for another. */
static void
is_bounded(void **state)
{
	struct throttle *t = throttle_new();
	char from[32];
	int kept = 0;

	(void)state;
	for (int i = 0; i < 10 * THROTTLE_SOURCES; i++) {
		(void)snprintf(from, sizeof from, "10.%d.%d.1", i / 256,
		    i % 256);
		assert_int_equal(fail_n(t, from, THROTTLE_FAILURES,
		    NOW + i).wait_s, 0);
	}
	for (int i = 9 * THROTTLE_SOURCES; i < 10 * THROTTLE_SOURCES; i++) {
		(void)snprintf(from, sizeof from, "10.%d.%d.1", i / 256,
		    i % 256);
		kept += fail_n(t, from, 1, NOW + i).wait_s > 0;
	}
	assert_in_range(kept, 1, THROTTLE_SOURCES);
	throttle_free(t);
}

static void
without_memory(void **state)
{
	(void)state;
	assert_int_equal(fail_n(NULL, HERE, 100, NOW).wait_s, 0);
}

/* A bucket that another keeps is judged as ours are: the first waits are the
 * same, and the beginning of them is told once. */
static void
judges_others(void **state)
{
	struct throttle *t = throttle_new();
	int64_t left_ms = 0;
	int told = 0;

	(void)state;
	for (int i = 0; i < 50; i++) {
		struct throttle_verdict own = throttle_fail(t, HERE, NOW), v;

		left_ms += STEP;
		if (left_ms > THROTTLE_FULL_MS + THROTTLE_WAIT_MAX_MS)
			left_ms = THROTTLE_FULL_MS + THROTTLE_WAIT_MAX_MS;
		v = throttle_judge(left_ms);
		assert_int_equal(v.wait_s, own.wait_s);
		told += v.news == THROTTLE_SLOWED;
	}
	assert_int_equal(told, 1);
	throttle_free(t);
}

static void
has_groups(void **state)
{
	(void)state;
	for (size_t i = 0; i < nitems(sources); i++)
		CHECK(sources[i].one, sources[i].same ==
		    (throttle_group(sources[i].one, 4096) ==
			throttle_group(sources[i].other, 4096)));
	for (unsigned n = 1; n < 100; n++)
		assert_true(throttle_group(HERE, n) < n);
}

/* Neighbours have groups of their own: one costs the others no wait. */
static void
spreads_neighbours(void **state)
{
	bool taken[4096] = {false};
	unsigned n = 0;

	(void)state;
	for (unsigned i = 0; i < 250; i++) {
		char address[32];
		unsigned group;

		(void)snprintf(address, sizeof address, "192.0.%u.1", i);
		group = throttle_group(address, nitems(taken));
		n += !taken[group];
		taken[group] = true;
	}
	assert_true(n > 200);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(grows),
	    cmocka_unit_test(keeps_its_word),
	    cmocka_unit_test(decays),
	    cmocka_unit_test(tells_once),
	    cmocka_unit_test(who_is_whom),
	    cmocka_unit_test(is_bounded),
	    cmocka_unit_test(without_memory),
	    cmocka_unit_test(judges_others),
	    cmocka_unit_test(has_groups),
	    cmocka_unit_test(spreads_neighbours),
	};

	return cmocka_run_group_tests_name("throttle", tests, NULL, NULL);
}
