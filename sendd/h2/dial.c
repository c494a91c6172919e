/* SPDX-License-Identifier: MIT */
/*
 * From a name to a connected socket: the name is looked up each time, the
 * addresses are tried in order, each for its share of the time left; then the
 * proxy. getaddrinfo blocks, so a thread of its own looks a name (but not a
 * literal address) up; it posts to an eventfd and shares nothing else.
 */
#include "sendd/h2/part.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/err.h"
#include "lib/mem.h"
#include "lib/net.h"
#include "lib/thread.h"

/* Owned by the thread and the dial; the last of them frees it. */
struct h2_lookup {
	atomic_int owners;
	int posted; /* eventfd */
	atomic_bool done; /* from then on the dial may read the two below */
	int error;
	struct addrinfo *found;
	char host[256], port[8];
};

enum dial_stage { NAME, TCP, ASK, HEAR };

struct h2_dial {
	struct poller *poller;
	struct origin origin; /* texts borrowed */
	char host[256];	      /* to connect to: the origin's or its proxy's */
	unsigned port;
	int64_t until_ms;
	h2_dialled *done;
	void *arg;

	enum dial_stage stage;
	struct h2_lookup *lookup;
	const struct addrinfo *next; /* not yet tried */
	int fd;
	int64_t address_until_ms;
	struct buf talk; /* with the proxy */
	char why[H2_WHY];
};

static void dial_advance(struct h2_dial *d);

static void
lookup_leave(struct h2_lookup *l)
{
	if (l == NULL || atomic_fetch_sub(&l->owners, 1) > 1)
		return;
	if (l->found != NULL)
		freeaddrinfo(l->found);
	if (l->posted >= 0)
		(void)close(l->posted);
	free(l);
}

static void
lookup_run(struct h2_lookup *l, int flags)
{
	struct addrinfo want = {.ai_socktype = SOCK_STREAM,
	    .ai_flags = AI_NUMERICSERV | flags};

	l->error = getaddrinfo(l->host, l->port, &want, &l->found);
}

static void *
lookup_thread(void *arg)
{
	struct h2_lookup *l = arg;

	lookup_run(l, AI_ADDRCONFIG);
	atomic_store(&l->done, true);
	(void)eventfd_write(l->posted, 1);
	lookup_leave(l);
	return NULL;
}

static const struct err *
lookup_spawn(struct h2_lookup *l)
{
	pthread_t thread;
	const struct err *e;

	atomic_store(&l->owners, 2);
	if ((e = thread_start(&thread, lookup_thread, l)) == NULL)
		thread_leave(thread);
	else
		atomic_store(&l->owners, 1);
	return e;
}

/* Call done, with the socket or with why not. The dial may be freed by it. */
static void
dial_finish(struct h2_dial *d, const char *why)
{
	int fd = d->fd;

	if (fd >= 0)
		poller_unwatch(d->poller, fd);
	if (why != NULL && fd >= 0) {
		(void)close(fd);
		fd = -1;
	}
	d->fd = -1;
	d->done(d->arg, fd, why);
}

static void
on_dial_socket(int fd, uint32_t events, void *arg)
{
	(void)fd;
	(void)events;
	dial_advance(arg);
}

/* Remember why this address failed, in case all of them do. */
static void
address_failed(struct h2_dial *d, const char *why)
{
	(void)snprintf(d->why, sizeof d->why, "%.80s port %u: %.60s",
	    d->host, d->port, why);
	if (d->fd >= 0) {
		poller_unwatch(d->poller, d->fd);
		(void)close(d->fd);
		d->fd = -1;
	}
}

static int64_t
address_deadline(const struct h2_dial *d)
{
	int64_t now = clock_mono_ms(), n = 0;

	for (const struct addrinfo *a = d->next; a != NULL; a = a->ai_next)
		n++;
	return now + (d->until_ms - now) / (n > 0 ? n : 1);
}

