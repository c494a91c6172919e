/* SPDX-License-Identifier: MIT */
/*
 * Only the room's thread ends a wait. Whoever enters asks sendd at once, in a
 * thread of its own: a packet is sent whole, and the answer comes to the room.
 */
#include "core/waiting_room.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/waiting_look.h"
#include "core/waits.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/thread.h"

#define EVENTS_A_ROUND 64

struct waiting_room {
	pthread_t thread;
	bool started;
	pthread_mutex_t lock;
	size_t max;
	int epoll, wake; /* wake: an eventfd */
	struct waiting_look *look;
	bool looking; /* the thread's */

	/* under the lock */
	struct waits waits;
	struct doorbell_client bell; /* to ring where nobody is told */
	struct far_doorbells far;
	int64_t sleeps_until_ms;     /* the thread */
	bool entered;		     /* somebody, since it was empty */
	bool closing;
};

/* --- the room's thread ------------------------------------------------ */

/* Callers first: hearing sendd may end a wait whose caller has an event. */
static void
take_events(struct waiting_room *r, const struct epoll_event *list, int n)
{
	uint64_t count;

	for (int i = 0; i < n; i++) {
		void *of = list[i].data.ptr;

		if (of == r)
			(void)!read(r->wake, &count, sizeof count);
		else if (of != &r->waits && !far_doorbells_have(&r->far, of))
			waits_gone(&r->waits, of);
	}
	waits_hear(&r->waits, clock_mono_ms());
}

static void
end_look(struct waiting_room *r)
{
	struct look had;

	if (!r->looking || !waiting_look_collect(r->look, &had))
		return;
	r->looking = false;
	waits_read(&r->waits, had.list, had.n, had.failed);
	if (had.doorbells != NULL)
		waits_doorbells(&r->waits, had.failed ? NULL : had.doorbells,
		    clock_mono_ms());
	free(had.list);
	free(had.doorbells);
}

static void
start_look(struct waiting_room *r)
{
	bool doorbells = waits_want_doorbells(&r->waits, clock_mono_ms());
	struct look what = {.list = NULL};

	if (r->looking || (r->waits.n_unread == 0 && !doorbells))
		return;
	r->looking = true;
	what.list = waits_unread(&r->waits, &what.n);
	if (doorbells)
		what.doorbells = xcalloc(1, sizeof *what.doorbells);
	waiting_look_ask(r->look, &what);
}

/* How long the thread may sleep; -1: until it is woken. After it was empty it
 * sleeps as long as a new wait does not need it, so that entering an empty
 * room wakes nobody. */
static int
sleep_ms(struct waiting_room *r)
{
	int64_t now = clock_mono_ms(), until = waits_next_ms(&r->waits);

	if (until == INT64_MAX && r->entered) {
		until = now + WAITS_TOLD_MS;
		r->entered = false;
	}
	r->sleeps_until_ms = until;
	if (until == INT64_MAX)
		return -1;
	return until > now ? (int)(until - now) : 0;
}

/* One round under the lock; returns those to be called back. *sleep: the pause
 * after it; *over: it was the last. */
static struct waiter *
one_round(struct waiting_room *r, const struct epoll_event *list, int n,
    int *sleep, bool *over)
{
	struct waiter *ended;

	(void)pthread_mutex_lock(&r->lock);
	take_events(r, list, n);
	end_look(r);
	if (r->closing)
		waits_hurry(&r->waits, clock_mono_ms());
	waits_due(&r->waits, clock_mono_ms());
	start_look(r);
	waits_say(&r->waits);
	*sleep = sleep_ms(r);
	*over = r->closing && r->waits.due.n == 0;
	ended = waits_ended(&r->waits);
	(void)pthread_mutex_unlock(&r->lock);
	return ended;
}

static void *
room_life(void *arg)
{
	struct waiting_room *r = arg;
	struct epoll_event list[EVENTS_A_ROUND];
	struct waiter *ended, *w;
	bool over = false;
	int n = 0, sleep;

	while (!over) {
		ended = one_round(r, list, n, &sleep, &over);
		while ((w = ended) != NULL) {
			ended = w->link;
			w->over(w, w->how);
		}
		n = over ? 0 : epoll_wait(r->epoll, list, EVENTS_A_ROUND,
		    sleep);
	}
	return NULL;
}

static void
wake_room(struct waiting_room *r)
{
	const uint64_t one = 1;

	if (write(r->wake, &one, sizeof one) < 0)
		log_err("cannot wake the waiting room");
}

/* --- entering --------------------------------------------------------- */

static void
prepare(struct waiter *w, const struct outbox_send *queue)
{
	w->send = queue->id;
	w->shard = queue->shard;
	w->rows = queue->rows;
	w->one_shard = queue->n_shards <= 1;
	memcpy(w->begun, queue->by, sizeof w->begun);
	memcpy(w->by, queue->by, sizeof w->by);
	w->campaign = 0;
	w->told = w->unasked = w->unread = w->last = w->watched = false;
	w->far = NULL;
}

