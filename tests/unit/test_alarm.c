/* SPDX-License-Identifier: MIT */
#include "sendd/alarm.h"

#include <stdio.h>

#include "unit.h"

/* Once an hour for each cause. */
static void
once_a_cause(void **state)
{
	static const struct {
		const char *why;
		int64_t now_ms;
		bool news;
	} rows[] = {
		/* clang-format off */
		{"80300011",	0,			true},
		{"80300011",	1,			false},
		{"HTTP 404",	2,			true},
		{"80300011",	3,			false},
		{"HTTP 404",	4,			false},
		{"80300011",	ALARM_AGAIN_MS - 1,	false},
		{"80300011",	ALARM_AGAIN_MS,		true},
		{"HTTP 404",	ALARM_AGAIN_MS,		false},
		{"80300011",	ALARM_AGAIN_MS + 1,	false},
		{"HTTP 404",	ALARM_AGAIN_MS + 2,	true},
		/* clang-format on */
	};
	struct alarms a = {.n = 0};

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++)
		CHECK(rows[i].why, alarm_is_news(&a, rows[i].why,
		    rows[i].now_ms) == rows[i].news);
}

/* A provider that finds a new word each time fills no log; an hour later
 * there is room again. */
static void
bounded(void **state)
{
	struct alarms a = {.n = 0};
	unsigned told = 0;
	char why[200];

	(void)state;
	for (int i = 0; i < 1000; i++) {
		(void)snprintf(why, sizeof why, "word %d %*s", i, 150, "x");
		told += alarm_is_news(&a, why, i);
	}
	assert_int_equal(told, ALARM_CAUSES);
	assert_true(alarm_is_news(&a, "another", ALARM_AGAIN_MS + 1000));
	assert_false(alarm_is_news(&a, "another", ALARM_AGAIN_MS + 1001));
	assert_int_equal(a.n, ALARM_CAUSES);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(once_a_cause),
	    cmocka_unit_test(bounded),
	};

	return cmocka_run_group_tests_name("alarm", tests, NULL, NULL);
}
