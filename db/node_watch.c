/* SPDX-License-Identifier: MIT */
#include "db/node_watch.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/thread.h"

#define ROUND_MS 1000  /* from one round of questions to the next */
#define ANSWER_MS 1000 /* a node that needs longer was silent, ... */
#define SILENT_MS 900  /* ... as measured */
#define LEFT_MS 1000   /* from the leaving of a node to the cut */
#define REST_MS 30000  /* the only host is not asked: it is left alone */
#define TRY_MS 3000    /* for two questions */
#define UNSURE_MS 6000 /* finding out that a node is silent, and the next */

struct node_watch {
	struct node_list nodes;
	struct db *visitors[NODES_MAX]; /* by their places */
	int64_t cut_ms[NODES_MAX];	/* then; 0: no cut is due */

	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t wake;
	bool ending;
	uint64_t asked, begun, done; /* numbers of rounds */
	int64_t begun_ms, served_ms; /* the latest; 0: none yet */
	struct err why;
	bool serves; /* as the round that is done has found */
};

/* --- one node --------------------------------------------------------- */

struct node_look {
	enum node_fitness how;
	bool silent;
	const struct err *e;
};

static bool
ask_once(struct node_watch *w, size_t place, struct node_look *l)
{
	int64_t since_ms = clock_mono_ms();

	l->e = db_ask_fitness(w->visitors[place], &l->how);
	l->silent = l->e != NULL && clock_mono_ms() - since_ms >= SILENT_MS;
	return l->e == NULL;
}

/* An old connection may have ended. And a machine that is busy may let one
 * question go unanswered, but a second one, of a new connection, rarely: both
 * make a node silent. */
static void
ask_node(struct node_watch *w, size_t place, struct node_look *l)
{
	bool silent;

	if (ask_once(w, place, l))
		return;
	silent = l->silent;
	(void)ask_once(w, place, l);
	l->silent &= silent;
}

/* --- a round ---------------------------------------------------------- */

static void
cut_those_left(struct node_watch *w)
{
	int64_t now_ms = clock_mono_ms();

	for (size_t i = 0; i < w->nodes.n; i++)
		if (w->cut_ms[i] != 0 && now_ms >= w->cut_ms[i]) {
			w->cut_ms[i] = 0;
			node_cut(&w->nodes.all[i]);
		}
}

/* What refuses is left by each connection itself. */
static void
leave(struct node_watch *w, size_t place, const struct node_look *l)
{
	const struct node *node = &w->nodes.all[place];

	if (l->silent) {
		node_leave(node, "does not answer");
		node_cut(node);
	} else if (l->e == NULL) {
		node_leave(node, node_words(l->how));
		w->cut_ms[place] = clock_mono_ms() + LEFT_MS;
	}
}

/* Does any node but the first one serve? It is used then. *behind: one would,
 * if need be. */
static bool
ask_others(struct node_watch *w, size_t first, bool *behind)
{
	size_t order[NODES_MAX];
	struct node_look l;

	*behind = false;
	node_order(&w->nodes, order);
	for (size_t i = 0; i < w->nodes.n; i++) {
		if (order[i] == first)
			continue;
		ask_node(w, order[i], &l);
		if (l.e == NULL && l.how == NODE_FIT) {
			node_take(&w->nodes.all[order[i]]);
			return true;
		}
		*behind |= l.e == NULL && l.how == NODE_BEHIND;
	}
	return false;
}

/* So that no call pays for it, the watcher tries first what is avoided. */
static void
try_again(struct node_watch *w)
{
	struct node_look l;

	for (size_t i = 0; i < w->nodes.n; i++) {
		const struct node *node = &w->nodes.all[i];

		if (!node_try_early(node, ROUND_MS, TRY_MS))
			continue;
		ask_node(w, i, &l);
		if (l.e == NULL && l.how == NODE_FIT)
			node_take(node);
		else
			(void)node_fails(node);
	}
}

/* Only the connection to the first node is kept. */
static void
rest_others(struct node_watch *w, size_t first)
{
	for (size_t i = 0; i < w->nodes.n; i++)
		if (i != first)
			db_rest(w->visitors[i]);
}

/* As connections do: a node that is behind is better than none; the only one
 * is asked to write, and says itself that it is read-only. */
static bool
is_enough(const struct node_watch *w, const struct node_look *l)
{
	return l->e == NULL && (l->how == NODE_FIT || l->how == NODE_BEHIND ||
	    (l->how == NODE_READ_ONLY && w->nodes.n == 1));
}

/* false: none serves, and *why. */
static bool
look_round(struct node_watch *w, struct err *why)
{
	size_t first = node_first(&w->nodes);
	struct node_look l;
	bool behind;

	cut_those_left(w);
	ask_node(w, first, &l);
	if (l.e == NULL && l.how == NODE_FIT) {
		w->cut_ms[first] = 0;
		try_again(w);
		rest_others(w, first);
		return true;
	}
	if (l.e != NULL) /* it is valid until the next one */
		*why = *l.e;
	if (ask_others(w, first, &behind)) {
		leave(w, first, &l);
		return true;
	}
	if (l.e == NULL)
		*why = *err_new(ERR_BUSY, "database: %s %s",
		    w->nodes.all[first].name, node_words(l.how));
	return behind || is_enough(w, &l);
}

