/* SPDX-License-Identifier: MIT */
/* A worker's job, its error and its end, without a database. Made for
 * SAN=thread as well: the jobs run in the worker's thread. */
#include "tests/unit/unit.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "lib/clock.h"
#include "sendd/db_worker.h"

#define JOBS 200
#define WAIT_MS 10000

struct test_job {
	unsigned number;
	unsigned long done; /* by the worker */
	enum err_code fails;
	unsigned slow_ms;
	bool cannot; /* its first part sends nothing */
	bool begun;  /* ... was done */
	pthread_t by;
};

/* In place of db/db*.c: the worker hands its connection on, unread. */
static char connection;
static unsigned n_open;
static atomic_uint n_tried;
static bool unreachable;
static atomic_bool slow; /* to connect */

struct db *
db_later(const struct db_settings *s, const char *program, enum db_kind kind)
{
	(void)s;
	(void)program;
	(void)kind;
	n_open++;
	return (struct db *)&connection;
}

const struct err *
db_catch_up(struct db *db)
{
	assert_ptr_equal(db, &connection);
	while (slow)
		(void)usleep(1000);
	n_tried++;
	return unreachable ? err_new(ERR_BUSY, "no database") : NULL;
}

/* Of a first part: where its answer comes, a pipe's end, and what it says. */
static int answer[2] = {-1, -1};
static bool is_done;

int
db_answer_fd(const struct db *db)
{
	assert_ptr_equal(db, &connection);
	return answer[0];
}

bool
db_is_answered(const struct db *db)
{
	assert_ptr_equal(db, &connection);
	return is_done;
}

void
db_close(struct db *db)
{
	n_open -= db != NULL;
}

static const struct err *
work(struct db *db, void *arg)
{
	struct test_job *job = arg;

	assert_ptr_equal(db, &connection);
	if (job->slow_ms > 0)
		(void)usleep(job->slow_ms * 1000);
	job->done = job->number + 1;
	job->by = pthread_self();
	if (job->number % 2 == 1)
		return err_new(job->fails, "job %u failed", job->number);
	return NULL;
}

static struct db_worker *
worker_new(struct poller **p)
{
	static const struct db_settings settings;
	struct db_worker *w = NULL;

	assert_null(poller_new(p));
	assert_null(db_worker_open(&settings, DB_LONG, *p, work, &w));
	assert_true(db_worker_is_idle(w));
	return w;
}

static struct test_job *
await_job(struct poller *p, struct db_worker *w, const struct err **e)
{
	struct test_job *job;

	while ((job = db_worker_collect(w, e)) == NULL) {
		assert_false(db_worker_is_idle(w));
		poller_run(p, WAIT_MS); /* woken, or the test is too slow */
	}
	assert_true(db_worker_is_idle(w));
	return job;
}

/* One job after the other; the error is the job's own, and stays when the
 * caller's thread makes another. */
static void
jobs_and_errors(void **state)
{
	struct poller *p;
	struct db_worker *w = worker_new(&p);
	const struct err *e = NULL;
	char text[32];

	(void)state;
	assert_null(db_worker_collect(w, &e));
	for (unsigned i = 0; i < JOBS; i++) {
		struct test_job job = {.number = i, .fails = ERR_CONFLICT};

		db_worker_submit(w, &job);
		assert_ptr_equal(await_job(p, w, &e), &job);
		assert_int_equal(job.done, i + 1);
		assert_null(db_worker_collect(w, &e));
		if (i % 2 == 0) {
			assert_null(e);
			continue;
		}
		(void)err_new(ERR_FAULT, "another");
		(void)snprintf(text, sizeof text, "job %u failed", i);
		assert_int_equal(e->code, ERR_CONFLICT);
		assert_string_equal(e->text, text);
	}
	db_worker_close(w);
	poller_free(p);
	assert_int_equal(n_open, 0);
}

/* Without a thread a job is done at once; the connection stays the caller's. */
static void
jobs_here(void **state)
{
	struct test_job job = {.number = 6, .fails = ERR_CONFLICT};
	struct db_worker *w = NULL;
	const struct err *e = NULL;
	struct poller *p;

	(void)state;
	assert_null(poller_new(&p));
	assert_null(db_worker_here((struct db *)&connection, p, work, &w));
	assert_int_equal(n_open, 0);
	assert_true(db_worker_is_idle(w));
	db_worker_submit(w, &job);
	assert_int_equal(job.done, 7);
	assert_false(db_worker_is_idle(w));
	assert_ptr_equal(await_job(p, w, &e), &job);
	assert_null(e);
	job.number = 7; /* odd: fails */
	db_worker_submit(w, &job);
	assert_ptr_equal(await_job(p, w, &e), &job);
	assert_int_equal(e->code, ERR_CONFLICT);
	db_worker_close(w);
	poller_free(p);
}

static bool
first(struct db *db, void *arg)
{
	struct test_job *job = arg;

	assert_ptr_equal(db, &connection);
	assert_int_equal(job->done, 0);
	job->begun = true;
	return !job->cannot;
}

