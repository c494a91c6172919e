/* SPDX-License-Identifier: MIT */
/*
 * sendd's end of the doorbell: rings make a shard be looked at now, waits
 * are answered when all rows of a send had a first answer. It only saves
 * waiting: a caller that hears nothing asks the database.
 */
#include "sendd/sendd.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/bell.h"
#include "lib/log.h"
#include "lib/mem.h"

#define CALLERS_MAX 1024
#define RECENT 8192 /* sends whose answers came before their wait */

struct waiter {
	struct waiter *next;
	uint64_t send;
	uint32_t left;
	int fd;
};

struct recent {
	uint64_t send;
	uint32_t answers;
};

struct doorbell {
	int fd;
	unsigned callers;
	struct waiter *waiters[1024]; /* by send */
	struct recent recent[RECENT];
};

static struct waiter **
waiters_of(struct doorbell *d, uint64_t send)
{
	return &d->waiters[send % nitems(d->waiters)];
}

static void
tell(int fd, enum bell_word word, uint64_t about)
{
	struct bell b = {.word = word, .send = about};
	char text[BELL_MAX];
	unsigned len = bell_write(&b, text);

	if (send(fd, text, len, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		log_debug("a caller went away");
}

static void
forget_caller(struct sendd *s, int fd)
{
	struct doorbell *d = s->bell;

	for (size_t i = 0; i < nitems(d->waiters); i++)
		for (struct waiter **at = &d->waiters[i]; *at != NULL;) {
			struct waiter *w = *at;

			if (w->fd != fd) {
				at = &w->next;
				continue;
			}
			*at = w->next;
			free(w);
		}
	poller_unwatch(s->poller, fd);
	(void)close(fd);
	d->callers--;
}

/* Answers that came before the wait did are not waited for. */
static void
wait_for(struct sendd *s, const struct bell *b, int fd)
{
	struct doorbell *d = s->bell;
	struct recent *r = &d->recent[b->send % RECENT];
	uint32_t had = r->send == b->send ? r->answers : 0;
	struct waiter *w, **list = waiters_of(d, b->send);

	if (!s->shards[b->shard].mine) {
		tell(fd, BELL_ELSE, b->send);
		return;
	}
	if (had >= b->rows) {
		tell(fd, BELL_DONE, b->send);
		return;
	}
	w = xcalloc(1, sizeof *w);
	w->send = b->send;
	w->left = b->rows - had;
	w->fd = fd;
	w->next = *list;
	*list = w;
}

static void
hear(struct sendd *s, const struct bell *b, int fd)
{
	if (b->shard >= OUTBOX_SHARDS)
		return;
	if (b->word != BELL_WAIT) {
		s->shards[b->shard].look = true;
		return;
	}
	s->shards[b->shard].rang = true;
	wait_for(s, b, fd);
}

static void
on_caller(int fd, uint32_t events, void *arg)
{
	char text[BELL_MAX + 1];
	struct sendd *s = arg;
	struct bell b;
	ssize_t n = 0;

	while ((events & EPOLLIN) != 0 &&
	    (n = recv(fd, text, sizeof text, MSG_DONTWAIT)) > 0)
		if (bell_read(text, (unsigned)n, &b))
			hear(s, &b, fd);
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		forget_caller(s, fd);
}

static void
on_knock(int fd, uint32_t events, void *arg)
{
	struct sendd *s = arg;
	int caller;

	(void)events;
	while ((caller = accept4(fd, NULL, NULL,
		    SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0) {
		if (s->bell->callers >= CALLERS_MAX) {
			(void)close(caller);
			continue;
		}
		s->bell->callers++;
		poller_watch(s->poller, caller, EPOLLIN, on_caller, s);
	}
}

const struct err *
doorbell_open(struct sendd *s)
{
	const struct err *e;

	s->bell = xcalloc(1, sizeof *s->bell);
	s->bell->fd = -1;
	if ((e = bell_listen(s->settings.sendd.doorbell, &s->bell->fd)) != NULL)
		return e;
	poller_watch(s->poller, s->bell->fd, EPOLLIN, on_knock, s);
	return NULL;
}

void
doorbell_close(struct sendd *s)
{
	if (s->bell == NULL)
		return;
	if (s->bell->fd >= 0) {
		(void)unlink(s->settings.sendd.doorbell);
		(void)close(s->bell->fd);
	}
	for (size_t i = 0; i < nitems(s->bell->waiters); i++)
		while (s->bell->waiters[i] != NULL) {
			struct waiter *w = s->bell->waiters[i];

			s->bell->waiters[i] = w->next;
			free(w);
		}
	free(s->bell);
	s->bell = NULL;
}

void
doorbell_answered(struct sendd *s, uint64_t send)
{
	struct doorbell *d = s->bell;
	struct recent *r = &d->recent[send % RECENT];

	if (r->send != send)
		*r = (struct recent){send, 0};
	r->answers++;
	for (struct waiter **at = waiters_of(d, send); *at != NULL;) {
		struct waiter *w = *at;

		if (w->send != send || --w->left > 0) {
			at = &w->next;
			continue;
		}
		tell(w->fd, BELL_DONE, send);
		*at = w->next;
		free(w);
	}
}
