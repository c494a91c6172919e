/* SPDX-License-Identifier: MIT */
#include "core/waiting_look.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/log.h"
#include "lib/mem.h"
#include "lib/thread.h"

#define IDLE_MS 10000 /* so long a connection is kept without a look */

enum look_state { LOOK_NONE, LOOK_ASKED, LOOK_READ };

struct waiting_look {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct db_settings settings; /* its own: the thread may be the last */
	const char *program;
	int done;

	/* read and written under the lock */
	enum look_state state;
	bool ending;
	bool alone; /* the thread was left: it frees this */

	/* owned by the thread while LOOK_ASKED, by the caller otherwise */
	struct look what;

	/* owned by the thread */
	struct db *db;
	bool trouble; /* the latest look has failed: it is logged */
};

static void
own_texts(struct db_settings *s, bool own)
{
	char **texts[] = {&s->socket, &s->host, &s->name, &s->user,
	    &s->password_file, &s->tls_ca};

	for (size_t i = 0; i < nitems(texts); i++)
		if (!own)
			free(*texts[i]);
		else if (*texts[i] != NULL)
			*texts[i] = xstrdup(*texts[i]);
}

static void
look_free(struct waiting_look *l)
{
	db_close(l->db);
	own_texts(&l->settings, false);
	(void)pthread_cond_destroy(&l->wake);
	(void)pthread_mutex_destroy(&l->lock);
	free(l->what.list);
	free(l->what.doorbells);
	free(l);
}

/* Log the first of several failures, and their end. */
static void
log_look(struct waiting_look *l, const struct err *e)
{
	if (e != NULL && !l->trouble)
		log_warn("waiting error=\"%s\"", QUOTED(e->text));
	if (e == NULL && l->trouble)
		log_notice("waiting: the database is back");
	l->trouble = e != NULL;
}

static bool
read_all(struct waiting_look *l)
{
	const struct err *e = NULL;

	if (l->db == NULL)
		e = db_open(&l->settings, l->program, DB_QUICK, &l->db);
	if (e == NULL && l->what.n > 0)
		e = send_accounts(l->db, l->what.list, l->what.n);
	if (e == NULL && l->what.doorbells != NULL)
		e = shard_doorbells(l->db, l->what.doorbells);
	log_look(l, e);
	return e == NULL;
}

/* With the lock: wait for a look, or for the end. */
static void
await_look(struct waiting_look *l)
{
	while (l->state != LOOK_ASKED && !l->ending)
		if (l->db == NULL)
			(void)pthread_cond_wait(&l->wake, &l->lock);
		else if (!thread_wait(&l->wake, &l->lock, IDLE_MS)) {
			db_close(l->db);
			l->db = NULL;
		}
}

static void *
look_life(void *arg)
{
	const uint64_t one = 1;
	struct waiting_look *l = arg;
	bool alone;

	(void)pthread_mutex_lock(&l->lock);
	for (;;) {
		bool read;

		await_look(l);
		if (l->ending)
			break;
		(void)pthread_mutex_unlock(&l->lock);
		read = read_all(l);
		(void)pthread_mutex_lock(&l->lock);
		l->what.failed = !read;
		l->state = LOOK_READ;
		if (!l->ending && write(l->done, &one, sizeof one) < 0)
			log_err("a look cannot wake the waiting room");
	}
	alone = l->alone;
	(void)pthread_mutex_unlock(&l->lock);
	if (alone)
		look_free(l);
	return NULL;
}

const struct err *
waiting_look_open(const struct db_settings *s, const char *program, int done,
    struct waiting_look **out)
{
	struct waiting_look *l = xcalloc(1, sizeof *l);
	const struct err *e;

	l->settings = *s;
	own_texts(&l->settings, true);
	l->program = program;
	l->done = done;
	(void)pthread_mutex_init(&l->lock, NULL);
	thread_cond_init(&l->wake);
	if ((e = thread_start(&l->thread, look_life, l)) != NULL) {
		look_free(l);
		return e;
	}
	*out = l;
	return NULL;
}

void
waiting_look_close(struct waiting_look *l)
{
	bool alone;

	if (l == NULL)
		return;
	(void)pthread_mutex_lock(&l->lock);
	l->ending = true;
	alone = l->alone = l->state == LOOK_ASKED;
	if (alone)
		thread_leave(l->thread);
	(void)pthread_cond_signal(&l->wake);
	(void)pthread_mutex_unlock(&l->lock);
	if (alone)
		return;
	(void)pthread_join(l->thread, NULL);
	look_free(l);
}

void
waiting_look_ask(struct waiting_look *l, const struct look *what)
{
	(void)pthread_mutex_lock(&l->lock);
	l->what = *what;
	l->state = LOOK_ASKED;
	(void)pthread_cond_signal(&l->wake);
	(void)pthread_mutex_unlock(&l->lock);
}

bool
waiting_look_collect(struct waiting_look *l, struct look *out)
{
	bool ended;

	(void)pthread_mutex_lock(&l->lock);
	if ((ended = l->state == LOOK_READ)) {
		*out = l->what;
		l->what = (struct look){.list = NULL};
		l->state = LOOK_NONE;
	}
	(void)pthread_mutex_unlock(&l->lock);
	return ended;
}
