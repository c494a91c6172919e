/* SPDX-License-Identifier: MIT */
#include "db/node_watch.h"

#include <pthread.h>
#include <stdlib.h>

#include "lib/clock.h"
#include "lib/mem.h"
#include "lib/thread.h"

#include "db/node_asker.h"

#define ROUND_MS 1000  /* from one round of questions to the next */
#define SLOW_MS 300    /* without an answer, the others are asked too, ... */
#define ENOUGH_MS 600  /* ... and then a node that is behind is enough */
#define LOOK_MS 50     /* from one look at such times to the next */
#define LEFT_MS 1000   /* from the leaving of a node to the cut */
#define TRY_MS 3000    /* for two questions */
#define UNSURE_MS 6000 /* finding out that a node is silent, and the next */
#define NOWHERE NODES_MAX

struct node_watch {
	struct node_list nodes;
	struct node_asker *askers[NODES_MAX]; /* by their places */
	pthread_t thread;

	pthread_mutex_t lock; /* of what follows, and of the askers */
	pthread_cond_t wake;
	bool ending;
	int64_t cut_ms[NODES_MAX]; /* then; 0: no cut is due */
	bool left[NODES_MAX];	   /* a cut was due since it served */
	size_t first;		   /* of the latest round: it is asked first */
	bool wide;		   /* all are asked */
	uint64_t asked, begun, done; /* numbers of rounds */
	int64_t begun_ms, served_ms; /* the latest; 0: none yet */
	struct err why;
	bool serves; /* as the round that is done has found */
};

/* All that follows is with the lock, which is let go in waits. */

/* --- answers ---------------------------------------------------------- */

static bool
says(const struct node_watch *w, size_t place, enum node_fitness how)
{
	const struct node_answer *a = node_asker_answer(w->askers[place]);

	return a != NULL && !a->failed && a->how == how;
}

/* A node that takes no more connections serves those that are there. */
static bool
serves_ours(const struct node_watch *w, size_t place)
{
	return says(w, place, NODE_FULL) &&
	    node_has_connections(&w->nodes.all[place]);
}

/* As connections do: a node that is behind is better than none; the only one
 * is asked to write, and says itself that it is read-only. */
static bool
is_enough(const struct node_watch *w, size_t place)
{
	return says(w, place, NODE_FIT) || serves_ours(w, place) ||
	    says(w, place, NODE_BEHIND) ||
	    (w->nodes.n == 1 && says(w, place, NODE_READ_ONLY));
}

static bool
one_is_enough(const struct node_watch *w)
{
	bool found = false;

	for (size_t i = 0; i < w->nodes.n; i++)
		found |= is_enough(w, i);
	return found;
}

static bool
have_answered(const struct node_watch *w)
{
	bool all = true;

	for (size_t i = 0; i < w->nodes.n; i++)
		all &= node_asker_answer(w->askers[i]) != NULL;
	return all;
}

/* The nearest that has said that it serves; the first one, if it has. */
static size_t
find_fit(const struct node_watch *w)
{
	if (says(w, w->first, NODE_FIT))
		return w->first;
	for (size_t i = 0; i < w->nodes.n; i++)
		if (says(w, i, NODE_FIT))
			return i;
	return NOWHERE;
}

/* --- what follows from them ------------------------------------------- */

static bool
is_cut_due(const struct node_watch *w, size_t place)
{
	return w->cut_ms[place] != 0 && clock_mono_ms() >= w->cut_ms[place];
}

/* Another node serves, and this one does not. Who waits at a silent one waits
 * in vain; any other is asked once more before a cut. That is due once until it
 * serves, also if a connection has found out before the watcher. What refuses
 * has no connections any more. */
static void
leave(struct node_watch *w, size_t place, const struct node_answer *a)
{
	const struct node *node = &w->nodes.all[place];
	bool due = is_cut_due(w, place);

	if (!node_has_failed(node)) /* connections have come back */
		w->left[place] = false;
	node_leave(node, a->silent ? "does not answer" : a->failed
	    ? a->why.text : node_words(a->how));
	if (a->silent || (due && !a->failed))
		node_cut(node);
	if (a->failed || due) {
		w->cut_ms[place] = 0;
	} else if (!w->left[place]) {
		w->cut_ms[place] = clock_mono_ms() + LEFT_MS;
		w->left[place] = true;
	}
}

static void
use_answer(struct node_watch *w, size_t place, bool another)
{
	const struct node_answer *a = node_asker_answer(w->askers[place]);

	if (a == NULL)
		return;
	if (says(w, place, NODE_FIT)) {
		node_take(&w->nodes.all[place]);
		w->cut_ms[place] = 0;
		w->left[place] = false;
	} else if (another && !says(w, place, NODE_FULL)) {
		leave(w, place, a);
	}
	node_asker_forget(w->askers[place]);
}

static void
end_round(struct node_watch *w, bool serves)
{
	const struct node_answer *a = node_asker_answer(w->askers[w->first]);

	w->serves = serves;
	w->done = w->begun;
	if (serves)
		w->served_ms = clock_mono_ms();
	else if (a->failed)
		w->why = a->why;
	else
		w->why = *err_new(ERR_BUSY, "database: %s %s",
		    w->nodes.all[w->first].name, node_words(a->how));
	(void)pthread_cond_broadcast(&w->wake);
}

/* --- a round ---------------------------------------------------------- */

