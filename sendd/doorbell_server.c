/* SPDX-License-Identifier: MIT */
#include "sendd/doorbell_server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "sendd/doorbell_line.h"
#include "sendd/questions.h"

#define CALLERS_AT_ONCE 512 /* far below a process's descriptors */
#define FAR_AT_ONCE 256	    /* of those, from other machines */
#define STRANGERS_AT_ONCE 32 /* of those, that have not proved who they are */
#define WAITS_AT_ONCE 16384 /* of all callers: two megabytes */
#define WORDS_A_TURN 64	/* of one client, then the others have their turn */
#define KNOCKS_A_TURN 64 /* then the rest of sendd: strangers knock for ever */

struct wait {
	struct wait *next; /* in the same bucket; then, to be told */
	struct caller *caller;
	uint64_t send;
	unsigned shard;
	uint32_t rows;
	enum doorbell_verb verb; /* what is told */
	struct answers had;
};

/* A client of the doorbell: a process, which may have many waits. */
struct caller {
	struct caller *next;	/* of all */
	struct caller *to_tell; /* the next that is to be told something */
	struct doorbell_server *server;
	struct wait *told; /* what it is told next, the latest first */
	bool is_full;	   /* what was told is not read: more waits */
	bool is_unheard;   /* it has said more than a turn takes */
	unsigned n_waits;  /* in buckets */
	struct doorbell_line line;
};

struct doorbell_server {
	struct poller *poller;
	const struct shards *shards;
	struct scan *scan;
	struct doorbell_door door; /* its fd is -1: nobody can ring */
	int far_fd; /* the same for other machines */
	char *far;  /* where that is; NULL: nowhere */
	struct secure_key *key;
	unsigned n_callers, n_waits;
	struct caller *callers, *to_tell;
	struct wait *waits[4096]; /* by send */
	struct recent_sends recent; /* a send may be here before its wait */
	struct questions asked; /* since the latest read began */
	bool rang_all;
	struct carrier carrier;
};

static poller_fn on_caller;

/* --- telling ---------------------------------------------------------- */

static struct wait **
waits_of(struct doorbell_server *d, uint64_t send)
{
	return &d->waits[send % nitems(d->waits)];
}

static void
free_wait(struct doorbell_server *d, struct wait *w)
{
	free(w);
	d->n_waits--;
}

/* Put as many into the packet as it takes; returns the first of the rest. */
static struct wait *
pack_told(const struct caller *c, struct doorbell_packet *p)
{
	struct wait *w = c->told;

	for (p->len = 0; w != NULL; w = w->next) {
		struct doorbell_message b = {.verb = w->verb, .send = w->send,
		    .counted = w->verb == DOORBELL_DONE && !w->had.vague};

		memcpy(b.by, w->had.by, sizeof b.by);
		if (!doorbell_put(p, &b))
			break;
	}
	return w;
}

static void
drop_told(struct caller *c, const struct wait *until)
{
	struct wait *w;

	while ((w = c->told) != until) {
		c->told = w->next;
		free_wait(c->server, w);
	}
}

static void
watch_caller(struct caller *c)
{
	poller_watch(c->server->poller, c->line.fd,
	    doorbell_line_events(&c->line, c->is_full || c->is_unheard),
	    on_caller, c);
}

/* A caller that does not listen now is told when it does. */
static void
tell_caller(struct caller *c)
{
	struct doorbell_packet p;

	c->is_full = false;
	while (c->told != NULL && !c->is_full) {
		const struct wait *rest = pack_told(c, &p);
		bool said = doorbell_line_say(&c->line, &p);

		c->is_full = !said && errno == EAGAIN;
		if (!c->is_full)
			drop_told(c, said ? rest : NULL);
	}
	watch_caller(c);
}

void
doorbell_server_tell(struct doorbell_server *d)
{
	struct caller *c;

	while ((c = d->to_tell) != NULL) {
		d->to_tell = c->to_tell;
		tell_caller(c);
	}
}

/* The wait is in no bucket; it is freed when its caller is told. */
static void
tell_later(struct wait *w, enum doorbell_verb verb)
{
	struct caller *c = w->caller;

	if (c->told == NULL) {
		c->to_tell = c->server->to_tell;
		c->server->to_tell = c;
	}
	w->verb = verb;
	w->next = c->told;
	c->told = w;
}

/* --- waits ------------------------------------------------------------ */

/* Take the wait out of its bucket. */
static struct wait *
take_wait(struct wait **at)
{
	struct wait *w = *at;

	*at = w->next;
	w->caller->n_waits--;
	return w;
}

static void
leave_wait(struct doorbell_server *d, const struct caller *c, uint64_t send)
{
	for (struct wait **at = waits_of(d, send); *at != NULL;
	     at = &(*at)->next)
		if ((*at)->send == send && (*at)->caller == c) {
			free_wait(d, take_wait(at));
			return;
		}
}

