/* SPDX-License-Identifier: MIT */
#include "sendd/standstill.h"

#include "db/sql.h"
#include "unit.h"

#define BEGIN 100000

/* As the main loop asks, of a database that answers. */
static bool
is_old(struct standstill *s, int64_t now_ms, int64_t asked_ms)
{
	standstill_note(s, now_ms);
	return standstill_outdates(s, now_ms, asked_ms, now_ms);
}

/* What was read 200 ms before the end of a standstill, and 100 ms after it. */
static void
is_what_passes_after_the_wait(void **state)
{
	struct standstill s = {0};

	(void)state;
	assert_false(is_old(&s, BEGIN, BEGIN));
	standstill_expect(&s, BEGIN, 60000);
	assert_false(is_old(&s, BEGIN + 60400, BEGIN + 60300));
	assert_true(is_old(&s, BEGIN + 60600, BEGIN + 60400));
	assert_true(is_old(&s, BEGIN + 60800, BEGIN + 60400));
	assert_false(is_old(&s, BEGIN + 60800, BEGIN + 60700));
}

static void
happens_in_a_round_too(void **state)
{
	struct standstill s = {0};

	(void)state;
	standstill_expect(&s, BEGIN, 0);
	standstill_expect(&s, BEGIN + 600, 60000);
	assert_true(is_old(&s, BEGIN + 700, BEGIN + 500));
	assert_false(is_old(&s, BEGIN + 700, BEGIN + 600));
}

/* One that comes while what is read after another is waited for. */
static void
ends_even_if_there_is_one_after_the_other(void **state)
{
	struct standstill s = {0};

	(void)state;
	for (int64_t t = 0; t <= 2400; t += 600)
		standstill_expect(&s, BEGIN + t, 0);
	assert_true(is_old(&s, BEGIN + 2400, BEGIN + 599));
	assert_false(is_old(&s, BEGIN + 2400, BEGIN + 600));
}

/* A table that is locked keeps nobody waiting for long; a database that is
 * silent does, until it is heard or the leases are over. */
static void
lasts_while_the_database_is_silent(void **state)
{
	struct standstill s = {0};
	int64_t end = BEGIN + 5000, late = end + STANDSTILL_PATIENCE_MS;

	(void)state;
	standstill_expect(&s, BEGIN, 0);
	standstill_expect(&s, end, 60000);
	assert_true(standstill_outdates(&s, late - 1, BEGIN, end));
	assert_false(standstill_outdates(&s, late, BEGIN, end));
	assert_true(standstill_outdates(&s, late, BEGIN, end - 1));
	assert_true(standstill_outdates(&s, late + 50000, BEGIN, BEGIN));
	assert_false(standstill_outdates(&s, end + 1000, end, BEGIN));
}

static void
is_a_reading_that_takes_too_long(void **state)
{
	struct standstill s = {0};

	(void)state;
	assert_false(is_old(&s, BEGIN + SQL_SOON_MS - 1, BEGIN));
	assert_true(is_old(&s, BEGIN + SQL_SOON_MS, BEGIN));
	assert_false(is_old(&s, BEGIN + SQL_SOON_MS +
	    STANDSTILL_PATIENCE_MS, BEGIN));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(is_what_passes_after_the_wait),
	    cmocka_unit_test(happens_in_a_round_too),
	    cmocka_unit_test(ends_even_if_there_is_one_after_the_other),
	    cmocka_unit_test(lasts_while_the_database_is_silent),
	    cmocka_unit_test(is_a_reading_that_takes_too_long)};

	return cmocka_run_group_tests_name("standstill", tests, NULL, NULL);
}
