/* SPDX-License-Identifier: MIT */
#include "sendd/doorbell_server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/doorbell.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"

#define CALLERS_AT_ONCE 512 /* far below a process's descriptors */
#define WORDS_A_TURN 64 /* of one client, then the others have their turn */
#define RECENT 8192	/* sends whose answers came before their wait */

/* A client of the doorbell. It waits for one send at a time: a client that
 * asks for another send has given up on the first. */
struct caller {
	struct caller *next;	/* of all */
	struct caller *waiting; /* next one in the same bucket */
	struct doorbell_server *server;
	uint64_t send;
	uint32_t left; /* 0: it does not wait */
	int fd;
};

struct recent {
	uint64_t send;
	uint32_t answers;
};

struct doorbell_server {
	struct poller *poller;
	const struct shards *shards;
	struct scan *scan;
	int fd;
	char *path; /* of the socket; a copy, as settings may be reloaded */
	unsigned n_callers;
	struct caller *callers;
	struct caller *waiters[1024]; /* by send */
	struct recent recent[RECENT];
};

static struct caller **
waiters_of(struct doorbell_server *d, uint64_t send)
{
	return &d->waiters[send % nitems(d->waiters)];
}

static void
answer_caller(int fd, enum doorbell_verb verb, uint64_t about)
{
	struct doorbell_message b = {.verb = verb, .send = about};
	char text[DOORBELL_MAX];
	unsigned len = doorbell_write(&b, text);

	if (send(fd, text, len, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		log_debug("a caller went away");
}

static void
stop_waiting(struct doorbell_server *d, struct caller *c)
{
	struct caller **at = waiters_of(d, c->send);

	if (c->left == 0)
		return;
	while (*at != c)
		at = &(*at)->waiting;
	*at = c->waiting;
	c->left = 0;
}

static void
forget_caller(struct doorbell_server *d, struct caller *c)
{
	struct caller **at = &d->callers;

	stop_waiting(d, c);
	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
	d->n_callers--;
	poller_unwatch(c->server->poller, c->fd);
	(void)close(c->fd);
	free(c);
}

/* Answers that came before the client asked count as well. */
static void
wait_for(struct doorbell_server *d, const struct doorbell_message *b,
    struct caller *c)
{
	struct recent *r = &d->recent[b->send % RECENT];
	uint32_t had = r->send == b->send ? r->answers : 0;
	struct caller **list = waiters_of(d, b->send);

	stop_waiting(d, c);
	if (!d->shards->all[b->shard].mine) {
		answer_caller(c->fd, DOORBELL_ELSE, b->send);
		return;
	}
	if (had >= b->rows) {
		answer_caller(c->fd, DOORBELL_DONE, b->send);
		return;
	}
	c->send = b->send;
	c->left = b->rows - had;
	c->waiting = *list;
	*list = c;
}

static void
hear(struct doorbell_server *d, const struct doorbell_message *b,
    struct caller *c)
{
	if (b->verb == DOORBELL_ALL)
		scan_look_in(d->scan, b->ms, clock_mono_ms());
	if (b->verb == DOORBELL_ALL || b->shard >= OUTBOX_SHARDS)
		return;
	if (b->verb != DOORBELL_WAIT) {
		scan_look(d->scan, b->shard);
		return;
	}
	scan_ring(d->scan, b->shard);
	wait_for(d, b, c);
}

static void
on_caller(int fd, uint32_t events, void *arg)
{
	char text[DOORBELL_MAX + 1];
	struct caller *c = arg;
	struct doorbell_message b;
	ssize_t n = 0;

	for (int i = 0; (events & EPOLLIN) != 0 && i < WORDS_A_TURN; i++) {
		if ((n = recv(fd, text, sizeof text, MSG_DONTWAIT)) <= 0)
			break;
		if (doorbell_read(text, (unsigned)n, &b))
			hear(c->server, &b, c);
	}
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		forget_caller(c->server, c);
}

static void
on_knock(int fd, uint32_t events, void *arg)
{
	struct doorbell_server *d = arg;
	struct caller *c;
	int caller;

	(void)events;
	while ((caller = accept4(fd, NULL, NULL,
		    SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0) {
		if (d->n_callers >= CALLERS_AT_ONCE) {
			(void)close(caller);
			continue;
		}
		c = xcalloc(1, sizeof *c);
		c->server = d;
		c->fd = caller;
		c->next = d->callers;
		d->callers = c;
		d->n_callers++;
		poller_watch(d->poller, caller, EPOLLIN, on_caller, c);
	}
}

const struct err *
doorbell_server_open(const char *path, struct poller *p,
    const struct shards *shards, struct scan *scan,
    struct doorbell_server **out)
{
	struct doorbell_server *d = xcalloc(1, sizeof *d);
	const struct err *e;

	d->poller = p;
	d->shards = shards;
	d->scan = scan;
	d->path = xstrdup(path);
	if ((e = doorbell_listen(path, &d->fd)) != NULL) {
		free(d->path);
		free(d);
		return e;
	}
	poller_watch(p, d->fd, EPOLLIN, on_knock, d);
	*out = d;
	return NULL;
}

void
doorbell_server_close(struct doorbell_server *d)
{
	if (d == NULL)
		return;
	poller_unwatch(d->poller, d->fd);
	(void)unlink(d->path);
	(void)close(d->fd);
	while (d->callers != NULL)
		forget_caller(d, d->callers);
	free(d->path);
	free(d);
}

void
doorbell_server_answered(struct doorbell_server *d, uint64_t send)
{
	struct recent *r = &d->recent[send % RECENT];

	if (r->send != send)
		*r = (struct recent){send, 0};
	r->answers++;
	for (struct caller **at = waiters_of(d, send); *at != NULL;) {
		struct caller *c = *at;

		if (c->send != send || --c->left > 0) {
			at = &c->waiting;
			continue;
		}
		answer_caller(c->fd, DOORBELL_DONE, send);
		*at = c->waiting;
	}
}