/* False when the address failed at once. */
static bool
try_address(struct h2_dial *d, const struct addrinfo *a)
{
	struct net net;
	int one = 1;

	/* by name, it may be another address than at any earlier look */
	if (d->origin.public_only &&
	    (!net_of_socket(a->ai_addr, &net) || !net_is_public(&net))) {
		address_failed(d, "the address is not public");
		return false;
	}
	d->fd = socket(a->ai_family,
	    a->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, a->ai_protocol);
	if (d->fd < 0) {
		address_failed(d, errno_text(errno));
		return false;
	}
	(void)setsockopt(d->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	(void)setsockopt(d->fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one);
	if (connect(d->fd, a->ai_addr, a->ai_addrlen) != 0 &&
	    errno != EINPROGRESS && errno != EINTR) {
		address_failed(d, errno_text(errno));
		return false;
	}
	poller_watch(d->poller, d->fd, EPOLLOUT, on_dial_socket, d);
	return true;
}

static void
next_address(struct h2_dial *d)
{
	d->stage = TCP;
	while (d->next != NULL) {
		const struct addrinfo *a = d->next;

		d->address_until_ms = address_deadline(d);
		d->next = a->ai_next;
		if (try_address(d, a))
			return;
	}
	dial_finish(d, d->why);
}

static void
looked_up(struct h2_dial *d)
{
	if (d->lookup->error != 0 || d->lookup->found == NULL) {
		(void)snprintf(d->why, sizeof d->why,
		    "cannot resolve %.100s: %s", d->host,
		    gai_strerror(d->lookup->error));
		dial_finish(d, d->why);
		return;
	}
	d->next = d->lookup->found;
	next_address(d);
}

static void
on_posted(int fd, uint32_t events, void *arg)
{
	struct h2_dial *d = arg;

	(void)events;
	if (!atomic_load(&d->lookup->done))
		return;
	poller_unwatch(d->poller, fd);
	looked_up(d);
}

struct h2_dial *
h2_dial_new(struct poller *p, const struct origin *o, int64_t until_ms,
    h2_dialled *done, void *arg)
{
	struct h2_dial *d = xcalloc(1, sizeof *d);

	d->poller = p;
	d->origin = *o;
	d->until_ms = d->address_until_ms = until_ms;
	d->done = done;
	d->arg = arg;
	d->fd = -1;
	d->talk = (struct buf)BUF(16384);
	memcpy(d->host, o->host, sizeof d->host);
	d->port = o->port;
	return d;
}

void
h2_dial_start(struct h2_dial *d)
{
	const struct err *e;
	struct h2_lookup *l;

	if (d->origin.proxy != NULL &&
	    (e = h2_proxy_read(d->origin.proxy, d->host, &d->port)) != NULL) {
		dial_finish(d, e->text);
		return;
	}
	d->lookup = l = xcalloc(1, sizeof *l);
	atomic_init(&l->owners, 1);
	memcpy(l->host, d->host, sizeof l->host);
	(void)snprintf(l->port, sizeof l->port, "%u", d->port);
	l->posted = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	lookup_run(l, AI_NUMERICHOST); /* literal addresses need no thread */
	if (l->error == 0) {
		looked_up(d);
		return;
	}
	if (l->posted < 0 || lookup_spawn(l) != NULL) {
		dial_finish(d, "no thread for the name lookup");
		return;
	}
	poller_watch(d->poller, l->posted, EPOLLIN, on_posted, d);
}

void
h2_dial_free(struct h2_dial *d)
{
	if (d == NULL)
		return;
	if (d->lookup != NULL && d->lookup->posted >= 0)
		poller_unwatch(d->poller, d->lookup->posted);
	lookup_leave(d->lookup);
	if (d->fd >= 0) {
		poller_unwatch(d->poller, d->fd);
		(void)close(d->fd);
	}
	buf_done(&d->talk);
	free(d);
}

/* Is TCP connected? If it failed, the next address is tried. */
static bool
tcp_connected(struct h2_dial *d)
{
	int error = 0;
	socklen_t len = sizeof error;

	if (getsockopt(d->fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0)
		error = errno;
	if (error == 0)
		return true;
	address_failed(d, errno_text(error));
	next_address(d);
	return false;
}

/* True when the request is sent to its end. */
static bool
ask_proxy(struct h2_dial *d)
{
	ssize_t n = send(d->fd, d->talk.data, d->talk.len, MSG_NOSIGNAL);

	if (n < 0 && errno != EAGAIN && errno != EINTR) {
		(void)snprintf(d->why, sizeof d->why, "proxy: %s",
		    errno_text(errno));
		dial_finish(d, d->why);
		return false;
	}
	if (n > 0)
		buf_drop(&d->talk, (size_t)n);
	return d->talk.len == 0;
}

static void
hear_proxy(struct h2_dial *d)
{
	char some[2048];
	ssize_t n = recv(d->fd, some, sizeof some, 0);
	int tunnel;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		(void)snprintf(d->why, sizeof d->why, "proxy: %s",
		    n < 0 ? errno_text(errno) : "connection closed");
		dial_finish(d, d->why);
		return;
	}
	(void)buf_add(&d->talk, some, (size_t)n);
	tunnel = h2_proxy_answer(buf_str(&d->talk), d->talk.len, d->why);
	if (tunnel != 0)
		dial_finish(d, tunnel > 0 ? NULL : d->why);
}

static void
dial_advance(struct h2_dial *d)
{
	if (d->stage == TCP) {
		if (!tcp_connected(d))
			return;
		if (d->origin.proxy == NULL) {
			dial_finish(d, NULL);
			return;
		}
		h2_proxy_request(&d->origin, &d->talk);
		d->stage = ASK;
	}
	if (d->stage == ASK) {
		if (!ask_proxy(d))
			return;
		d->stage = HEAR;
		poller_watch(d->poller, d->fd, EPOLLIN, on_dial_socket, d);
		return;
	}
	hear_proxy(d);
}

const char *
h2_dial_stage(const struct h2_dial *d)
{
	static const char *const names[] = {
	    [NAME] = "name lookup", [TCP] = "TCP connect",
	    [ASK] = "proxy", [HEAR] = "proxy"};

	return names[d->stage];
}

int64_t
h2_dial_tick(struct h2_dial *d, int64_t now_ms)
{
	if (d->stage == TCP && d->next != NULL &&
	    now_ms >= d->address_until_ms) {
		address_failed(d, "no answer");
		next_address(d);
		return 0; /* d may be gone */
	}
	if (d->stage == TCP && d->next != NULL)
		return d->address_until_ms - now_ms;
	return d->until_ms - now_ms;
}
