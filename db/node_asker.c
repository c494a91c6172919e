/* SPDX-License-Identifier: MIT */
#include "db/node_asker.h"

#include <stdlib.h>

#include "lib/clock.h"
#include "lib/mem.h"
#include "lib/thread.h"

#define ANSWER_MS 1000 /* a node that needs longer was silent, ... */
#define SILENT_MS 900  /* ... as measured */
#define REST_MS 30000  /* a connection that nobody asks by is closed */

struct node_asker {
	pthread_t thread;
	pthread_mutex_t *lock; /* of what follows, but the visitor */
	pthread_cond_t *answered, wake;
	struct db *visitor; /* the thread's */
	enum { ASKER_IDLE, ASKER_ASKED, ASKER_ANSWERED } state;
	int64_t asked_ms;
	bool open, stay, ending;
	struct node_answer answer;
};

/* --- asking ----------------------------------------------------------- */

static bool
ask_once(struct node_asker *a, struct node_answer *out)
{
	int64_t since_ms = clock_mono_ms();
	const struct err *e = db_ask_fitness(a->visitor, &out->how);

	out->failed = e != NULL;
	out->silent = out->failed && db_found_host(a->visitor) &&
	    clock_mono_ms() - since_ms >= SILENT_MS;
	if (out->failed) /* it is valid until the next one */
		out->why = *e;
	return !out->failed;
}

/* An old connection may have ended. And a machine that is busy may let one
 * question go unanswered, but a second one, of a new connection, rarely: both
 * make a node silent. One that takes no more connections says so at the door,
 * and nothing of those that it has: then the first question counts, if it went
 * over one of those. */
static void
ask_node(struct node_asker *a, struct node_answer *out)
{
	bool inside = db_is_connected(a->visitor);
	struct node_answer first;

	if (ask_once(a, out))
		return;
	first = *out;
	(void)ask_once(a, out);
	if (inside && first.silent && !out->failed && out->how == NODE_FULL)
		*out = first;
	out->silent &= first.silent;
}

/* --- the thread ------------------------------------------------------- */

/* With the lock, which is let go meanwhile. */
static void
rest(struct node_asker *a)
{
	a->open = false;
	(void)pthread_mutex_unlock(a->lock);
	db_rest(a->visitor);
	(void)pthread_mutex_lock(a->lock);
}

static void
await_question(struct node_asker *a)
{
	while (a->state != ASKER_ASKED && !a->ending)
		if (!a->open)
			(void)pthread_cond_wait(&a->wake, a->lock);
		else if (!a->stay || !thread_wait(&a->wake, a->lock, REST_MS))
			rest(a);
}

static void *
asker_life(void *arg)
{
	struct node_asker *a = arg;

	(void)pthread_mutex_lock(a->lock);
	for (;;) {
		struct node_answer answer = {.failed = false};

		await_question(a);
		if (a->ending)
			break;
		(void)pthread_mutex_unlock(a->lock);
		ask_node(a, &answer);
		(void)pthread_mutex_lock(a->lock);
		a->answer = answer;
		a->state = ASKER_ANSWERED;
		a->open = true;
		(void)pthread_cond_broadcast(a->answered);
	}
	(void)pthread_mutex_unlock(a->lock);
	return NULL;
}

/* --- for others ------------------------------------------------------- */

static void
asker_done(struct node_asker *a)
{
	db_close(a->visitor);
	(void)pthread_cond_destroy(&a->wake);
	free(a);
}

const struct err *
node_asker_open(const struct db_settings *s, const char *program,
    const struct node *node, pthread_mutex_t *lock, pthread_cond_t *wake,
    struct node_asker **out)
{
	struct node_asker *a = xcalloc(1, sizeof *a);
	const struct err *e;

	a->lock = lock;
	a->answered = wake;
	thread_cond_init(&a->wake);
	a->visitor = db_visitor(s, program, node, ANSWER_MS);
	if ((e = thread_start(&a->thread, asker_life, a)) != NULL) {
		asker_done(a);
		return e;
	}
	*out = a;
	return NULL;
}

void
node_asker_end(struct node_asker *a)
{
	if (a == NULL)
		return;
	a->ending = true;
	(void)pthread_cond_signal(&a->wake);
}

void
node_asker_free(struct node_asker *a)
{
	if (a == NULL)
		return;
	(void)pthread_join(a->thread, NULL);
	asker_done(a);
}

void
node_asker_ask(struct node_asker *a, bool stay)
{
	if (a->state != ASKER_IDLE)
		return;
	a->state = ASKER_ASKED;
	a->asked_ms = clock_mono_ms();
	a->stay = stay;
	(void)pthread_cond_signal(&a->wake);
}

void
node_asker_rest(struct node_asker *a)
{
	if (a->open && a->stay)
		(void)pthread_cond_signal(&a->wake);
	a->stay = false;
}

const struct node_answer *
node_asker_answer(const struct node_asker *a)
{
	return a->state == ASKER_ANSWERED ? &a->answer : NULL;
}

void
node_asker_forget(struct node_asker *a)
{
	if (a->state == ASKER_ANSWERED)
		a->state = ASKER_IDLE;
}

int64_t
node_asker_waits_ms(const struct node_asker *a)
{
	return a->state == ASKER_ASKED ? clock_mono_ms() - a->asked_ms : -1;
}
