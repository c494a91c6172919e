/* SPDX-License-Identifier: MIT */
/* Each cause is told once until it is over. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "sendd/trouble.h"

static void
test_each_once(void **state)
{
	struct troubles t = {0};

	(void)state;
	assert_false(trouble_ends(&t));
	assert_true(trouble_is_new(&t, "cannot connect: refused (2002)"));
	assert_false(trouble_is_new(&t, "cannot connect: refused (2002)"));
	assert_true(trouble_is_new(&t, "cannot connect: password (1045)"));
	assert_false(trouble_is_new(&t, "cannot connect: refused (2002)"));
	assert_false(trouble_is_new(&t, "cannot connect: password (1045)"));
	assert_true(trouble_ends(&t));
	assert_false(trouble_ends(&t));
	assert_true(trouble_is_new(&t, "cannot connect: refused (2002)"));
}

/* Sentences without end do not make a log without end. */
static void
test_bounded(void **state)
{
	struct troubles t = {0};
	unsigned told = 0;
	char text[32];

	(void)state;
	for (int i = 0; i < 1000; i++) {
		(void)snprintf(text, sizeof text, "cause %d", i);
		told += trouble_is_new(&t, text);
	}
	assert_int_equal(told, TROUBLES_MAX);
	assert_false(trouble_is_new(&t, "cause 0"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_each_once),
	    cmocka_unit_test(test_bounded),
	};

	return cmocka_run_group_tests_name("trouble", tests, NULL, NULL);
}