/* Does the room's thread sleep longer than it may? */
static bool
must_wake(struct waiting_room *r)
{
	return waits_next_ms(&r->waits) < r->sleeps_until_ms ||
	    (!r->looking && waits_want_doorbells(&r->waits, clock_mono_ms()));
}

bool
waiting_room_enter(struct waiting_room *r, struct waiter *w,
    const struct outbox_send *queue)
{
	bool enters, told = false;

	prepare(w, queue);
	(void)pthread_mutex_lock(&r->lock);
	enters = queue->rows > 0 && !r->closing && r->waits.due.n < r->max;
	if (enters) {
		waits_add(&r->waits, w, clock_mono_ms());
		told = w->told;
		r->entered = true;
		if (must_wake(r))
			wake_room(r);
	}
	if (queue->rows > 0 && !told) {
		(void)doorbell_ring(&r->bell, queue->shard, queue->n_shards);
		far_doorbells_ring(&r->far, queue->shard,
		    queue->n_shards, clock_mono_ms());
	}
	(void)pthread_mutex_unlock(&r->lock);
	return enters;
}

void
waiting_room_ring(struct waiting_room *r, unsigned shard, size_t n)
{
	if (r->far.key == NULL)
		return;
	(void)pthread_mutex_lock(&r->lock);
	far_doorbells_ring(&r->far, shard, n, clock_mono_ms());
	if (must_wake(r))
		wake_room(r);
	(void)pthread_mutex_unlock(&r->lock);
}

bool
waiting_room_watch(struct waiting_room *r, struct waiter *w)
{
	bool enters;

	w->told = w->unasked = w->unread = w->last = w->watched = false;
	w->one_shard = false;
	w->far = NULL;
	(void)pthread_mutex_lock(&r->lock);
	enters = !r->closing && r->waits.due.n < r->max &&
	    r->waits.n_watching < r->max / 2;
	if (enters) {
		waits_watch(&r->waits, w, clock_mono_ms());
		r->entered = true;
		if (waits_next_ms(&r->waits) < r->sleeps_until_ms)
			wake_room(r);
	}
	(void)pthread_mutex_unlock(&r->lock);
	return enters;
}

/* --- opening and closing ---------------------------------------------- */

static const struct err *
start_thread(struct waiting_room *r)
{
	const struct err *e = thread_start(&r->thread, room_life, r);

	r->started = e == NULL;
	return e;
}

static const struct err *
open_parts(struct waiting_room *r, const struct settings *s,
    const char *program)
{
	struct epoll_event ev = {.events = EPOLLIN, .data.ptr = r};
	const struct err *e;

	if ((r->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) < 0 ||
	    (r->epoll = epoll_create1(EPOLL_CLOEXEC)) < 0 ||
	    epoll_ctl(r->epoll, EPOLL_CTL_ADD, r->wake, &ev) != 0)
		return err_errno("cannot open the waiting room");
	r->waits.epoll = r->epoll;
	far_doorbells_open(&r->far, s->sendd.listen_key_file, s->sendd.listen,
	    r->epoll);
	e = waiting_look_open(&s->database, program, r->wake, &r->look);
	return e != NULL ? e : start_thread(r);
}

const struct err *
waiting_room_open(const struct settings *s, const char *program,
    struct waiting_room **out)
{
	struct waiting_room *r = xcalloc(1, sizeof *r);
	const struct err *e;

	r->max = (size_t)s->api.waiting_max;
	r->epoll = r->wake = -1;
	r->bell = (struct doorbell_client){s->sendd.doorbell, -1};
	r->waits.line = r->bell;
	r->waits.far = &r->far;
	(void)pthread_mutex_init(&r->lock, NULL);
	if ((e = open_parts(r, s, program)) != NULL)
		waiting_room_free(r);
	else
		*out = r;
	return e;
}

void
waiting_room_close(struct waiting_room *r)
{
	if (!r->started)
		return;
	(void)pthread_mutex_lock(&r->lock);
	r->closing = true;
	wake_room(r);
	(void)pthread_mutex_unlock(&r->lock);
	(void)pthread_join(r->thread, NULL);
	r->started = false;
}

void
waiting_room_free(struct waiting_room *r)
{
	if (r == NULL)
		return;
	waiting_room_close(r);
	waiting_look_close(r->look);
	waits_done(&r->waits);
	doorbell_close(&r->bell);
	far_doorbells_close(&r->far);
	if (r->wake >= 0)
		(void)close(r->wake);
	if (r->epoll >= 0)
		(void)close(r->epoll);
	(void)pthread_mutex_destroy(&r->lock);
	free(r);
}
