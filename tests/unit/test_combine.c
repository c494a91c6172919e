/* SPDX-License-Identifier: MIT */
/* Which jobs are done together, and by whose thread. */
#include "lib/combine.h"

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdlib.h>

#include "unit.h"

#define FOR_EVER 3600000 /* ms */
#define JOBS 6

/* What a thread has done, told by its name. */
struct named_job {
	struct combine_job job; /* first */
	struct combine *c;
	char name;
	char group[JOBS + 1]; /* the names of the list that it was in */
	char leader;	      /* who did it */
	pthread_t thread;
};

/* The first group waits here until it is let go. */
static sem_t begun, gate;
static atomic_bool held;

static void
run(struct combine_job *first, void *leader)
{
	const struct named_job *by = leader;
	char names[JOBS + 1] = "";
	size_t n = 0;

	for (struct combine_job *j = first; j != NULL; j = j->next)
		names[n++] = ((struct named_job *)j)->name;
	for (struct combine_job *j = first; j != NULL; j = j->next) {
		struct named_job *own = (struct named_job *)j;

		memcpy(own->group, names, sizeof names);
		own->leader = by->name;
	}
	if (atomic_exchange(&held, false)) {
		(void)sem_post(&begun);
		while (sem_wait(&gate) != 0)
			;
	}
}

static void *
do_job(void *arg)
{
	struct named_job *j = arg;

	combine_do(j->c, &j->job, run, j);
	return NULL;
}

static void
start_job(struct named_job *j, struct combine *c, char name)
{
	*j = (struct named_job){.c = c, .name = name};
	assert_int_equal(pthread_create(&j->thread, NULL, do_job, j), 0);
}

/* Start A, which is under way until it is let go. */
static void
hold_first(struct named_job *jobs, struct combine *c)
{
	assert_int_equal(sem_init(&begun, 0, 0), 0);
	assert_int_equal(sem_init(&gate, 0, 0), 0);
	atomic_store(&held, true);
	start_job(&jobs[0], c, 'A');
	while (sem_wait(&begun) != 0)
		;
}

static void
let_first_go(void)
{
	(void)sem_post(&gate);
}

/* Start B and the others, each when the one before it has gathered. */
static void
gather_others(struct named_job *jobs, struct combine *c)
{
	for (size_t i = 1; i < JOBS; i++) {
		start_job(&jobs[i], c, (char)('A' + i));
		while (combine_gathered(c) < i)
			(void)sched_yield();
	}
}

static void
join_jobs(struct named_job *jobs, size_t n)
{
	for (size_t i = 0; i < n; i++)
		assert_int_equal(pthread_join(jobs[i].thread, NULL), 0);
}

static void
test_alone(void **state)
{
	struct combine *c = combine_new(8, FOR_EVER, 0);
	struct named_job j = {.c = c, .name = 'A'};

	(void)state;
	for (int i = 0; i < 3; i++) {
		j.leader = 0;
		(void)do_job(&j);
		assert_string_equal(j.group, "A");
		assert_int_equal(j.leader, 'A');
	}
	combine_free(c);
}

/* Those that come while A is under way are one group, in their order. */
static void
test_together(void **state)
{
	struct combine *c = combine_new(8, FOR_EVER, 0);
	struct named_job jobs[JOBS];

	(void)state;
	hold_first(jobs, c);
	gather_others(jobs, c);
	let_first_go();
	join_jobs(jobs, JOBS);
	assert_string_equal(jobs[0].group, "A");
	for (size_t i = 1; i < JOBS; i++) {
		assert_string_equal(jobs[i].group, "BCDEF");
		assert_int_equal(jobs[i].leader, 'B');
	}
	assert_int_equal(combine_gathered(c), 0);
	combine_free(c);
}

static void
test_bound(void **state)
{
	static const char *const groups[JOBS] = {
	    "A", "BC", "BC", "DE", "DE", "F"};
	struct combine *c = combine_new(2, FOR_EVER, 0);
	struct named_job jobs[JOBS];

	(void)state;
	hold_first(jobs, c);
	gather_others(jobs, c);
	let_first_go();
	join_jobs(jobs, JOBS);
	for (size_t i = 0; i < JOBS; i++) {
		assert_string_equal(jobs[i].group, groups[i]);
		assert_int_equal(jobs[i].leader, groups[i][0]);
	}
	combine_free(c);
}

