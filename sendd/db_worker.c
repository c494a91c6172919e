/* SPDX-License-Identifier: MIT */
#include "sendd/db_worker.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/thread.h"

#define ANSWER_MS 20 /* to be heard by the main thread */

enum db_worker_state {
	DB_WORKER_IDLE,
	DB_WORKER_SENT, /* the poller hears whether all is done */
	DB_WORKER_BUSY,
	DB_WORKER_DONE
};

struct db_worker {
	bool here; /* no thread, and the connection is another's */
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct poller *poller;
	struct db *db;
	db_worker_fn *work;
	int done_fd; /* eventfd: readable when a job is done */
	int answer_fd; /* watched while SENT, until until_ms; else -1 */
	int64_t until_ms;

	/* read and written under the lock */
	enum db_worker_state state;
	bool ending;
	bool connected; /* once, or in vain: the thread waits for a job */

	/* owned by the thread while BUSY, by the caller otherwise */
	void *job;
	bool failed;
	struct err why;
};

static void
do_job(struct db_worker *w)
{
	const struct err *e = w->work(w->db, w->job);

	w->failed = e != NULL;
	if (e != NULL)
		w->why = *e;
}

static void
end_job(struct db_worker *w)
{
	const uint64_t one = 1;

	w->state = DB_WORKER_DONE;
	if (write(w->done_fd, &one, sizeof one) < 0)
		log_err("a db_worker cannot wake the main thread");
}

/* It connects before its first job, for which somebody may wait. If it cannot,
 * the job tries again, and tells why. */
static void *
worker_life(void *arg)
{
	struct db_worker *w = arg;

	(void)db_catch_up(w->db);
	(void)pthread_mutex_lock(&w->lock);
	w->connected = true;
	for (;;) {
		while (w->state != DB_WORKER_BUSY && !w->ending)
			(void)pthread_cond_wait(&w->wake, &w->lock);
		if (w->state != DB_WORKER_BUSY)
			break;
		(void)pthread_mutex_unlock(&w->lock);
		do_job(w);
		(void)pthread_mutex_lock(&w->lock);
		end_job(w);
	}
	(void)pthread_mutex_unlock(&w->lock);
	return NULL;
}

static void
on_done(int fd, uint32_t events, void *arg)
{
	uint64_t count;

	(void)events;
	(void)arg;
	if (read(fd, &count, sizeof count) < 0)
		return; /* an earlier call has read it */
}

static void
worker_free(struct db_worker *w)
{
	if (w->done_fd >= 0)
		(void)close(w->done_fd);
	if (!w->here)
		db_close(w->db);
	(void)pthread_cond_destroy(&w->wake);
	(void)pthread_mutex_destroy(&w->lock);
	free(w);
}

static const struct err *
worker_new(struct poller *p, db_worker_fn *work, struct db_worker **out)
{
	struct db_worker *w = xcalloc(1, sizeof *w);

	w->work = work;
	w->poller = p;
	w->answer_fd = -1;
	(void)pthread_mutex_init(&w->lock, NULL);
	(void)pthread_cond_init(&w->wake, NULL);
	*out = w;
	if ((w->done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) < 0)
		return err_errno("eventfd");
	return NULL;
}

const struct err *
db_worker_here(struct db *db, struct poller *p, db_worker_fn *work,
    struct db_worker **out)
{
	struct db_worker *w;
	const struct err *e = worker_new(p, work, &w);

	w->here = true;
	w->db = db;
	if (e != NULL) {
		worker_free(w);
		return e;
	}
	poller_watch(p, w->done_fd, EPOLLIN, on_done, NULL);
	*out = w;
	return NULL;
}

const struct err *
db_worker_open(const struct db_settings *s, enum db_kind kind,
    struct poller *p, db_worker_fn *work, struct db_worker **out)
{
	struct db_worker *w;
	const struct err *e = worker_new(p, work, &w);