static void
say(char what)
{
	assert_int_equal(write(answer[1], &what, 1), 1);
}

/* A worker that has connected. */
static struct db_worker *
worker_live(struct poller **p)
{
	struct db_worker *w = worker_new(p);
	struct test_job job = {.number = 2};
	const struct err *e;

	db_worker_submit(w, &job);
	(void)await_job(*p, w, &e);
	return w;
}

/* Submit a job whose first part is done here. */
static void
begin_job(struct db_worker *w, struct test_job *job, bool cannot)
{
	*job = (struct test_job){.number = 2, .cannot = cannot};
	db_worker_submit_first(w, first, job);
	assert_true(job->begun);
	assert_false(db_worker_is_idle(w));
}

static bool
ends_here(struct poller *p, struct db_worker *w, struct test_job *job)
{
	const struct err *e = NULL;

	assert_ptr_equal(await_job(p, w, &e), job);
	assert_null(e);
	assert_int_equal(job->done, 3);
	assert_true(db_worker_due_ms(w) == INT64_MAX);
	return pthread_equal(job->by, pthread_self());
}

/* What has a good answer is done without the thread. */
static void
answers_here(void **state)
{
	struct poller *p;
	struct db_worker *w = worker_live(&p);
	const struct err *e;
	struct test_job job;
	char byte;

	(void)state;
	assert_int_equal(pipe(answer), 0);
	is_done = true;
	clock_set(clock_mono_ms()); /* or the thread would not wait for us */
	for (int i = 0; i < 3; i++) {
		begin_job(w, &job, false);
		assert_null(db_worker_collect(w, &e));
		say('x');
		assert_true(ends_here(p, w, &job));
		assert_int_equal(read(answer[0], &byte, 1), 1);
	}
	say('x'); /* nobody looks there now: the next job sends nothing */
	begin_job(w, &job, true);
	assert_false(ends_here(p, w, &job));
	clock_set(0);
	db_worker_close(w);
	poller_free(p);
	(void)close(answer[0]);
	(void)close(answer[1]);
}

/* Any other answer is the thread's, and so is one that does not come, or cannot
 * be looked at. */
static void
answers_in_thread(void **state)
{
	struct poller *p;
	struct db_worker *w = worker_live(&p);
	struct test_job job;

	(void)state;
	assert_int_equal(pipe(answer), 0);
	is_done = false;
	begin_job(w, &job, false);
	say('x');
	assert_false(ends_here(p, w, &job));
	(void)close(answer[1]); /* the end is no answer */
	begin_job(w, &job, false);
	assert_false(ends_here(p, w, &job));
	(void)close(answer[0]);

	assert_int_equal(pipe(answer), 0);
	begin_job(w, &job, false);
	assert_true(db_worker_due_ms(w) > clock_mono_ms());
	clock_set(db_worker_due_ms(w));
	assert_false(ends_here(p, w, &job));
	clock_set(0);
	begin_job(w, &job, false);
	db_worker_close(w);
	assert_int_equal(job.done, 3);
	(void)close(answer[0]);
	(void)close(answer[1]);
	answer[0] = -1;
	poller_free(p);

	w = worker_live(&p);
	begin_job(w, &job, false);
	assert_false(ends_here(p, w, &job));
	db_worker_close(w);
	poller_free(p);
}

/* Two threads must not use one connection: no part of a job is done by the
 * caller while the worker connects. */
static void
connects_first(void **state)
{
	struct test_job job = {.number = 2};
	struct db_worker *w;
	struct poller *p;

	(void)state;
	slow = true;
	w = worker_new(&p);
	db_worker_submit_first(w, first, &job);
	assert_false(job.begun);
	slow = false;
	assert_false(ends_here(p, w, &job));
	db_worker_close(w);
	poller_free(p);
}

/* The job under way is finished before the worker ends. */
static void
close_waits(void **state)
{
	struct test_job job = {.number = 4, .slow_ms = 50};
	struct poller *p;
	struct db_worker *w = worker_new(&p);

	(void)state;
	db_worker_submit(w, &job);
	db_worker_close(w);
	assert_int_equal(job.done, 5);
	poller_free(p);
}

/* It comes to life all the same, and so do its jobs, which try for themselves.
 */
static void
no_database(void **state)
{
	struct test_job job = {.number = 6};
	const struct err *e;
	struct db_worker *w;
	struct poller *p;

	(void)state;
	unreachable = true;
	n_tried = 0;
	w = worker_new(&p);
	db_worker_submit(w, &job);
	assert_ptr_equal(await_job(p, w, &e), &job);
	assert_null(e);
	assert_int_equal(job.done, 7);
	assert_int_equal(n_tried, 1);
	unreachable = false;
	db_worker_close(w);
	db_worker_close(NULL);
	poller_free(p);
	assert_int_equal(n_open, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(jobs_and_errors),
	    cmocka_unit_test(jobs_here),
	    cmocka_unit_test(answers_here),
	    cmocka_unit_test(answers_in_thread),
	    cmocka_unit_test(connects_first),
	    cmocka_unit_test(close_waits),
	    cmocka_unit_test(no_database),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
