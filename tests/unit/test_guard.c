/* SPDX-License-Identifier: MIT */
#include "sendd/guard.h"

#include "unit.h"

#define NOW 1000000

static const struct guard_limits limits = {60000, 0.2};

static unsigned
judge_many(struct guard *g, enum verdict_kind kind, unsigned n)
{
	unsigned lost = 0;

	while (n-- > 0)
		lost += guard_judge(g, kind, &limits, NOW);
	return lost;
}

/* Hard evidence always counts, a suspicion only beside deliveries and while
 * suspicions are few. */
static void
evidence(void **state)
{
	static const struct {
		const char *what;
		unsigned accepted, gone, suspects; /* before */
		enum verdict_kind kind;
		bool lost;
	} rows[] = {
		/* clang-format off */
		{"gone alone",		0, 0, 0, VERDICT_GONE,		true},
		{"gone in masses",	0, 99, 0, VERDICT_GONE,		true},
		{"suspect alone",	0, 0, 0, VERDICT_SUSPECT,	false},
		{"one of two",		1, 0, 0, VERDICT_SUSPECT,	false},
		{"one of five",		4, 0, 0, VERDICT_SUSPECT,	true},
		{"two of six",		4, 0, 1, VERDICT_SUSPECT,	false},
		{"two of ten",		8, 0, 1, VERDICT_SUSPECT,	true},
		{"gone count too",	8, 2, 0, VERDICT_SUSPECT,	false},
		{"delivered",		8, 0, 0, VERDICT_SENT,		false},
		{"rejected",		8, 0, 0, VERDICT_REJECT,	false},
		/* clang-format on */
	};

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++) {
		struct guard g = {.since_ms = NOW};

		(void)judge_many(&g, VERDICT_SENT, rows[i].accepted);
		(void)judge_many(&g, VERDICT_GONE, rows[i].gone);
		(void)judge_many(&g, VERDICT_SUSPECT, rows[i].suspects);
		CHECK(rows[i].what, guard_judge(&g, rows[i].kind, &limits,
		    NOW) == rows[i].lost);
	}
}

/* At a share over the limit, of ten refused devices or more, once a window. */
static void
trips(void **state)
{
	struct guard g = {.since_ms = NOW};

	(void)state;
	(void)judge_many(&g, VERDICT_GONE, GUARD_MIN - 1);
	assert_false(guard_trips(&g, &limits)); /* all, but few */
	(void)judge_many(&g, VERDICT_SENT, 40);
	(void)judge_many(&g, VERDICT_SUSPECT, 1);
	assert_false(guard_trips(&g, &limits)); /* ten of fifty: the limit */
	(void)judge_many(&g, VERDICT_SUSPECT, 1);
	assert_true(guard_trips(&g, &limits)); /* eleven of fifty-one */
	assert_false(guard_trips(&g, &limits));
	(void)judge_many(&g, VERDICT_GONE, 50);
	assert_false(guard_trips(&g, &limits));
	assert_true(g.tripped);
}

/* What was seen is forgotten with the window, its trip too. */
static void
windows(void **state)
{
	struct guard g = {.since_ms = NOW};
	int64_t then = NOW + limits.window_ms;

	(void)state;
	(void)judge_many(&g, VERDICT_GONE, GUARD_MIN);
	assert_true(guard_trips(&g, &limits));
	(void)guard_judge(&g, VERDICT_SENT, &limits, then);
	assert_int_equal(g.accepted, 1);
	assert_int_equal(g.gone, GUARD_MIN);
	(void)guard_judge(&g, VERDICT_SENT, &limits, then + 1);
	assert_int_equal(g.accepted, 1);
	assert_int_equal(g.gone, 0);
	assert_false(g.tripped);
	assert_int_equal(g.since_ms, then + 1);
}

/* Three devices, one after the other; one device is one, however often it is
 * refused. A message that is accepted, and another key, clear the count; the
 * window, hard evidence and suspicions do not. */
static void
keys(void **state)
{
	struct guard g = {.since_ms = NOW};

	(void)state;
	assert_false(guard_trusts_key(&g));
	for (unsigned i = 0; i < 100; i++)
		assert_false(guard_key_refused(&g, 1 + i % 2));
	assert_false(guard_key_refused(&g, 1 + 65536)); /* as if it were 1 */
	(void)judge_many(&g, VERDICT_GONE, 1);
	(void)judge_many(&g, VERDICT_SUSPECT, 1);
	(void)guard_judge(&g, VERDICT_GONE, &limits,
	    NOW + limits.window_ms + 1);
	assert_true(guard_key_refused(&g, 3));
	assert_true(guard_key_refused(&g, 3));
	assert_true(guard_key_refused(&g, 4));
	assert_true(guard_doubts_key(&g));
	assert_false(guard_trusts_key(&g));

	(void)judge_many(&g, VERDICT_SENT, 1);
	assert_true(guard_trusts_key(&g));
	assert_false(guard_doubts_key(&g));
	assert_false(guard_key_refused(&g, 1));
	assert_false(guard_key_refused(&g, 2));
	(void)guard_judge(&g, VERDICT_GONE, &limits,
	    NOW + 3 * limits.window_ms);
	assert_true(guard_trusts_key(&g));
	guard_key_changed(&g);
	assert_false(guard_trusts_key(&g));
	assert_false(guard_key_refused(&g, 3));
	assert_false(guard_key_refused(&g, 1));
	assert_true(guard_key_refused(&g, 2));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(evidence),
	    cmocka_unit_test(trips), cmocka_unit_test(windows),
	    cmocka_unit_test(keys)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