/* So that no call pays for it, what is avoided is tried here before connections
 * do; and what is to be cut is asked whether that is still right. */
static bool
is_asked_again(const struct node_watch *w, size_t place)
{
	const struct node_asker *a = w->askers[place];

	if (node_asker_waits_ms(a) >= 0 || node_asker_answer(a) != NULL)
		return false;
	return is_cut_due(w, place) ||
	    node_try_early(&w->nodes.all[place], ROUND_MS, TRY_MS);
}

/* Only the connection to the first node is kept. */
static void
begin_round(struct node_watch *w)
{
	w->begun++;
	w->begun_ms = clock_mono_ms();
	w->first = node_first(&w->nodes);
	w->wide = false;
	for (size_t i = 0; i < w->nodes.n; i++)
		if (i == w->first || is_asked_again(w, i))
			node_asker_ask(w->askers[i], i == w->first);
	for (size_t i = 0; i < w->nodes.n; i++)
		if (i != w->first)
			node_asker_rest(w->askers[i]);
}

/* The first one does not serve, or is slow: does another one? */
static void
widen(struct node_watch *w)
{
	w->wide = true;
	for (size_t i = 0; i < w->nodes.n; i++)
		node_asker_ask(w->askers[i], i == w->first);
}

static bool
is_slow(const struct node_watch *w)
{
	return node_asker_answer(w->askers[w->first]) != NULL ||
	    node_asker_waits_ms(w->askers[w->first]) >= SLOW_MS;
}

/* A node that serves ends a round. An answer that comes later is of the next
 * one. False: it is not known yet. */
static bool
decide(struct node_watch *w)
{
	size_t fit = find_fit(w);

	if (!w->wide && fit == NOWHERE && !serves_ours(w, w->first) &&
	    is_slow(w))
		widen(w);
	if (fit != NOWHERE || serves_ours(w, w->first) || have_answered(w))
		end_round(w, one_is_enough(w));
	else if (one_is_enough(w) && clock_mono_ms() - w->begun_ms >= ENOUGH_MS)
		end_round(w, true);
	else
		return false;
	for (size_t i = 0; i < w->nodes.n; i++)
		use_answer(w, i, fit != NOWHERE);
	return true;
}

/* --- the thread ------------------------------------------------------- */

static bool
has_news(const struct node_watch *w)
{
	bool any = false;

	for (size_t i = 0; i < w->nodes.n; i++)
		any |= node_asker_answer(w->askers[i]) != NULL;
	return any;
}

/* Wait for a question, an answer, the time of the next round, or the end. The
 * only host is left alone while nobody wants to know. */
static void
await_round(struct node_watch *w)
{
	while (!w->ending && w->asked <= w->begun && !has_news(w)) {
		int64_t left_ms = w->begun_ms + ROUND_MS - clock_mono_ms();

		if (w->nodes.n == 1)
			(void)pthread_cond_wait(&w->wake, &w->lock);
		else if (left_ms <= 0)
			break;
		else
			(void)thread_wait(&w->wake, &w->lock, left_ms);
	}
}

static void
watch_free(struct node_watch *w)
{
	(void)pthread_mutex_lock(&w->lock);
	for (size_t i = 0; i < w->nodes.n; i++)
		node_asker_end(w->askers[i]);
	(void)pthread_mutex_unlock(&w->lock);
	for (size_t i = 0; i < w->nodes.n; i++)
		node_asker_free(w->askers[i]);
	(void)pthread_cond_destroy(&w->wake);
	(void)pthread_mutex_destroy(&w->lock);
	free(w);
}

static void *
watch_life(void *arg)
{
	struct node_watch *w = arg;

	(void)pthread_mutex_lock(&w->lock);
	for (;;) {
		await_round(w);
		if (w->ending)
			break;
		begin_round(w);
		while (!w->ending && !decide(w))
			(void)thread_wait(&w->wake, &w->lock, LOOK_MS);
	}
	(void)pthread_mutex_unlock(&w->lock);
	watch_free(w);
	return NULL;
}

/* --- for others ------------------------------------------------------- */

static const struct err *
open_askers(struct node_watch *w, const struct db_settings *s,
    const char *program)
{
	const struct err *e = NULL;

	db_nodes(s, &w->nodes);
	for (size_t i = 0; e == NULL && i < w->nodes.n; i++)
		e = node_asker_open(s, program, &w->nodes.all[i], &w->lock,
		    &w->wake, &w->askers[i]);
	return e;
}

const struct err *
node_watch_open(const struct db_settings *s, const char *program,
    struct node_watch **out)
{
	struct node_watch *w = xcalloc(1, sizeof *w);
	const struct err *e;

	(void)pthread_mutex_init(&w->lock, NULL);
	thread_cond_init(&w->wake);
	if ((e = open_askers(w, s, program)) != NULL ||
	    (e = thread_start(&w->thread, watch_life, w)) != NULL) {
		watch_free(w);
		return e;
	}
	*out = w;
	return NULL;
}

/* The thread frees the watch when it has let the lock go. */
void
node_watch_close(struct node_watch *w)
{
	pthread_t thread;

	if (w == NULL)
		return;
	thread = w->thread;
	(void)pthread_mutex_lock(&w->lock);
	w->ending = true;
	(void)pthread_cond_broadcast(&w->wake);
	(void)pthread_mutex_unlock(&w->lock);
	thread_leave(thread);
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
		(void)thread_wait(&w->wake, &w->lock, until_ms - now_ms);
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
