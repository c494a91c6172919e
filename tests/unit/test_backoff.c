/* SPDX-License-Identifier: MIT */
/* The whole schedule is printed and checked: a backoff that shrinks is a
 * fault one only sees written out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/backoff.h"

static void
test_schedule(void **state)
{
	static const int64_t wants[] = {10000, 20000, 40000, 80000, 160000,
	    320000, 640000, 1280000, 1800000, 1800000};

	(void)state;
	for (unsigned tries = 1; tries <= 10; tries++) {
		int64_t pause = backoff_ms(tries, 10000, 1800000, 0, 0);

		print_message("# try %u: %lld ms\n", tries, (long long)pause);
		assert_int_equal(pause, wants[tries - 1]);
	}
}

static void
test_jitter_and_floor(void **state)
{
	(void)state;
	for (uint32_t random = 0; random < 2048; random++) {
		int64_t pause = backoff_ms(3, 10000, 1800000, 0, random);

		assert_in_range(pause, 30000, 40000);
	}
	assert_int_equal(backoff_ms(1, 10, 100, 60000, 5), 60000);
	assert_in_range(backoff_ms(60000, 10000, 1800000, 0, 1023), 1350000,
	    1800000);
}

/* From 1 up to a bound that grows and stays; all of it is drawn. */
static void
test_crowd(void **state)
{
	static const int64_t bounds[] = {8, 16, 32, 64, 128, 256, 256, 256};

	(void)state;
	for (unsigned i = 0; i < sizeof bounds / sizeof *bounds; i++) {
		int64_t least = INT64_MAX, most = 0;

		for (uint32_t random = 0; random < 1024; random++) {
			int64_t pause = backoff_crowd_ms(i + 1, random);

			least = pause < least ? pause : least;
			most = pause > most ? pause : most;
		}
		assert_int_equal(least, 1);
		assert_int_equal(most, bounds[i]);
	}
	assert_in_range(backoff_crowd_ms(4000000000U, 255), 1, 256);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_schedule),
	    cmocka_unit_test(test_jitter_and_floor),
	    cmocka_unit_test(test_crowd),
	};

	return cmocka_run_group_tests_name("backoff", tests, NULL, NULL);
}
