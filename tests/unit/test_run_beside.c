/* SPDX-License-Identifier: MIT */
/* What two connections that queue one run tell each other. */
#include "tests/unit/unit.h"

#include <pthread.h>

#include "db/run_beside.h"

static const struct run_stretch one = {.send = 1, .from = 10, .upto = 20};
static const struct run_stretch other = {.send = 1, .from = 15, .upto = 25};

struct second {
	struct run_beside *beside;
	struct run_stretch stretch;
	int64_t devices;
	bool offered, written;
};

/* The life of the second thread. */
static void *
second_life(void *arg)
{
	struct second *s = arg;

	s->offered = run_beside_offered(s->beside, &s->stretch, &s->devices);
	s->written = run_beside_written(s->beside);
	return NULL;
}

/* The second thread may ask before it is told, or after. */
static void
is_told(void **state)
{
	static const struct {
		bool offers, writes;
		int64_t devices;
	} rounds[] = {{true, true, 100}, {true, true, 10000},
	    {true, false, 100}, {false, true, 0}, {false, false, 0}};
	struct run_beside *b = run_beside_new();
	struct second s;
	pthread_t thread;

	(void)state;
	for (size_t i = 0; i < 2 * nitems(rounds); i++) {
		size_t k = i / 2;

		s = (struct second){.beside = b};
		run_beside_begin(b);
		if (i % 2 == 0)
			assert_int_equal(pthread_create(&thread, NULL,
			    second_life, &s), 0);
		if (rounds[k].offers)
			run_beside_offer(b, &one, rounds[k].devices);
		if (rounds[k].writes)
			run_beside_note_written(b);
		run_beside_end(b);
		if (i % 2 == 0)
			assert_int_equal(pthread_join(thread, NULL), 0);
		else
			(void)second_life(&s);
		assert_int_equal(s.offered, rounds[k].offers);
		assert_int_equal(s.written, rounds[k].writes);
		assert_int_equal(s.devices, rounds[k].devices);
		assert_int_equal(s.stretch.upto, s.offered ? one.upto : 0);
	}
	run_beside_free(b);
	run_beside_free(NULL);
}

/* A transaction that is tried again may find another stretch: the second thread
 * has the first one. And what has ended stays as it ended. */
static void
only_the_first_counts(void **state)
{
	struct run_beside *b = run_beside_new();
	struct second s = {.beside = b};

	(void)state;
	run_beside_begin(b);
	run_beside_offer(b, &one, 1);
	run_beside_offer(b, &other, 2);
	run_beside_note_written(b);
	run_beside_end(b);
	run_beside_end(b);
	(void)second_life(&s);
	assert_true(s.written);
	assert_int_equal(s.devices, 1);
	assert_int_equal(s.stretch.from, one.from);
	run_beside_free(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(is_told),
	    cmocka_unit_test(only_the_first_counts)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
