/* SPDX-License-Identifier: MIT */
/*
 * Threads and workers. A worker is a connection to the database with what
 * belongs to it; there are [api] workers of them, and a few more threads. The
 * thread that has read a call also serves it, if a worker is free: a call costs
 * no switch from thread to thread. If none is free, the call is put in the
 * queue and the thread reads the next one; a thread that has a worker takes
 * from the queue before it lets the worker go. So there are always threads that
 * read, and calls that need no worker are answered whatever the database does.
 */
#include "fcgi/gateway_part.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/thread.h"

#include "core/together.h"

#include "fcgi/throttle.h"

#define READERS 4	  /* threads besides one for each worker */
#define TICK_MAX_MS 10000 /* for connections that stay silent */
#define HURRY_MS 1000	  /* at the end: the longest wait in the queue */
#define QUEUE_BYTES ((size_t)64 << 20)

void
crew_raise(int fd)
{
	const uint64_t one = 1;

	(void)!write(fd, &one, sizeof one);
}

/* --- work that is ready ----------------------------------------------- */

/* Each work has a token in ready_fd, which is taken first: whoever has a token
 * finds a work. */
void
crew_ready(struct crew *p, struct work *w)
{
	w->next = NULL;
	(void)pthread_mutex_lock(&p->lock);
	(void)atomic_fetch_add(&p->n_ready, 1);
	*p->ready_end = w;
	p->ready_end = &w->next;
	(void)pthread_mutex_unlock(&p->lock);
	crew_raise(p->ready_fd);
}

/* --- memory of calls -------------------------------------------------- */

struct arena *
crew_arena(struct crew *p)
{
	struct arena *a = NULL;

	(void)pthread_mutex_lock(&p->lock);
	if (p->n_spare > 0)
		a = p->spare[--p->n_spare];
	(void)pthread_mutex_unlock(&p->lock);
	return a != NULL ? a : arena_new();
}

void
crew_keep_arena(struct crew *p, struct arena *a)
{
	(void)pthread_mutex_lock(&p->lock);
	if (p->n_spare < p->n_threads) {
		p->spare[p->n_spare++] = a;
		a = NULL;
	}
	(void)pthread_mutex_unlock(&p->lock);
	arena_free(a);
}

/* --- the crew --------------------------------------------------------- */

static const struct err *
open_events(struct crew *p)
{
	const int how = EFD_CLOEXEC | EFD_NONBLOCK;

	if ((p->stop_fd = eventfd(0, how)) < 0 ||
	    (p->end_fd = eventfd(0, how)) < 0 ||
	    (p->wake_fd = eventfd(0, how)) < 0 ||
	    (p->ready_fd = eventfd(0, how | EFD_SEMAPHORE)) < 0)
		return err_errno("eventfd");
	return NULL;
}

static void
open_worker(struct crew *p, struct worker *w)
{
	worker_open(w, p->g);
	w->stop = &p->stop;
	w->throttle = p->throttle;
	w->together = p->together;
	w->load = &p->load;
	w->watch = p->watch;
}

static void
open_thread(struct crew *p, struct thread *t)
{
	t->p = p;
	open_worker(p, &t->self);
	t->self.offline = true;
}

static void
start_threads(struct crew *p)
{
	for (size_t i = 0; i < p->n_threads; i++) {
		struct thread *t = &p->threads[i];
		int why;

		open_thread(p, t);
		if ((why = pthread_create(&t->id, NULL, thread_main, t)) != 0)
			fatalx("cannot start a thread: %s", errno_text(why));
	}
}

