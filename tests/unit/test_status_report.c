/* SPDX-License-Identifier: MIT */
#include "sendd/status_report.h"

#include "unit.h"

#define NOW 1000000

static const struct credential_status held = {.state = "held",
    .reason = "quota", .until_ms = 60000, .accepted = 3, .suspects = 2,
    .gone = 1};

static struct status_report
written(void)
{
	struct status_report r = {0};

	status_report_written(&r, &held, NOW);
	return r;
}

static void
first_one_is_news(void **state)
{
	struct status_report r = {0};
	struct credential_status s = {.state = "ok", .reason = ""};

	(void)state;
	assert_int_equal(status_report_need(&r, &s, NOW), STATUS_NEWS);
	status_report_written(&r, &s, NOW);
	assert_int_equal(status_report_need(&r, &s, NOW), STATUS_CURRENT);
}

static void
state_and_reason_are_news(void **state)
{
	struct status_report r = written();
	struct credential_status s = held;

	(void)state;
	s.state = "ok";
	assert_int_equal(status_report_need(&r, &s, NOW), STATUS_NEWS);
	s = held;
	s.reason = "another";
	assert_int_equal(status_report_need(&r, &s, NOW), STATUS_NEWS);
}

static void
counts_age_it(void **state)
{
	struct status_report r = written();
	struct credential_status s = held;
	uint64_t *counts[] = {&s.accepted, &s.suspects, &s.gone};

	(void)state;
	for (size_t i = 0; i < nitems(counts); i++) {
		s = held;
		*counts[i] = 7;
		assert_int_equal(status_report_need(&r, &s, NOW), STATUS_AGED);
		status_report_written(&r, &s, NOW);
		assert_int_equal(status_report_need(&r, &s, NOW),
		    STATUS_CURRENT);
		r = written();
	}
}

/* The end is the same moment however often it is asked for. */
static void
another_end_ages_it(void **state)
{
	struct status_report r = written();
	struct credential_status s = held;

	(void)state;
	s.until_ms = held.until_ms - 2000;
	assert_int_equal(status_report_need(&r, &s, NOW + 2000),
	    STATUS_CURRENT);
	assert_int_equal(status_report_need(&r, &held, NOW + 2000),
	    STATUS_AGED);
	s.until_ms = 0;
	assert_int_equal(status_report_need(&r, &s, NOW), STATUS_AGED);
}

static void
time_ages_it(void **state)
{
	struct status_report r = written();
	struct credential_status s = held;
	int64_t then = NOW + STATUS_REPORT_AGAIN_MS;

	(void)state;
	s.until_ms = 0;
	status_report_written(&r, &s, NOW);
	assert_int_equal(status_report_need(&r, &s, then - 1),
	    STATUS_CURRENT);
	assert_int_equal(status_report_need(&r, &s, then), STATUS_AGED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(first_one_is_news),
	    cmocka_unit_test(state_and_reason_are_news),
	    cmocka_unit_test(counts_age_it),
	    cmocka_unit_test(another_end_ages_it),
	    cmocka_unit_test(time_ages_it)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
