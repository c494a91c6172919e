/* SPDX-License-Identifier: MIT */
/*
 * A look at a send that sendd tells of is rare, and only for the case that
 * sendd cannot know all of it: it was started again, or a shard has changed
 * hands.
 */
#include "core/waits.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "lib/mem.h"

#define TOLD_MIN_MS WAITS_TOLD_MS /* between looks, if sendd is to tell */
#define TOLD_MAX_MS 4000
#define PAUSE_MIN_MS 5 /* ... and if it is not; each is half as long again, */
#define PAUSE_MAX_MS 500 /* so that an answer is late by half its time */
#define GRACE_MS 500 /* for the last look, after the time is over */

/* Entry i of the heap, in no order. */
static struct waiter *
waiter_at(const struct waits *l, size_t i)
{
	return l->due.nodes[i]->entry;
}

/* --- the end of a wait ------------------------------------------------ */

void
waits_say(struct waits *l)
{
	if (l->leaving.len > 0 && l->line.fd >= 0)
		(void)doorbell_say(l->line.fd, &l->leaving);
	l->leaving.len = 0;
}

static void
leave(struct waits *l, const struct waiter *w)
{
	struct doorbell_message b = {.verb = DOORBELL_LEAVE, .send = w->send};
	struct doorbell_packet p = {.len = 0};

	if (w->far != NULL) {
		(void)doorbell_put(&p, &b);
		if (far_doorbell_is_open(w->far))
			(void)far_doorbell_say(l->far, w->far, &p, 0);
		return;
	}
	if (!doorbell_put(&l->leaving, &b)) {
		waits_say(l);
		(void)doorbell_put(&l->leaving, &b);
	}
}

static void
set_unread(struct waits *l, struct waiter *w, bool unread)
{
	l->n_unread += (size_t)unread - (size_t)w->unread;
	w->unread = unread;
}

static void
end_wait(struct waits *l, struct waiter *w, enum waiting_end how)
{
	heap_remove(&l->due, &w->next);
	hash_remove(&l->by_send, w->send, w);
	l->n_watching -= w->campaign != 0;
	set_unread(l, w, false);
	if (w->told)
		leave(l, w);
	if (w->watched)
		(void)epoll_ctl(l->epoll, EPOLL_CTL_DEL, w->fd, NULL);
	w->how = how;
	w->link = l->ended;
	l->ended = w;
}

void
waits_gone(struct waits *l, struct waiter *w)
{
	end_wait(l, w, WAITING_GONE);
}

struct waiter *
waits_ended(struct waits *l)
{
	struct waiter *ended = l->ended;

	l->ended = NULL;
	return ended;
}

/* --- hearing sendd ---------------------------------------------------- */

/* sendd will not tell the end of it: look into the database then. */
static void
hear_no_more(struct waits *l, struct waiter *w, int64_t look_ms)
{
	w->told = false;
	w->pause_ms = PAUSE_MIN_MS;
	if (!w->last)
		heap_move(&l->due, &w->next, look_ms);
}

/* A connection has ended, and with it all that sendd was to tell there. */
static void
lose_told(struct waits *l, const struct far_doorbell *far, int64_t now_ms)
{
	struct waiter *told = NULL;

	for (size_t i = 0; i < l->due.n; i++) {
		struct waiter *w = waiter_at(l, i);

		if (w->told && w->far == far) {
			w->link = told;
			told = w;
		}
	}
	for (; told != NULL; told = told->link)
		hear_no_more(l, told, now_ms + PAUSE_MIN_MS);
}

static void
lose_line(struct waits *l, int64_t now_ms)
{
	doorbell_close(&l->line);
	lose_told(l, NULL, now_ms);
}

/* Do the numbers fit the account as it began? */
static bool
add_ended(struct waiter *w, const struct doorbell_message *b)
{
	for (int p = 0; p < PLATFORM__COUNT; p++) {
		struct send_counts n = w->begun[p];

		n.sent += b->by[p].sent;
		n.failed += b->by[p].failed;
		n.expired += b->by[p].expired;
		if (n.sent + n.failed + n.expired > n.total)
			return false;
		w->by[p] = n;
	}
	return true;
}

static void
hear_message(struct waits *l, const struct doorbell_message *b, int64_t now_ms)
{
	struct waiter *w = hash_find(&l->by_send, b->send, NULL, NULL);

	if (b->verb < DOORBELL_DONE || w == NULL)
		return;
	w->told = false;
	if (b->verb == DOORBELL_ELSE) {
		hear_no_more(l, w, now_ms + PAUSE_MIN_MS);
		if (l->far != NULL)
			l->far->stale = true;
	} else if (b->counted && add_ended(w, b))
		end_wait(l, w, WAITING_ANSWERED);
	else
		hear_no_more(l, w, now_ms);
}