static void
leave_all(struct doorbell_server *d, const struct caller *c)
{
	for (size_t i = 0; c->n_waits > 0 && i < nitems(d->waits); i++)
		for (struct wait **at = &d->waits[i]; *at != NULL;)
			if ((*at)->caller == c)
				free_wait(d, take_wait(at));
			else
				at = &(*at)->next;
}

/* Answers that came before the client asked count as well. A client that asks
 * again has heard nothing of its first wait. */
static void
wait_for(struct doorbell_server *d, const struct doorbell_message *b,
    struct caller *c)
{
	const struct answers *had = recent_sends_answers(&d->recent, b->send);
	struct wait *w, **list = waits_of(d, b->send);
	bool many, over;

	leave_wait(d, c, b->send);
	if ((many = d->n_waits >= WAITS_AT_ONCE) && c->is_full)
		return;
	w = xcalloc(1, sizeof *w);
	*w = (struct wait){.caller = c, .send = b->send, .shard = b->shard,
	    .rows = b->rows,
	    .had = had != NULL ? *had : (struct answers){0}};
	d->n_waits++;
	over = w->had.n >= w->rows;
	if (!d->shards->all[b->shard].mine || (many && !over))
		tell_later(w, DOORBELL_ELSE);
	else if (over)
		tell_later(w, DOORBELL_DONE);
	else {
		w->next = *list;
		*list = w;
		c->n_waits++;
	}
}

void
doorbell_server_read(struct doorbell_server *d, uint64_t send)
{
	recent_sends_read(&d->recent, send);
}

bool
doorbell_server_is_awaited(const struct doorbell_server *d)
{
	return d->n_waits > 0;
}

void
doorbell_server_settled(struct doorbell_server *d, const struct outcome *o)
{
	uint64_t send = o->row.send;

	recent_sends_answered(&d->recent, o);
	for (struct wait **at = waits_of(d, send); *at != NULL;) {
		struct wait *w = *at;

		if (w->send == send)
			answers_count(&w->had, o);
		if (w->send == send && w->had.n >= w->rows)
			tell_later(take_wait(at), DOORBELL_DONE);
		else
			at = &w->next;
	}
}

void
doorbell_server_lost(struct doorbell_server *d)
{
	memset(&d->recent, 0, sizeof d->recent);
	for (size_t i = 0; i < nitems(d->waits); i++)
		for (struct wait **at = &d->waits[i]; *at != NULL;)
			if (!d->shards->all[(*at)->shard].mine)
				tell_later(take_wait(at), DOORBELL_ELSE);
			else
				at = &(*at)->next;
	doorbell_server_tell(d);
}

/* --- callers ---------------------------------------------------------- */

static void
forget_caller(struct doorbell_server *d, struct caller *c)
{
	struct caller **at = &d->callers;

	leave_all(d, c);
	drop_told(c, NULL);
	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
	d->n_callers--;
	poller_unwatch(c->server->poller, c->line.fd);
	doorbell_line_close(&c->line);
	free(c);
}

void
doorbell_server_carry(struct doorbell_server *d, const struct carrier *k)
{
	d->carrier = *k;
}

void
doorbell_server_look(struct doorbell_server *d)
{
	questions_ring(&d->asked, &d->recent, d->scan);
}

bool
doorbell_server_is_rung(const struct doorbell_server *d)
{
	return scan_is_rung(d->scan) ||
	    questions_are_open(&d->asked, &d->recent);
}

bool
doorbell_server_rang_all(struct doorbell_server *d)
{
	bool rang = d->rang_all;

	d->rang_all = false;
	return rang;
}

static void
hear(struct doorbell_server *d, const struct doorbell_message *b,
    struct caller *c)
{
	if (b->verb == DOORBELL_ALL) {
		scan_look_in(d->scan, b->ms, clock_mono_ms());
		d->rang_all |= b->ms == 0;
	}
	if (b->verb == DOORBELL_LEAVE)
		leave_wait(d, c, b->send);
	if (b->shard >= OUTBOX_SHARDS)
		return;
	if (b->verb == DOORBELL_RING)
		scan_ring_later(d->scan, b->shard);
	if (b->verb == DOORBELL_SOON)
		scan_ring(d->scan, b->shard);
	if (b->verb != DOORBELL_WAIT)
		return;
	questions_add(&d->asked, b, d->scan);
	wait_for(d, b, c);
}

/* What is not taken is rung for by the first line of the packet. */
static bool
takes_row(const struct caller *c, const struct doorbell_packet *p)
{
	const struct carrier *k = &c->server->carrier;
	struct carried_row row;

	return k->take != NULL && c->line.far == NULL &&
	    carried_row_read(p, k->key, &row) && k->take(&row, k->arg);
}

