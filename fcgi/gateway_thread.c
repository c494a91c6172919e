/* SPDX-License-Identifier: MIT */
/* What a thread does: it takes a connection or a call that is ready, and serves
 * as far as there are workers. */
#include "fcgi/gateway_part.h"

#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"

#define REST_MS 200	    /* pause when there are no descriptors left */
#define HUGE_CALL (1 << 20) /* bytes; after such a call memory is given back */
#define HELD_BYTES ((size_t)16 << 10) /* of a call, besides its body, ... */
#define PARSED_TIMES 8 /* ... which is so much larger when it is parsed */
#define READ_EARLY 64 /* calls in the queue, to which one is added parsed */
#define AT_ONCE_BYTES 8192 /* of an answer fit any socket's buffer */
#define WAITING_BYTES ((size_t)128 << 20) /* of all calls that wait */

/* --- work that is ready ----------------------------------------------- */

static struct work *
pop_ready(struct crew *p)
{
	uint64_t token;
	struct work *w;

	/* each thread looks before each call, and mostly in vain */
	if (atomic_load(&p->n_ready) == 0 ||
	    read(p->ready_fd, &token, sizeof token) < 0)
		return NULL;
	(void)pthread_mutex_lock(&p->lock);
	(void)atomic_fetch_sub(&p->n_ready, 1);
	w = p->ready;
	if ((p->ready = w->next) == NULL)
		p->ready_end = &p->ready;
	(void)pthread_mutex_unlock(&p->lock);
	return w;
}

/* --- the end of a call ------------------------------------------------ */

/* Its memory serves the thread's next call. After a huge call small blocks are
 * given back to the system, too. */
static void
let_go(struct thread *t, struct in_hand *h)
{
	const struct reply *r = h->call->reply;
	bool huge = h->request.body_len >= HUGE_CALL ||
	    r->body_len >= HUGE_CALL ||
	    (r->built != NULL && r->built->size >= HUGE_CALL);
	struct arena *mem = h->mem;

	arena_reset(mem);
	if (t->mem == NULL)
		t->mem = mem;
	else
		crew_keep_arena(t->p, mem);
	if (huge)
		(void)malloc_trim(0);
	(void)atomic_fetch_sub(&t->p->calls, 1);
}

static void
end_held(struct thread *t, struct in_hand *h)
{
	if (h->is_gone)
		(void)close(h->peer.fd);
	else
		peer_answer(&h->peer, h->call->reply);
	let_go(t, h);
}

static void
turn_away(struct thread *t, struct in_hand *h, const char *why)
{
	if (h->call->wait == NULL)
		(void)atomic_fetch_add(&t->p->load.refused, 1);
	serve_turn_away(h->call, &t->self, why);
	end_held(t, h);
}

/* --- waiting ---------------------------------------------------------- */

static size_t
waiting_bytes(const struct in_hand *h)
{
	return HELD_BYTES + PARSED_TIMES * h->request.body_len;
}

static enum serve_state
resume_call(struct thread *t, struct in_hand *h)
{
	struct send_counters account = {.id = h->waiter.send};

	(void)atomic_fetch_sub(&t->p->waiting_bytes, waiting_bytes(h));
	(void)atomic_fetch_sub(&t->p->load.waiting, 1);
	memcpy(account.by, h->waiter.by, sizeof account.by);
	return serve_resume(h->call, &t->self, &account);
}

/* Can the room's thread answer the call, which wakes no other one? Only the
 * last of those that end together, while others answer the rest; and only what
 * needs no database, and has little to say and little memory to give back. */
static bool
is_for_room(const struct in_hand *h, enum waiting_end how)
{
	const struct call_wait *wait = h->call->wait;
	struct send_counters account = {.id = h->waiter.send};

	if (how != WAITING_ANSWERED || h->waiter.link != NULL ||
	    wait->queue == NULL || h->peer.unread ||
	    h->request.body_len > AT_ONCE_BYTES)
		return false;
	memcpy(account.by, h->waiter.by, sizeof account.by);
	return !wait->needs_db(h->call, &account);
}

