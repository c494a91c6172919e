/* SPDX-License-Identifier: MIT */
/* When sendd is cut off from its database, and for how long. */
#include "sendd/cut_off.h"

#include "db/instance.h"

#include "unit.h"

#define AFTER 5000

static void
by_the_lease(void **state)
{
	(void)state;
	assert_int_equal(instance_silent_after_ms(15000), 5000);
	assert_int_equal(instance_silent_after_ms(60000), 20000);
	/* no hiccup counts */
	assert_int_equal(instance_silent_after_ms(2000), 2000);
}

static void
since_the_latest_answer(void **state)
{
	struct cut_off c;

	(void)state;
	cut_off_init(&c, 1000);
	assert_false(cut_off_begins(&c, AFTER, 1000));
	assert_int_equal(cut_off_ends(&c, 3000, 3010), 0);
	assert_false(cut_off_begins(&c, AFTER, 7999));
	assert_true(cut_off_begins(&c, AFTER, 8000));
	assert_false(cut_off_begins(&c, AFTER, 9000)); /* it is so already */
	assert_true(c.now);
	assert_int_equal(c.heard_ms, 3000);
}

/* What is asked while it is cut off may be answered late: until that moment it
 * was cut off, since the answer before. */
static void
until_it_answers(void **state)
{
	struct cut_off c;

	(void)state;
	cut_off_init(&c, 1000);
	assert_true(cut_off_begins(&c, AFTER, 6500));
	assert_int_equal(cut_off_ends(&c, 2000, 34000), 33000);
	assert_false(c.now);
	assert_int_equal(c.times, 1);
	assert_int_equal(c.total_ms, 33000);
	assert_int_equal(cut_off_ends(&c, 34000, 34001), 0);
	assert_true(cut_off_begins(&c, AFTER, 39000));
	assert_int_equal(cut_off_ends(&c, 39500, 40000), 6000);
	assert_int_equal(c.times, 2);
	assert_int_equal(c.total_ms, 39000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(by_the_lease),
	    cmocka_unit_test(since_the_latest_answer),
	    cmocka_unit_test(until_it_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