static void
hear_packet(struct waits *l, const struct doorbell_packet *p, int64_t now_ms)
{
	struct doorbell_message b;

	for (unsigned at = 0; doorbell_next(p, &at, &b);)
		hear_message(l, &b, now_ms);
}

static void
hear_far(struct waits *l, struct far_doorbell *far, int64_t now_ms)
{
	struct doorbell_packet p;
	int n;

	while ((n = far_doorbell_hear(l->far, far, &p, now_ms)) > 0)
		hear_packet(l, &p, now_ms);
	if (n < 0)
		lose_told(l, far, now_ms);
}

void
waits_hear(struct waits *l, int64_t now_ms)
{
	struct doorbell_packet p;
	int n = 0;

	while (l->line.fd >= 0 && (n = doorbell_hear(l->line.fd, &p)) > 0)
		hear_packet(l, &p, now_ms);
	if (n < 0)
		lose_line(l, now_ms);
	for (size_t i = 0; l->far != NULL && i < nitems(l->far->all); i++)
		hear_far(l, &l->far->all[i], now_ms);
}

/* --- asking sendd ----------------------------------------------------- */

static bool
put_question(struct doorbell_packet *p, const struct waiter *w)
{
	return doorbell_put(p, &(struct doorbell_message){
	    .verb = DOORBELL_WAIT, .shard = w->shard, .send = w->send,
	    .rows = w->rows});
}

static struct far_doorbell *
far_of(const struct waits *l, unsigned shard)
{
	return l->far != NULL ? l->far->of[shard % OUTBOX_SHARDS] : NULL;
}

/* While the other end has not shown who it is, nobody relies on its word. */
static void
ask_far(struct waits *l, struct waiter *w, int64_t now_ms)
{
	struct doorbell_packet p = {.len = 0};

	(void)put_question(&p, w);
	w->unasked = false;
	w->told = far_doorbell_say(l->far, w->far, &p, now_ms) &&
	    far_doorbell_is_open(w->far);
}

static void
ask_about(struct waits *l, struct waiter *w, int64_t now_ms)
{
	struct doorbell_packet p;

	if ((w->far = far_of(l, w->shard)) != NULL) {
		ask_far(l, w, now_ms);
		return;
	}
	if (l->line.fd < 0)
		return;
	p.len = 0;
	(void)put_question(&p, w);
	w->told = doorbell_say(l->line.fd, &p);
	w->unasked = !w->told;
	if (!w->told && errno != EAGAIN)
		lose_line(l, now_ms);
}

/* Is our machine's sendd the one to tell of it? */
static bool
is_near(const struct waiter *w)
{
	return w->one_shard && w->far == NULL;
}

/* Ask about all on a new connection, many in a packet. Their looks go on: a
 * sendd that has just begun does not know what was answered before. */
static void
ask_all(struct waits *l)
{
	struct doorbell_packet p;

	for (size_t i = 0; i < l->due.n; i++)
		waiter_at(l, i)->unasked = is_near(waiter_at(l, i));
	for (size_t from = 0, i = 0; from < l->due.n; from = i) {
		for (p.len = 0; i < l->due.n; i++)
			if (is_near(waiter_at(l, i)) &&
			    !put_question(&p, waiter_at(l, i)))
				break;
		if (p.len > 0 && !doorbell_say(l->line.fd, &p))
			return;
		for (; from < i; from++) {
			struct waiter *w = waiter_at(l, from);

			w->told |= is_near(w);
			w->unasked = false;
		}
	}
}

static void
connect_line(struct waits *l)
{
	struct epoll_event ev = {.events = EPOLLIN, .data.ptr = l};

	if (l->line.fd >= 0 || !doorbell_dial(&l->line))
		return;
	(void)epoll_ctl(l->epoll, EPOLL_CTL_ADD, l->line.fd, &ev);
	ask_all(l);
}

void
waits_add(struct waits *l, struct waiter *w, int64_t now_ms)
{
	int64_t look_ms;

	heap_add(&l->due, &w->next, now_ms, w);
	hash_add(&l->by_send, w->send, w);
	if (w->one_shard)
		ask_about(l, w, now_ms);
	connect_line(l); /* there was none, or it has just proved dead */
	w->pause_ms = w->told ? TOLD_MIN_MS : PAUSE_MIN_MS;
	look_ms = now_ms + w->pause_ms;
	heap_move(&l->due, &w->next,
	    look_ms < w->until_ms ? look_ms : w->until_ms);
}

void
waits_watch(struct waits *l, struct waiter *w, int64_t now_ms)
{
	int64_t look_ms = now_ms + PAUSE_MAX_MS;

	w->send = ++l->n_watched; /* ids of sends are far above */
	l->n_watching++;
	w->pause_ms = PAUSE_MAX_MS;
	heap_add(&l->due, &w->next,
	    look_ms < w->until_ms ? look_ms : w->until_ms, w);
	hash_add(&l->by_send, w->send, w);
}

