/* SPDX-License-Identifier: MIT */
/*
 * A thread takes a connection only when something has come on it. A web server
 * sends its request as soon as it is connected, so the thread that accepts
 * waits for that a moment. A connection that stays silent is put aside, in a
 * list by age, which for one common patience is the order of their ends.
 */
#include "fcgi/gateway_part.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"

#define BACKLOG 4096	/* net.core.somaxconn limits it too */
#define SILENCE_S 30	/* a web server may send nothing for this long */
#define MOMENT_MS 5	/* from connecting to the request, usually */
#define SILENT_MAX 1024 /* connections put aside; then the oldest is closed */

struct door {
	int listen_fd, silent_fd;
	pthread_mutex_t lock; /* of the list */
	struct work *oldest, *newest;
	size_t n_silent;
};

/* --- opening ---------------------------------------------------------- */

const struct err *
door_listen(const char *path, int *fd)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	const struct err *e;
	int s;

	if (strlen(path) >= sizeof sa.sun_path)
		return err_new(ERR_INVALID, "%s is too long for a socket",
		    path);
	if ((s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) < 0)
		return err_errno("socket");
	memcpy(sa.sun_path, path, strlen(path));
	(void)unlink(path);
	if (bind(s, (struct sockaddr *)&sa, sizeof sa) != 0 ||
	    chmod(path, 0660) != 0 || listen(s, BACKLOG) != 0) {
		e = err_errno("cannot listen on %s", path);
		(void)close(s);
		return e;
	}
	*fd = s;
	return NULL;
}

const struct err *
door_open(int listen_fd, struct door **out)
{
	struct door *d = xcalloc(1, sizeof *d);

	d->listen_fd = listen_fd;
	(void)fcntl(listen_fd, F_SETFL,
	    fcntl(listen_fd, F_GETFL) | O_NONBLOCK);
	if ((d->silent_fd = epoll_create1(EPOLL_CLOEXEC)) < 0 ||
	    pthread_mutex_init(&d->lock, NULL) != 0) {
		free(d);
		return err_errno("epoll");
	}
	*out = d;
	return NULL;
}

int
door_fd(const struct door *d)
{
	return d->listen_fd;
}

int
door_silent_fd(const struct door *d)
{
	return d->silent_fd;
}

/* --- silent connections ----------------------------------------------- */

/* With the lock. */
static void
unlink_silent(struct door *d, struct work *w)
{
	if (w->previous != NULL)
		w->previous->next = w->next;
	else
		d->oldest = w->next;
	if (w->next != NULL)
		w->next->previous = w->previous;
	else
		d->newest = w->previous;
	d->n_silent--;
	(void)epoll_ctl(d->silent_fd, EPOLL_CTL_DEL, w->fd, NULL);
}

/* With the lock. */
static void
drop_oldest(struct door *d)
{
	struct work *w = d->oldest;

	assert(w->previous == NULL);
	unlink_silent(d, w);
	(void)close(w->fd);
	free(w);
}

static void
put_aside(struct door *d, int fd)
{
	struct work *w = xcalloc(1, sizeof *w);
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = w};

	w->fd = fd;
	w->until_ms = clock_mono_ms() + SILENCE_S * 1000;
	(void)pthread_mutex_lock(&d->lock);
	if (d->n_silent == SILENT_MAX)
		drop_oldest(d);
	w->previous = d->newest;
	if (d->newest != NULL)
		d->newest->next = w;
	else
		d->oldest = w;
	d->newest = w;
	d->n_silent++;
	if (epoll_ctl(d->silent_fd, EPOLL_CTL_ADD, fd, &event) != 0) {
		log_warn("cannot watch a connection: %s", errno_text(errno));
		unlink_silent(d, w);
		(void)close(fd);
		free(w);
	}
	(void)pthread_mutex_unlock(&d->lock);
}

struct work *
door_next(struct door *d, int64_t now_ms)
{
	struct epoll_event event;
	struct work *w = NULL;

	(void)pthread_mutex_lock(&d->lock);
	if (d->n_silent > 0 && epoll_wait(d->silent_fd, &event, 1, 0) > 0) {
		w = event.data.ptr;
		unlink_silent(d, w);
		w->next = NULL;
	}
	while (d->oldest != NULL && d->oldest->until_ms <= now_ms)
		drop_oldest(d);
	(void)pthread_mutex_unlock(&d->lock);
	return w;
}

void
door_close(struct door *d)
{
	if (d == NULL)
		return;
	while (d->oldest != NULL)
		drop_oldest(d);
	(void)close(d->silent_fd);
	(void)close(d->listen_fd);
	(void)pthread_mutex_destroy(&d->lock);
	free(d);
}

/* --- accepting -------------------------------------------------------- */

/* A lack of descriptors or memory is temporary: the process goes on. */
static enum door_found
what_failed(int why)
{
	switch (why) {
	case EBADF:
	case EINVAL:
	case ENOTSOCK:
	case EOPNOTSUPP:
		log_err("cannot accept: %s", errno_text(why));
		return DOOR_BROKEN;
	case EMFILE:
	case ENFILE:
	case ENOBUFS:
	case ENOMEM:
		log_warn("cannot accept: %s", errno_text(why));
		return DOOR_REST;
	default: /* none, or its peer closed it before accept */
		return DOOR_NONE;
	}
}

enum door_found
door_accept(struct door *d, int *fd)
{
	const struct timeval silence = {.tv_sec = SILENCE_S};
	struct pollfd request = {.events = POLLIN};

	request.fd = accept4(d->listen_fd, NULL, NULL, SOCK_CLOEXEC);
	if (request.fd < 0)
		return what_failed(errno);
	(void)setsockopt(request.fd, SOL_SOCKET, SO_RCVTIMEO, &silence,
	    sizeof silence);
	(void)setsockopt(request.fd, SOL_SOCKET, SO_SNDTIMEO, &silence,
	    sizeof silence);
	*fd = request.fd;
	if (poll(&request, 1, MOMENT_MS) != 0)
		return DOOR_CALL;
	put_aside(d, request.fd);
	return DOOR_NONE;
}