/* Returns the number of messages, at least 1: nonsense takes time, too. */
static int
hear_packet(struct caller *c, const struct doorbell_packet *p)
{
	struct doorbell_message b;
	unsigned at = 0;
	int n = 0;

	for (bool taken = takes_row(c, p);
	     !taken && doorbell_next(p, &at, &b); n++)
		hear(c->server, &b, c);
	return n > 0 ? n : 1;
}

static void
on_caller(int fd, uint32_t events, void *arg)
{
	struct caller *c = arg;
	struct doorbell_server *d = c->server;
	struct doorbell_packet p;
	int heard = (events & (EPOLLHUP | EPOLLERR)) != 0 ? -1 : 0;

	(void)fd;
	if ((events & EPOLLIN) != 0 || c->line.far != NULL)
		heard = 1;
	for (int words = 0; heard > 0 && words < WORDS_A_TURN;)
		if ((heard = doorbell_line_hear(&c->line, &p)) > 0)
			words += hear_packet(c, &p);
	/* what TLS has read is no event of the socket any more */
	c->is_unheard = heard > 0 && c->line.far != NULL;
	doorbell_server_tell(d);
	if ((events & EPOLLOUT) != 0)
		tell_caller(c);
	if (heard < 0)
		forget_caller(d, c);
	else
		watch_caller(c);
}

static void
add_caller(struct doorbell_server *d, const struct doorbell_line *line)
{
	struct caller *c = xcalloc(1, sizeof *c);

	*c = (struct caller){.server = d, .line = *line, .next = d->callers};
	d->callers = c;
	d->n_callers++;
	watch_caller(c);
}

/* Of those who have not proved who they are, the oldest goes: nobody keeps
 * clients out by being there. */
static bool
has_far_room(struct doorbell_server *d)
{
	struct caller *oldest = NULL;
	unsigned far = 0, strangers = 0;

	for (struct caller *c = d->callers; c != NULL; c = c->next) {
		far += c->line.far != NULL;
		if (doorbell_line_is_stranger(&c->line)) {
			strangers++;
			oldest = c;
		}
	}
	if (strangers >= STRANGERS_AT_ONCE) {
		forget_caller(d, oldest);
		far--;
	}
	return far < FAR_AT_ONCE;
}

static void
on_knock(int fd, uint32_t events, void *arg)
{
	struct doorbell_server *d = arg;
	bool far = fd == d->far_fd;
	struct doorbell_line line;

	(void)events;
	for (int n = 0; n < KNOCKS_A_TURN &&
	    doorbell_line_accept(fd, far ? d->key : NULL, &line); n++)
		if ((!far || has_far_room(d)) && d->n_callers < CALLERS_AT_ONCE)
			add_caller(d, &line);
		else
			doorbell_line_close(&line);
}

struct doorbell_server *
doorbell_server_deaf(struct poller *p, const struct shards *shards,
    struct scan *scan)
{
	struct doorbell_server *d = xcalloc(1, sizeof *d);

	*d = (struct doorbell_server){.poller = p, .shards = shards,
	    .scan = scan, .door = {.fd = -1}, .far_fd = -1};
	return d;
}

const struct err *
doorbell_server_open(const char *path, doorbell_listener *listener,
    struct poller *p, const struct shards *shards, struct scan *scan,
    struct doorbell_server **out)
{
	struct doorbell_server *d = doorbell_server_deaf(p, shards, scan);
	const struct err *e;

	if ((e = doorbell_door_open(path, listener, &d->door)) != NULL) {
		free(d);
		return e;
	}
	poller_watch(p, d->door.fd, EPOLLIN, on_knock, d);
	*out = d;
	return NULL;
}

const struct err *
doorbell_server_listen(struct doorbell_server *d, const char *address,
    const char *key_file)
{
	const struct err *e;

	if ((e = secure_key_read(key_file, &d->key)) != NULL ||
	    (e = doorbell_line_listen(address, &d->far_fd)) != NULL)
		return e;
	d->far = xstrdup(address);
	poller_watch(d->poller, d->far_fd, EPOLLIN, on_knock, d);
	return NULL;
}

const char *
doorbell_server_far(const struct doorbell_server *d)
{
	return d->far;
}

void
doorbell_server_close(struct doorbell_server *d)
{
	if (d == NULL)
		return;
	if (d->door.fd >= 0) {
		poller_unwatch(d->poller, d->door.fd);
		doorbell_door_close(&d->door);
	}
	if (d->far_fd >= 0) {
		poller_unwatch(d->poller, d->far_fd);
		(void)close(d->far_fd);
	}
	while (d->callers != NULL)
		forget_caller(d, d->callers);
	secure_key_free(d->key);
	free(d->far);
	free(d);
}