/* A hangs, and the others do not wait for it. */
static void
test_patience(void **state)
{
	struct combine *c = combine_new(8, 1, 0);
	struct named_job jobs[JOBS];

	(void)state;
	hold_first(jobs, c);
	for (size_t i = 1; i < JOBS; i++)
		start_job(&jobs[i], c, (char)('A' + i));
	join_jobs(jobs + 1, JOBS - 1);
	for (size_t i = 1; i < JOBS; i++)
		assert_non_null(strchr(jobs[i].group, jobs[i].name));
	/* nor does who comes then, not even for a moment: a job that begins at
	 * once does not gather, and its state stays as it was */
	jobs[1].job.state = COMBINE_DONE;
	(void)do_job(&jobs[1]);
	assert_string_equal(jobs[1].group, "B");
	assert_int_equal(jobs[1].job.state, COMBINE_DONE);
	let_first_go();
	join_jobs(jobs, 1);
	assert_string_equal(jobs[0].group, "A");
	(void)do_job(&jobs[0]);
	assert_string_equal(jobs[0].group, "A");
	combine_free(c);
}

/* After a group of several a leader waits for as many, and no longer. */
static void
test_company(void **state)
{
	struct combine *c = combine_new(8, FOR_EVER, FOR_EVER * 1000LL);
	struct named_job jobs[JOBS];

	(void)state;
	hold_first(jobs, c); /* the very first does not wait */
	gather_others(jobs, c);
	let_first_go();
	join_jobs(jobs, JOBS);
	assert_string_equal(jobs[1].group, "BCDEF");
	for (size_t i = 1; i < JOBS; i++)
		start_job(&jobs[i], c, (char)('A' + i));
	join_jobs(jobs + 1, JOBS - 1);
	for (size_t i = 1; i < JOBS; i++) {
		assert_int_equal(strlen(jobs[i].group), JOBS - 1);
		assert_int_equal(jobs[i].leader, jobs[1].leader);
	}
	combine_free(c);
	c = combine_new(8, FOR_EVER, 1);
	hold_first(jobs, c);
	gather_others(jobs, c);
	let_first_go();
	join_jobs(jobs, JOBS);
	(void)do_job(&jobs[1]); /* nobody comes, or it is long ago */
	assert_string_equal(jobs[1].group, "B");
	combine_free(c);
}

/* Many threads at once: each job is done once. */
static atomic_uint done;

static void
count_group(struct combine_job *first, void *leader)
{
	(void)leader;
	for (struct combine_job *j = first; j != NULL; j = j->next)
		(void)atomic_fetch_add(&done, 1);
	(void)sched_yield();
}

static void *
do_many(void *arg)
{
	for (int i = 0; i < 500; i++) {
		struct combine_job job;

		combine_do(arg, &job, count_group, NULL);
	}
	return NULL;
}

static void
do_from_many_threads(int64_t patience_ms, int64_t company_us)
{
	struct combine *c = combine_new(3, patience_ms, company_us);
	pthread_t threads[JOBS];

	atomic_store(&done, 0);
	for (size_t i = 0; i < JOBS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, do_many, c),
		    0);
	for (size_t i = 0; i < JOBS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(atomic_load(&done), JOBS * 500);
	assert_int_equal(combine_gathered(c), 0);
	combine_free(c);
}

static void
test_many(void **state)
{
	(void)state;
	do_from_many_threads(FOR_EVER, 0);
	do_from_many_threads(0, 0);
	do_from_many_threads(1, 0);
	do_from_many_threads(FOR_EVER, 100);
	do_from_many_threads(1, 1000); /* longer than anybody's patience */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_alone),
	    cmocka_unit_test(test_together),
	    cmocka_unit_test(test_bound),
	    cmocka_unit_test(test_patience),
	    cmocka_unit_test(test_company),
	    cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
