/* SPDX-License-Identifier: MIT */
/*
 * A table indexed by descriptor. Each watch has a turn, which the kernel
 * gets with the descriptor: an event that was fetched before its descriptor was
 * unwatched, closed and given out again finds another turn and is dropped.
 */
#include "sendd/poller.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "lib/err.h"
#include "lib/log.h"
#include "lib/mem.h"

#define EVENTS_A_ROUND 128

struct watch {
	poller_fn *fn; /* NULL: not watched */
	void *arg;
	uint32_t events;
	uint32_t turn;
};

struct poller {
	int epoll;
	struct watch *watches;
	size_t n;
};

const struct err *
poller_new(struct poller **p)
{
	int fd = epoll_create1(EPOLL_CLOEXEC);

	if (fd < 0)
		return err_errno("epoll_create1");
	*p = xcalloc(1, sizeof **p);
	(*p)->epoll = fd;
	return NULL;
}

void
poller_free(struct poller *p)
{
	if (p == NULL)
		return;
	(void)close(p->epoll);
	free(p->watches);
	free(p);
}

static struct watch *
watch_of(struct poller *p, int fd)
{
	size_t n = p->n > 0 ? p->n : 64;

	while (n <= (size_t)fd)
		n *= 2;
	if (n != p->n) {
		p->watches = xrealloc(p->watches, n * sizeof *p->watches);
		memset(p->watches + p->n, 0, (n - p->n) * sizeof *p->watches);
		p->n = n;
	}
	return &p->watches[fd];
}

void
poller_watch(struct poller *p, int fd, uint32_t events, poller_fn *fn,
    void *arg)
{
	struct watch *w = watch_of(p, fd);
	struct epoll_event ev = {.events = events};
	bool fresh = w->fn == NULL, same = w->events == events;

	w->fn = fn;
	w->arg = arg;
	if (!fresh && same)
		return;
	w->turn += fresh;
	w->events = events;
	ev.data.u64 = (uint64_t)w->turn << 32 | (uint32_t)fd;
	if (epoll_ctl(p->epoll, fresh ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd,
		&ev) != 0)
		log_err("poller fd=%d why=\"%s\"", fd, errno_text(errno));
}

void
poller_unwatch(struct poller *p, int fd)
{
	if (fd < 0 || (size_t)fd >= p->n || p->watches[fd].fn == NULL)
		return;
	p->watches[fd].fn = NULL;
	(void)epoll_ctl(p->epoll, EPOLL_CTL_DEL, fd, NULL);
}

void
poller_run(struct poller *p, int wait_ms)
{
	struct epoll_event ready[EVENTS_A_ROUND];
	int n = epoll_wait(p->epoll, ready, EVENTS_A_ROUND, wait_ms);

	if (n < 0 && errno != EINTR)
		log_err("poller why=\"%s\"", errno_text(errno));
	for (int i = 0; i < n; i++) {
		int fd = (int)(uint32_t)ready[i].data.u64;
		struct watch w = p->watches[fd];

		if (w.fn != NULL && w.turn == ready[i].data.u64 >> 32)
			w.fn(fd, ready[i].events, w.arg);
	}
}
