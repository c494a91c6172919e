/* SPDX-License-Identifier: MIT */
/* The threads that encrypt: order, bound, and an end with work left. Made for
 * SAN=thread as well. */
#include "sendd/sealer.h"

#include <semaphore.h>
#include <unistd.h>

#include "unit.h"

#define WAIT_MS 20000
#define N SEALER_ROOM

static struct poller *poller;
static struct sealer *sealer;
static struct exchange *all[N];
static sem_t begun, may_go;

static int
begin(void **state)
{
	(void)state;
	assert_null(poller_new(&poller));
	for (unsigned k = 0; k < N; k++)
		all[k] = exchange_new();
	assert_int_equal(sem_init(&begun, 0, 0), 0);
	assert_int_equal(sem_init(&may_go, 0, 0), 0);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	for (unsigned k = 0; k < SEALER_THREADS; k++)
		(void)sem_post(&may_go); /* if the test has failed */
	sealer_close(sealer);
	sealer = NULL;
	poller_free(poller);
	for (unsigned k = 0; k < N; k++)
		exchange_free(all[k]);
	(void)sem_destroy(&begun);
	(void)sem_destroy(&may_go);
	return 0;
}

/* Stands for the encryption: it is marked as sealed once. */
static void
seal(struct exchange *x)
{
	x->status++;
	(void)buf_fmt(&x->request, "sealed");
}

/* Holds its thread until it may go. */
static void
seal_slowly(struct exchange *x)
{
	(void)sem_post(&begun);
	(void)sem_wait(&may_go);
	seal(x);
}

/* The next one that is given back; the poller wakes for it. */
static struct exchange *
next(void)
{
	struct exchange *x = sealer_finished(sealer);

	for (unsigned k = 0; x == NULL && k < N; k++) {
		poller_run(poller, WAIT_MS);
		x = sealer_finished(sealer);
	}
	assert_non_null(x);
	return x;
}

/* Whatever the order in which threads end: each comes back once, sealed. */
static void
all_come_back(void **state)
{
	(void)state;
	assert_null(sealer_open(poller, false, &sealer));
	assert_null(sealer_finished(sealer));
	for (unsigned k = 0; k < N; k++)
		sealer_add(sealer, all[k], seal, k % SEALER_LANES);
	assert_int_equal(sealer_room(sealer), 0);
	for (unsigned k = 0; k < N; k++) {
		struct exchange *x = next();

		assert_int_equal(x->status, 1);
		assert_string_equal(buf_str(&x->request), "sealed");
		x->status++; /* not again */
	}
	assert_null(sealer_finished(sealer));
	assert_int_equal(sealer_room(sealer), SEALER_ROOM);
}

static void
at_most_so_many(void **state)
{
	(void)state;
	assert_null(sealer_open(poller, true, &sealer));
	for (unsigned k = 0; k < N; k++) {
		assert_int_equal(sealer_room(sealer), SEALER_ROOM - k);
		sealer_add(sealer, all[k], seal, 1);
	}
	assert_int_equal(sealer_room(sealer), 0);
	assert_ptr_equal(sealer_finished(sealer), all[0]);
	assert_int_equal(sealer_room(sealer), 1);
	while (sealer_finished(sealer) != NULL)
		;
	assert_int_equal(sealer_room(sealer), SEALER_ROOM);
}

/* As an errand has it: the caller seals, in the order of its calls. */
static void
without_threads(void **state)
{
	(void)state;
	assert_null(sealer_open(poller, true, &sealer));
	for (unsigned k = 0; k < 4; k++)
		sealer_add(sealer, all[k], seal, 1);
	for (unsigned k = 0; k < 4; k++) {
		assert_int_equal(all[k]->status, 1);
		assert_ptr_equal(sealer_finished(sealer), all[k]);
	}
	assert_null(sealer_finished(sealer));
}

/* Give each thread one that holds it. Returns how many there are. */
static unsigned
hold_threads(void)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned n = cpus > SEALER_THREADS ? SEALER_THREADS : (unsigned)cpus;

	for (unsigned k = 0; k < n; k++)
		sealer_add(sealer, all[k], seal_slowly, 1);
	for (unsigned k = 0; k < n; k++)
		assert_int_equal(sem_wait(&begun), 0);
	return n;
}

/* One thread goes on, so that the order is its own: all of lane 0, although
 * they came later, and each lane in the order of the calls. */
static void
messages_before_campaigns(void **state)
{
	unsigned n;

	(void)state;
	assert_null(sealer_open(poller, false, &sealer));
	n = hold_threads();
	for (unsigned k = 0; k < 10; k++)
		sealer_add(sealer, all[200 + k], seal, 1);
	for (unsigned k = 0; k < 10; k++)
		sealer_add(sealer, all[100 + k], seal, 0);
	assert_null(sealer_finished(sealer));
	(void)sem_post(&may_go);
	assert_ptr_equal(next()->seal, seal_slowly);
	for (unsigned k = 0; k < 10; k++)
		assert_ptr_equal(next(), all[100 + k]);
	for (unsigned k = 0; k < 10; k++)
		assert_ptr_equal(next(), all[200 + k]);
	for (unsigned k = 1; k < n; k++)
		(void)sem_post(&may_go);
	for (unsigned k = 1; k < n; k++)
		assert_ptr_equal(next()->seal, seal_slowly);
	assert_int_equal(sealer_room(sealer), SEALER_ROOM);
}

/* What is under way is ended, the rest stays as it is; all is the owner's. */
static void
ends_with_work_left(void **state)
{
	unsigned n;

	(void)state;
	assert_null(sealer_open(poller, false, &sealer));
	n = hold_threads();
	for (unsigned k = n; k < N; k++)
		sealer_add(sealer, all[k], seal, k % SEALER_LANES);
	for (unsigned k = 0; k < n; k++)
		(void)sem_post(&may_go);
	sealer_close(sealer);
	sealer = NULL;
	for (unsigned k = 0; k < N; k++) {
		if (k < n)
			assert_int_equal(all[k]->status, 1);
		assert_in_range(all[k]->status, 0, 1);
		assert_int_equal(all[k]->end, EXCHANGE_OPEN);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {TEST(all_come_back),
	    TEST(at_most_so_many), TEST(without_threads),
	    TEST(messages_before_campaigns), TEST(ends_with_work_left)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