/* --- the thread ------------------------------------------------------- */

static void
watch_free(struct node_watch *w)
{
	for (size_t i = 0; i < w->nodes.n; i++)
		db_close(w->visitors[i]);
	(void)pthread_cond_destroy(&w->wake);
	(void)pthread_mutex_destroy(&w->lock);
	free(w);
}

/* With the lock: wait until somebody signals, or for ms. False: for ms. */
static bool
wait_for(struct node_watch *w, int64_t ms)
{
	struct timespec until;

	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += ms / 1000;
	until.tv_nsec += ms % 1000 * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_nsec -= 1000000000;
		until.tv_sec++;
	}
	return pthread_cond_timedwait(&w->wake, &w->lock, &until) != ETIMEDOUT;
}

/* With the lock: wait for a question, for the time of the next round, or for
 * the end. The only host is left alone while nobody wants to know. */
static void
await_round(struct node_watch *w)
{
	bool several = w->nodes.n > 1;
	int64_t next_ms = w->begun_ms + (several ? ROUND_MS : REST_MS);

	while (!w->ending && w->asked <= w->begun) {
		int64_t left_ms = next_ms - clock_mono_ms();

		if (left_ms <= 0 && several)
			break;
		if (left_ms <= 0) {
			db_rest(w->visitors[0]);
			(void)pthread_cond_wait(&w->wake, &w->lock);
		} else {
			(void)wait_for(w, left_ms);
		}
	}
}

static void
end_round(struct node_watch *w, bool serves, const struct err *why)
{
	w->serves = serves;
	w->done = w->begun;
	if (serves)
		w->served_ms = clock_mono_ms();
	else
		w->why = *why;
	(void)pthread_cond_broadcast(&w->wake);
}

static void *
watch_life(void *arg)
{
	struct node_watch *w = arg;
	struct err why;
	bool serves;

	(void)pthread_mutex_lock(&w->lock);
	for (;;) {
		await_round(w);
		if (w->ending)
			break;
		w->begun++;
		w->begun_ms = clock_mono_ms();
		(void)pthread_mutex_unlock(&w->lock);
		serves = look_round(w, &why);
		(void)pthread_mutex_lock(&w->lock);
		end_round(w, serves, &why);
	}
	(void)pthread_mutex_unlock(&w->lock);
	watch_free(w);
	return NULL;
}

/* --- for others ------------------------------------------------------- */

static struct node_watch *
watch_new(const struct db_settings *s, const char *program)
{
	struct node_watch *w = xcalloc(1, sizeof *w);
	pthread_condattr_t steady;

	db_nodes(s, &w->nodes);
	for (size_t i = 0; i < w->nodes.n; i++)
		w->visitors[i] = db_visitor(s, program, &w->nodes.all[i],
		    ANSWER_MS);
	(void)pthread_mutex_init(&w->lock, NULL);
	(void)pthread_condattr_init(&steady);
	(void)pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&w->wake, &steady);
	(void)pthread_condattr_destroy(&steady);
	return w;
}

const struct err *
node_watch_open(const struct db_settings *s, const char *program,
    struct node_watch **out)
{
	struct node_watch *w = watch_new(s, program);
	const struct err *e;
	pthread_t thread;

	if ((e = thread_start(&thread, watch_life, w)) != NULL) {
		watch_free(w);
		return e;
	}
	(void)pthread_detach(thread);
	*out = w;
	return NULL;
}

void
node_watch_close(struct node_watch *w)
{
	if (w == NULL)
		return;
	(void)pthread_mutex_lock(&w->lock);
	w->ending = true;
	(void)pthread_cond_broadcast(&w->wake);
	(void)pthread_mutex_unlock(&w->lock);
}

/* With the lock: nothing is known in time. Where there are several nodes, who
 * is at a silent one goes to another soon. */
static const struct err *
unanswered(const struct node_watch *w, int64_t now_ms)
{
	if (w->nodes.n > 1 && w->served_ms != 0 &&
	    now_ms - w->served_ms < UNSURE_MS)
		return NULL;
	return err_new(ERR_BUSY, "database: no answer for %lld ms",
	    (long long)(now_ms - w->begun_ms));
}

/* With the lock. */
static const struct err *
find_out(struct node_watch *w, int64_t wait_ms)
{
	int64_t now_ms = clock_mono_ms(), until_ms = now_ms + wait_ms;
	uint64_t mine = w->begun + 1;

	if (w->begun > w->done && now_ms - w->begun_ms >= wait_ms)
		return unanswered(w, now_ms);
	if (w->asked < mine)
		w->asked = mine;
	(void)pthread_cond_broadcast(&w->wake);
	while (w->done < mine && now_ms < until_ms) {
		(void)wait_for(w, until_ms - now_ms);
		now_ms = clock_mono_ms();
	}
	if (w->done < mine)
		return unanswered(w, now_ms);
	return w->serves ? NULL : err_new(w->why.code, "%s", w->why.text);
}

const struct err *
node_watch_ask(struct node_watch *w, int64_t wait_ms)
{
	const struct err *e;

	(void)pthread_mutex_lock(&w->lock);
	e = find_out(w, wait_ms);
	(void)pthread_mutex_unlock(&w->lock);
	return e;
}