/* --- other machines --------------------------------------------------- */

bool
waits_want_doorbells(const struct waits *l, int64_t now_ms)
{
	return l->far != NULL && far_doorbells_are_due(l->far, now_ms);
}

/* To ask may move waiters in the heap. */
void
waits_doorbells(struct waits *l, const struct shard_doorbells *now,
    int64_t now_ms)
{
	struct waiter *list = NULL;

	far_doorbells_know(l->far, now, now_ms);
	for (size_t i = 0; now != NULL && i < l->due.n; i++) {
		struct waiter *w = waiter_at(l, i);

		if (w->one_shard && !w->told) {
			w->link = list;
			list = w;
		}
	}
	for (; list != NULL; list = list->link)
		ask_about(l, list, now_ms);
}

/* --- looking ---------------------------------------------------------- */

/* Not before the first look: most waits are over until then. */
static void
watch_caller(struct waits *l, struct waiter *w)
{
	struct epoll_event ev = {.events = EPOLLRDHUP | EPOLLONESHOT,
	    .data.ptr = w};

	if (!w->watched && w->fd >= 0)
		w->watched =
		    epoll_ctl(l->epoll, EPOLL_CTL_ADD, w->fd, &ev) == 0;
}

static void
slow_down(struct waiter *w)
{
	int64_t min = w->told ? TOLD_MIN_MS : PAUSE_MIN_MS;
	int64_t max = w->told ? TOLD_MAX_MS : PAUSE_MAX_MS;
	int64_t pause = w->told ? 2 * w->pause_ms
				: w->pause_ms + w->pause_ms / 2;

	w->pause_ms = pause < min ? min : pause > max ? max : pause;
}

static void
look_at(struct waits *l, struct waiter *w, int64_t now_ms)
{
	int64_t next;

	if (w->last) {
		end_wait(l, w, WAITING_PENDING);
		return;
	}
	if (w->unasked)
		ask_about(l, w, now_ms);
	watch_caller(l, w);
	set_unread(l, w, true);
	slow_down(w);
	w->last = now_ms >= w->until_ms;
	next = now_ms + (w->last ? GRACE_MS : w->pause_ms);
	heap_move(&l->due, &w->next,
	    w->last || next < w->until_ms ? next : w->until_ms);
}

void
waits_due(struct waits *l, int64_t now_ms)
{
	if (waits_next_ms(l) <= now_ms)
		connect_line(l);
	while (waits_next_ms(l) <= now_ms)
		look_at(l, l->due.nodes[0]->entry, now_ms);
}

void
waits_hurry(struct waits *l, int64_t now_ms)
{
	struct waiter *early = NULL;

	for (size_t i = 0; i < l->due.n; i++) {
		struct waiter *w = waiter_at(l, i);

		if (w->until_ms > now_ms) {
			w->link = early;
			early = w;
		}
	}
	for (; early != NULL; early = early->link) {
		early->until_ms = now_ms;
		heap_move(&l->due, &early->next, now_ms);
	}
}

int64_t
waits_next_ms(const struct waits *l)
{
	int64_t next = INT64_MAX;

	(void)heap_first(&l->due, &next);
	return next;
}

struct send_account *
waits_unread(struct waits *l, size_t *n)
{
	struct send_account *list = xcalloc(l->n_unread, sizeof *list);

	*n = 0;
	for (size_t i = 0; l->n_unread > 0; i++)
		if (waiter_at(l, i)->unread) {
			const struct waiter *w = waiter_at(l, i);

			list[(*n)++] = (struct send_account){.send = w->send,
			    .campaign = w->campaign};
			set_unread(l, waiter_at(l, i), false);
		}
	return list;
}

/* a is NULL when it could not be read. */
static void
take_account(struct waits *l, struct waiter *w, const struct send_account *a)
{
	bool found = a != NULL && a->found, purged = a != NULL && !a->found;
	bool over = found && (w->campaign != 0 ? a->version != w->version
					       : a->answered);

	if (found)
		memcpy(w->by, a->by, sizeof w->by);
	if (over)
		end_wait(l, w, WAITING_ANSWERED);
	else if (purged || (w->last && !w->unread))
		end_wait(l, w, WAITING_PENDING);
}

void
waits_read(struct waits *l, const struct send_account *list, size_t n,
    bool failed)
{
	for (size_t i = 0; i < n; i++) {
		struct waiter *w = hash_find(&l->by_send, list[i].send, NULL,
		    NULL);

		if (w != NULL)
			take_account(l, w, failed ? NULL : &list[i]);
	}
}

void
waits_done(struct waits *l)
{
	doorbell_close(&l->line);
	hash_done(&l->by_send);
	heap_done(&l->due);
}