/* In the room's thread, which must not wait: what fills the socket's buffer
 * is sent by another thread. */
static void
answer_in_room(struct thread *t, struct in_hand *h)
{
	(void)resume_call(t, h);
	if (h->call->reply->body_len <= AT_ONCE_BYTES) {
		end_held(t, h);
		return;
	}
	h->what = ANSWER;
	crew_ready(t->p, &h->work);
}

/* In the room's thread. */
static void
end_wait(struct waiter *w, enum waiting_end how)
{
	struct in_hand *h = (struct in_hand *)(void *)((char *)w -
	    offsetof(struct in_hand, waiter));

	h->is_gone = how == WAITING_GONE;
	h->what = RESUME;
	if (is_for_room(h, how))
		answer_in_room(h->crew->of_room, h);
	else
		crew_ready(h->crew, &h->work);
}

static bool
enter_room(struct crew *p, struct in_hand *h)
{
	const struct call_wait *wait = h->call->wait;

	return wait->queue != NULL
	    ? waiting_room_enter(p->room, &h->waiter, wait->queue)
	    : waiting_room_watch(p->room, &h->waiter);
}

/* From here on the call is the room's, which may end the wait at once. One that
 * is too large to be kept is answered as it stands. */
static void
wait_in_room(struct crew *p, struct in_hand *h)
{
	const struct call_wait *wait = h->call->wait;
	int64_t for_ms = wait->queue != NULL
		? p->g->settings->api.sync_timeout_ms
		: wait->for_ms;
	size_t bytes = waiting_bytes(h);
	bool fits = atomic_fetch_add(&p->waiting_bytes, bytes) + bytes <=
	    WAITING_BYTES;

	(void)atomic_fetch_add(&p->load.waiting, 1);
	h->crew = p;
	h->waiter = (struct waiter){.until_ms = clock_mono_ms() +
	    (fits ? for_ms : 0),
	    .fd = h->peer.fd, .over = end_wait, .campaign = wait->campaign,
	    .version = wait->version};
	if (!enter_room(p, h))
		end_wait(&h->waiter, WAITING_PENDING);
}

static void
end_or_wait(struct thread *t, struct in_hand *h, enum serve_state state)
{
	if (state == SERVE_WAITS)
		wait_in_room(t->p, h);
	else
		end_held(t, h);
}

/* --- workers ---------------------------------------------------------- */

/* A worker for the call, or a place in the queue, or neither. *queued and the
 * worker are found under one lock, so that no call waits beside a worker that
 * it might have. */
static struct worker *
find_worker(struct crew *p, struct in_hand *h, bool *queued)
{
	struct worker *w = NULL;
	bool first = false;

	(void)pthread_mutex_lock(&p->lock);
	*queued = false;
	if (p->n_idle > 0 && call_queue_enter(p->queue, h->queued.kind)) {
		w = p->idle[--p->n_idle];
	} else {
		first = call_queue_length(p->queue) == 0;
		if ((*queued = call_queue_put(p->queue, &h->queued)))
			(void)atomic_fetch_add(&p->load.queued, 1);
	}
	(void)pthread_mutex_unlock(&p->lock);
	if (first && *queued)
		crew_raise(p->wake_fd);
	return w;
}

/* The worker has served a call of this kind: the next one for it; NULL: it is
 * idle now. */
static struct in_hand *
next_for(struct crew *p, struct worker *w, size_t kind)
{
	struct queued_call *c;

	(void)pthread_mutex_lock(&p->lock);
	call_queue_leave(p->queue, kind);
	if ((c = call_queue_take(p->queue)) == NULL)
		p->idle[p->n_idle++] = w;
	else
		(void)atomic_fetch_sub(&p->load.queued, 1);
	(void)pthread_mutex_unlock(&p->lock);
	return (struct in_hand *)(void *)c;
}

