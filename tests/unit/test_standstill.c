/* SPDX-License-Identifier: MIT */
#include "sendd/standstill.h"

#include "unit.h"

static void
is_what_passes_after_the_wait(void **state)
{
	struct standstill s = {0};

	(void)state;
	assert_false(standstill_ended(&s, 100000));
	standstill_expect(&s, 100000, 60000);
	assert_false(standstill_ended(&s, 160400));
	assert_int_equal(s.since_ms, 0);
	assert_true(standstill_ended(&s, 160600));
	assert_int_equal(s.since_ms, 160600);
	assert_false(standstill_ended(&s, 160600));
}

static void
happens_in_a_round_too(void **state)
{
	struct standstill s = {0};

	(void)state;
	standstill_expect(&s, 1000, 0);
	standstill_expect(&s, 3000, 60000);
	assert_int_equal(s.since_ms, 3000);
	standstill_expect(&s, 3100, 60000);
	assert_int_equal(s.since_ms, 3000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(is_what_passes_after_the_wait),
	    cmocka_unit_test(happens_in_a_round_too)};

	return cmocka_run_group_tests_name("standstill", tests, NULL, NULL);
}