const struct err *
crew_open(const struct gateway *g, struct door *d, struct crew **out)
{
	const struct settings *s = g->settings;
	size_t workers = (size_t)s->api.workers;
	struct crew *p = xcalloc(1, sizeof *p);
	const struct err *e;

	p->g = g;
	p->door = d;
	p->ready_end = &p->ready;
	if ((e = open_events(p)) != NULL)
		return e;
	if (pthread_mutex_init(&p->lock, NULL) != 0)
		return err_new(ERR_FAULT, "cannot make a lock");
	if (g->responder->room != NULL &&
	    (e = g->responder->room(s, g->responder->name, &p->room)) != NULL)
		return e;
	if ((e = node_watch_open(&s->database, g->responder->name,
		 &p->watch)) != NULL)
		return e;
	p->throttle = throttle_new();
	p->together = together_new(p->room);
	p->queue = call_queue_new(&(struct call_queue_limits){
	    g->responder->n_routes, workers, (size_t)s->api.queue_max,
	    QUEUE_BYTES});
	p->workers = xcalloc(workers, sizeof *p->workers);
	p->idle = xcalloc(workers, sizeof *p->idle);
	for (; p->n_idle < workers; p->n_idle++) {
		p->idle[p->n_idle] = &p->workers[p->n_idle];
		open_worker(p, &p->workers[p->n_idle]);
	}
	p->n_threads = workers + READERS;
	p->spare = xcalloc(p->n_threads, sizeof *p->spare);
	p->threads = xcalloc(p->n_threads + 1, sizeof *p->threads);
	p->of_room = &p->threads[p->n_threads];
	open_thread(p, p->of_room);
	start_threads(p);
	*out = p;
	return NULL;
}

int
crew_fd(const struct crew *p)
{
	return p->wake_fd;
}

/* While the process ends no call waits for long. */
static int64_t
overdue_at(const struct crew *p, int64_t now_ms)
{
	return p->stopped_ms != 0 && now_ms - p->stopped_ms >= HURRY_MS
	    ? INT64_MAX - 1 : now_ms;
}

/* Calls whose deadline has passed become ready, to be turned away. */
static int64_t
turn_out(struct crew *p, int64_t now_ms)
{
	struct queued_call *c;
	int64_t next_ms;

	for (;;) {
		(void)pthread_mutex_lock(&p->lock);
		c = call_queue_expired(p->queue, overdue_at(p, now_ms));
		next_ms = call_queue_next_ms(p->queue);
		(void)pthread_mutex_unlock(&p->lock);
		if (c == NULL)
			break;
		(void)atomic_fetch_sub(&p->load.queued, 1);
		crew_ready(p, &((struct in_hand *)(void *)c)->work);
	}
	return next_ms;
}

int
crew_tick(struct crew *p)
{
	int64_t now_ms = clock_mono_ms(), next_ms;
	struct work *w;
	uint64_t woken;

	(void)!read(p->wake_fd, &woken, sizeof woken);
	while (p->stopped_ms == 0 && (w = door_next(p->door, now_ms)) != NULL) {
		(void)atomic_fetch_add(&p->calls, 1);
		crew_ready(p, w);
	}
	next_ms = turn_out(p, now_ms);
	if (next_ms - now_ms >= TICK_MAX_MS)
		return TICK_MAX_MS;
	return next_ms > now_ms ? (int)(next_ms - now_ms) : 0;
}

/* --- the end ---------------------------------------------------------- */

static bool
join_threads(struct crew *p, int64_t until_ms)
{
	for (size_t i = 0; i < p->n_threads; i++)
		if (!thread_join(p->threads[i].id, until_ms))
			return false;
	return true;
}

static void
free_crew(struct crew *p)
{
	for (size_t i = 0; i <= p->n_threads; i++)
		worker_close(&p->threads[i].self);
	arena_free(p->of_room->mem);
	for (size_t i = 0; i < p->n_spare; i++)
		arena_free(p->spare[i]);
	for (size_t i = 0; i < p->n_idle; i++)
		worker_close(&p->workers[i]);
	(void)close(p->stop_fd);
	(void)close(p->end_fd);
	(void)close(p->wake_fd);
	(void)close(p->ready_fd);
	(void)pthread_mutex_destroy(&p->lock);
	waiting_room_free(p->room);
	node_watch_close(p->watch);
	call_queue_free(p->queue);
	throttle_free(p->throttle);
	together_free(p->together);
	free(p->spare);
	free(p->threads);
	free(p->workers);
	free(p->idle);
	free(p);
}

bool
crew_close(struct crew *p, int64_t until_ms)
{
	const struct timespec pause = {.tv_nsec = 5 * 1000000};

	atomic_store(&p->stop, true);
	p->stopped_ms = clock_mono_ms();
	crew_raise(p->stop_fd);
	if (p->room != NULL)
		waiting_room_close(p->room);
	while (atomic_load(&p->calls) > 0 && clock_mono_ms() < until_ms) {
		(void)crew_tick(p);
		(void)nanosleep(&pause, NULL);
	}
	crew_raise(p->end_fd);
	if (!join_threads(p, until_ms))
		return false;
	free_crew(p);
	return true;
}