/* A call whose caller has gone while it was queued is not begun; one that has
 * waited already has sent, and is logged and counted as any other. */
static enum serve_state
serve_if_wanted(struct worker *w, struct in_hand *h)
{
	if (!(h->is_gone = peer_is_gone(&h->peer)))
		return serve_work(h->call, w);
	log_info("gone id=%s why=\"its caller left while it was queued\"",
	    h->call->id);
	if (h->call->wait != NULL)
		serve_turn_away(h->call, w, "its caller left");
	return SERVE_ANSWERED;
}

/* Serve the call, and then those in the queue. The worker is free for the next
 * one before the answer is on its way. */
static void
serve_in_hand(struct thread *t, struct worker *w, struct in_hand *h)
{
	enum serve_state state = serve_work(h->call, w);
	struct in_hand *next;

	while ((next = next_for(t->p, w, h->queued.kind)) != NULL) {
		end_or_wait(t, h, state);
		h = next;
		state = serve_if_wanted(w, h);
	}
	end_or_wait(t, h, state);
}

/* A call that needs the database: now, or from the queue. */
static void
give_to_worker(struct thread *t, struct in_hand *h)
{
	struct crew *p = t->p;
	struct worker *w;
	bool queued;

	h->what = TURN_AWAY;
	h->queued.until_ms = clock_mono_ms() +
	    p->g->settings->api.queue_timeout_ms;
	if ((w = find_worker(p, h, &queued)) != NULL)
		serve_in_hand(t, w, h);
	else if (!queued)
		turn_away(t, h, "the queue of calls is full");
}

static void
resume(struct thread *t, struct in_hand *h)
{
	enum serve_state state;

	if (h->is_gone)
		log_info("gone id=%s why=\"its caller left while it waited\"",
		    h->call->id);
	state = resume_call(t, h);
	if (state == SERVE_ANSWERED)
		end_held(t, h);
	else if (h->is_gone)
		turn_away(t, h, "its caller left");
	else
		give_to_worker(t, h);
}

/* --- connections ------------------------------------------------------ */

static struct in_hand *
receive_call(struct thread *t, int fd)
{
	const struct gateway *g = t->p->g;
	struct in_hand *h;

	if (t->mem == NULL)
		t->mem = crew_arena(t->p);
	h = arena_zero(t->mem, sizeof *h);
	if (!peer_receive(fd, g, t->mem, &h->peer, &h->request)) {
		arena_reset(t->mem);
		return NULL;
	}
	h->work.fd = -1;
	h->mem = t->mem;
	h->call = serve_new(g->responder, h->mem, &h->request);
	h->call->may_wait = t->p->room != NULL;
	return h;
}

/* Is there a worker for it, or a place near the front of the queue? Then the
 * call is looked at before its turn. What that makes of its body is counted
 * when it is to wait; a call that another one deprives of its worker is among
 * as few as there are workers. */
static bool
is_read_early(struct crew *p, struct in_hand *h, size_t *bytes)
{
	const size_t held = HELD_BYTES + h->request.body_len;
	bool served, early;

	h->queued.kind = route_kind(p->g->responder->routes, h->call->route);
	h->queued.bytes = waiting_bytes(h);
	(void)pthread_mutex_lock(&p->lock);
	served = p->n_idle > 0 &&
	    call_queue_may_enter(p->queue, h->queued.kind);
	early = served || (call_queue_length(p->queue) < READ_EARLY &&
	    call_queue_has_room(p->queue, &h->queued));
	(void)pthread_mutex_unlock(&p->lock);
	*bytes = served || !early ? held : h->queued.bytes;
	h->queued.bytes = held;
	return early;
}

/* While more calls come than can be served, the body of one is parsed when a
 * worker has come to it: the body of one that will be turned away would take
 * the time of others, and a parsed body is many times as large. Who says
 * nothing of himself where he must never takes a place. */