	if (e == NULL)
		w->db = db_later(s, "sendd", kind);
	if (e != NULL ||
	    (e = thread_start(&w->thread, worker_life, w)) != NULL) {
		worker_free(w);
		return e;
	}
	poller_watch(p, w->done_fd, EPOLLIN, on_done, NULL);
	*out = w;
	return NULL;
}

/* --- jobs ------------------------------------------------------------- */

static void
set_state(struct db_worker *w, enum db_worker_state state)
{
	(void)pthread_mutex_lock(&w->lock);
	w->state = state;
	if (state == DB_WORKER_BUSY)
		(void)pthread_cond_signal(&w->wake);
	(void)pthread_mutex_unlock(&w->lock);
}

/* Only who watches a descriptor knows when it is closed. */
static void
stop_watching(struct db_worker *w)
{
	poller_unwatch(w->poller, w->answer_fd);
	w->answer_fd = -1;
}

static void
leave_to_thread(struct db_worker *w)
{
	if (w->answer_fd < 0)
		return;
	stop_watching(w);
	set_state(w, DB_WORKER_BUSY);
}

static void
on_answer(int fd, uint32_t events, void *arg)
{
	struct db_worker *w = arg;

	(void)fd;
	(void)events;
	if (!db_is_answered(w->db)) {
		leave_to_thread(w);
		return;
	}
	stop_watching(w);
	do_job(w);
	set_state(w, DB_WORKER_DONE);
}

void
db_worker_close(struct db_worker *w)
{
	if (w == NULL)
		return;
	leave_to_thread(w);
	(void)pthread_mutex_lock(&w->lock);
	w->ending = true;
	(void)pthread_cond_signal(&w->wake);
	(void)pthread_mutex_unlock(&w->lock);
	if (!w->here)
		(void)pthread_join(w->thread, NULL);
	poller_unwatch(w->poller, w->done_fd);
	worker_free(w);
}

static enum db_worker_state
worker_state(struct db_worker *w)
{
	enum db_worker_state state;

	(void)pthread_mutex_lock(&w->lock);
	state = w->state;
	(void)pthread_mutex_unlock(&w->lock);
	return state;
}

bool
db_worker_is_idle(struct db_worker *w)
{
	return worker_state(w) == DB_WORKER_IDLE;
}

void
db_worker_submit(struct db_worker *w, void *job)
{
	(void)pthread_mutex_lock(&w->lock);
	w->job = job;
	w->state = DB_WORKER_BUSY;
	if (w->here) {
		do_job(w);
		end_job(w);
	}
	(void)pthread_cond_signal(&w->wake);
	(void)pthread_mutex_unlock(&w->lock);
}

static bool
has_connected(struct db_worker *w)
{
	bool connected;

	(void)pthread_mutex_lock(&w->lock);
	connected = w->connected;
	(void)pthread_mutex_unlock(&w->lock);
	return connected;
}

void
db_worker_submit_first(struct db_worker *w, db_worker_first_fn *first,
    void *job)
{
	if (!has_connected(w) || !first(w->db, job) ||
	    (w->answer_fd = db_answer_fd(w->db)) < 0) {
		db_worker_submit(w, job);
		return;
	}
	w->job = job;
	w->until_ms = clock_mono_ms() + ANSWER_MS;
	set_state(w, DB_WORKER_SENT);
	poller_watch(w->poller, w->answer_fd, EPOLLIN, on_answer, w);
}

int64_t
db_worker_due_ms(const struct db_worker *w)
{
	return w->answer_fd >= 0 ? w->until_ms : INT64_MAX;
}

void *
db_worker_collect(struct db_worker *w, const struct err **e)
{
	bool done;

	if (clock_mono_ms() >= db_worker_due_ms(w))
		leave_to_thread(w);
	(void)pthread_mutex_lock(&w->lock);
	done = w->state == DB_WORKER_DONE;
	if (done)
		w->state = DB_WORKER_IDLE;
	(void)pthread_mutex_unlock(&w->lock);
	if (!done)
		return NULL;
	*e = w->failed ? &w->why : NULL;
	return w->job;
}
