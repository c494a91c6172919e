/* SPDX-License-Identifier: MIT */
#include "sendd/db_worker.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "lib/log.h"
#include "lib/mem.h"

enum db_worker_state { DB_WORKER_IDLE, DB_WORKER_BUSY, DB_WORKER_DONE };

struct db_worker {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct poller *poller;
	struct db *db;
	db_worker_fn *work;
	int done_fd;
	/* under lock */
	enum db_worker_state state;
	bool ending;
	void *job;
	bool failed;
	struct err why;
};

static void
do_job(struct db_worker *c)
{
	const struct err *e = c->work(c->db, c->job);

	c->failed = e != NULL;
	if (e != NULL)
		c->why = *e;
}

static void *
db_worker_life(void *arg)
{
	const uint64_t one = 1;
	struct db_worker *c = arg;

	(void)pthread_mutex_lock(&c->lock);
	for (;;) {
		while (c->state != DB_WORKER_BUSY && !c->ending)
			(void)pthread_cond_wait(&c->wake, &c->lock);
		if (c->state != DB_WORKER_BUSY)
			break;
		(void)pthread_mutex_unlock(&c->lock);
		do_job(c);
		(void)pthread_mutex_lock(&c->lock);
		c->state = DB_WORKER_DONE;
		if (write(c->done_fd, &one, sizeof one) < 0)
			log_err("a db_worker cannot tell that it is done");
	}
	(void)pthread_mutex_unlock(&c->lock);
	return NULL;
}

static void
on_done(int fd, uint32_t events, void *arg)
{
	uint64_t count;

	(void)events;
	(void)arg;
	if (read(fd, &count, sizeof count) < 0)
		return; /* told already */
}

static const struct err *
start(struct db_worker *c)
{
	sigset_t all, before;
	int error;

	/* signals are the main thread's */
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&c->thread, NULL, db_worker_life, c);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return error == 0 ? NULL : err_new(ERR_FAULT, "no thread: %d", error);
}

const struct err *
db_worker_open(const struct settings *s, struct poller *p, db_worker_fn *work,
    struct db_worker **out)
{
	struct db_worker *c = xcalloc(1, sizeof *c);
	const struct err *e;

	c->work = work;
	c->poller = p;
	c->done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	(void)pthread_mutex_init(&c->lock, NULL);
	(void)pthread_cond_init(&c->wake, NULL);
	if (c->done_fd < 0)
		return err_errno("eventfd");
	if ((e = db_open(&s->database, "sendd", DB_LONG, &c->db)) != NULL ||
	    (e = start(c)) != NULL)
		return e;
	poller_watch(p, c->done_fd, EPOLLIN, on_done, NULL);
	*out = c;
	return NULL;
}

void
db_worker_close(struct db_worker *c)
{
	if (c == NULL)
		return;
	(void)pthread_mutex_lock(&c->lock);
	c->ending = true;
	(void)pthread_cond_signal(&c->wake);
	(void)pthread_mutex_unlock(&c->lock);
	(void)pthread_join(c->thread, NULL);
	poller_unwatch(c->poller, c->done_fd);
	(void)close(c->done_fd);
	db_close(c->db);
	(void)pthread_cond_destroy(&c->wake);
	(void)pthread_mutex_destroy(&c->lock);
	free(c);
}

static enum db_worker_state
state_of(struct db_worker *c)
{
	enum db_worker_state state;

	(void)pthread_mutex_lock(&c->lock);
	state = c->state;
	(void)pthread_mutex_unlock(&c->lock);
	return state;
}

bool
db_worker_is_idle(struct db_worker *c)
{
	return state_of(c) == DB_WORKER_IDLE;
}

void
db_worker_submit(struct db_worker *c, void *job)
{
	(void)pthread_mutex_lock(&c->lock);
	c->job = job;
	c->state = DB_WORKER_BUSY;
	(void)pthread_cond_signal(&c->wake);
	(void)pthread_mutex_unlock(&c->lock);
}

void *
db_worker_collect(struct db_worker *c, bool *failed, struct err *why)
{
	if (state_of(c) != DB_WORKER_DONE)
		return NULL;
	*failed = c->failed;
	if (c->failed)
		*why = c->why;
	c->state = DB_WORKER_IDLE; /* the db_worker only waits now */
	return c->job;
}