static enum serve_state
look_early(struct crew *p, struct in_hand *h)
{
	enum serve_state state;
	size_t bytes;

	if (!is_read_early(p, h, &bytes))
		return serve_stranger(h->call);
	state = serve_early(h->call);
	if (h->call->checked)
		h->queued.bytes = bytes;
	return state;
}

static void
take_call(struct thread *t, struct in_hand *h)
{
	enum serve_state state;

	/* the thread's memory goes with the call */
	t->mem = NULL;
	state = serve_begin(h->call, &t->self);
	if (state == SERVE_QUEUED)
		state = look_early(t->p, h);
	if (state == SERVE_ANSWERED)
		end_held(t, h);
	else
		give_to_worker(t, h);
}

static void
take_connection(struct thread *t, int fd)
{
	struct in_hand *h = receive_call(t, fd);

	if (h != NULL)
		take_call(t, h);
	else
		(void)atomic_fetch_sub(&t->p->calls, 1);
}

/* --- threads ---------------------------------------------------------- */

static void
listen_no_more(struct thread *t)
{
	t->listens = false;
	(void)epoll_ctl(t->epoll_fd, EPOLL_CTL_DEL, door_fd(t->p->door), NULL);
	(void)epoll_ctl(t->epoll_fd, EPOLL_CTL_DEL, t->p->stop_fd, NULL);
}

/* false: there was no connection. */
static bool
accept_one(struct thread *t)
{
	struct pollfd other[] = {{.fd = t->p->stop_fd, .events = POLLIN},
	    {.fd = t->p->ready_fd, .events = POLLIN}};
	int fd;

	(void)atomic_fetch_add(&t->p->calls, 1);
	switch (door_accept(t->p->door, &fd)) {
	case DOOR_CALL:
		take_connection(t, fd);
		return true;
	case DOOR_REST:
		(void)poll(other, nitems(other), REST_MS);
		break;
	case DOOR_BROKEN:
		listen_no_more(t);
		break;
	default:
		break;
	}
	(void)atomic_fetch_sub(&t->p->calls, 1);
	return false;
}

static void
take_ready(struct thread *t, struct work *w)
{
	int fd = w->fd;

	if (fd >= 0) {
		free(w);
		take_connection(t, fd);
	} else if (work_call(w)->what == RESUME) {
		resume(t, work_call(w));
	} else if (work_call(w)->what == ANSWER) {
		end_held(t, work_call(w));
	} else {
		turn_away(t, work_call(w), "no worker was free in time");
	}
}

/* Each thread waits in its own set, so that one event wakes one. */
static void
watch_fd(struct thread *t, int fd, uint32_t how)
{
	struct epoll_event event = {.events = EPOLLIN | how};

	if (epoll_ctl(t->epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0)
		fatalx("epoll: %s", errno_text(errno));
}

static bool
is_over(const struct crew *p)
{
	struct pollfd end = {.fd = p->end_fd, .events = POLLIN};

	return poll(&end, 1, 0) > 0;
}

static void
run_thread(struct thread *t)
{
	struct epoll_event event;
	struct work *w;

	for (;;) {
		while ((w = pop_ready(t->p)) != NULL)
			take_ready(t, w);
		if (t->listens && atomic_load(&t->p->stop))
			listen_no_more(t);
		if (t->listens && accept_one(t))
			continue;
		if (!t->listens && is_over(t->p))
			return;
		(void)epoll_wait(t->epoll_fd, &event, 1, -1);
	}
}

void *
thread_main(void *arg)
{
	struct thread *t = arg;

	if ((t->epoll_fd = epoll_create1(EPOLL_CLOEXEC)) < 0)
		fatalx("epoll: %s", errno_text(errno));
	watch_fd(t, door_fd(t->p->door), EPOLLEXCLUSIVE);
	watch_fd(t, t->p->ready_fd, EPOLLEXCLUSIVE);
	watch_fd(t, t->p->stop_fd, 0);
	watch_fd(t, t->p->end_fd, 0);
	t->listens = true;
	run_thread(t);
	arena_free(t->mem);
	(void)close(t->epoll_fd);
	return NULL;
}
