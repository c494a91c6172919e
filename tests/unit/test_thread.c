/* SPDX-License-Identifier: MIT */
/* Threads that are left, and the end of the process; waits for a time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/clock.h"
#include "lib/thread.h"

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static void *
wait_at_gate(void *passed)
{
	(void)pthread_mutex_lock(&gate);
	++*(int *)passed;
	(void)pthread_mutex_unlock(&gate);
	return NULL;
}

static void
test_left(void **state)
{
	int passed = 0;
	pthread_t one;

	(void)state;
	assert_true(thread_join_left(0));
	(void)pthread_mutex_lock(&gate);
	for (int i = 0; i < 3; i++) {
		assert_null(thread_start(&one, wait_at_gate, &passed));
		thread_leave(one);
	}
	assert_false(thread_join_left(0));
	assert_false(thread_join_left(20));
	(void)pthread_mutex_unlock(&gate);
	assert_true(thread_join_left(60000));
	assert_int_equal(passed, 3);
	assert_true(thread_join_left(0)); /* each was joined once */
}

static void
test_join(void **state)
{
	int passed = 0;
	pthread_t one;

	(void)state;
	(void)pthread_mutex_lock(&gate);
	assert_null(thread_start(&one, wait_at_gate, &passed));
	assert_false(thread_join(one, clock_mono_ms() - 1));
	assert_false(thread_join(one, clock_mono_ms() + 20));
	(void)pthread_mutex_unlock(&gate);
	assert_true(thread_join(one, clock_mono_ms() + 60000));
	assert_int_equal(passed, 1);
}

static void
test_wait(void **state)
{
	int64_t since_us = clock_mono_us();
	pthread_cond_t c;

	(void)state;
	thread_cond_init(&c);
	(void)pthread_mutex_lock(&gate);
	while (thread_wait(&c, &gate, 20))
		; /* woken without a reason */
	assert_false(thread_wait(&c, &gate, -1));
	(void)pthread_mutex_unlock(&gate);
	assert_true(clock_mono_us() - since_us >= 20000);
	(void)pthread_cond_destroy(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_left),
	    cmocka_unit_test(test_join),
	    cmocka_unit_test(test_wait),
	};

	return cmocka_run_group_tests_name("thread", tests, NULL, NULL);
}
