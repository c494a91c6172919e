/* SPDX-License-Identifier: MIT */
#include "sendd/doorbell_line.h"

#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/log.h"
#include "lib/mem.h"
#include "lib/net.h"

#define BACKLOG 128

static ino_t
file_at(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? st.st_ino : 0;
}

const struct err *
doorbell_door_open(const char *path, doorbell_listener *listener,
    struct doorbell_door *out)
{
	const struct err *e = listener(path, &out->fd);

	if (e != NULL)
		return e;
	out->path = xstrdup(path);
	out->file = file_at(path);
	return NULL;
}

void
doorbell_door_close(struct doorbell_door *d)
{
	if (file_at(d->path) == d->file)
		(void)unlink(d->path);
	(void)close(d->fd);
	free(d->path);
}

const struct err *
doorbell_line_listen(const char *address, int *fd)
{
	const int on = 1;
	struct sockaddr_storage at;
	unsigned len;
	int s;

	if (!net_endpoint(address, &at, &len))
		return err_new(ERR_INVALID, "%s is no address with a port",
		    address);
	s = socket(at.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s < 0)
		return err_errno("socket");
	(void)setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind(s, (const struct sockaddr *)&at, len) != 0 ||
	    listen(s, BACKLOG) != 0) {
		const struct err *e = err_errno("cannot listen on %s",
		    address);

		(void)close(s);
		return e;
	}
	*fd = s;
	return NULL;
}

bool
doorbell_line_accept(int listener, const struct secure_key *far_key,
    struct doorbell_line *out)
{
	const struct err *e;

	*out = (struct doorbell_line){.fd = accept4(listener, NULL, NULL,
	    SOCK_CLOEXEC | SOCK_NONBLOCK)};
	if (out->fd < 0 || far_key == NULL)
		return out->fd >= 0;
	e = secure_line_answer(far_key, out->fd, &out->far);
	if (e != NULL)
		log_warn("doorbell: %s", e->text);
	return e == NULL;
}

void
doorbell_line_close(struct doorbell_line *l)
{
	if (l->far != NULL)
		secure_line_close(l->far);
	else
		(void)close(l->fd);
}

bool
doorbell_line_is_stranger(const struct doorbell_line *l)
{
	return l->far != NULL && !secure_line_is_open(l->far);
}

bool
doorbell_line_say(const struct doorbell_line *l,
    const struct doorbell_packet *p)
{
	return l->far != NULL ? secure_line_say(l->far, p->text, p->len)
			      : doorbell_say(l->fd, p);
}

int
doorbell_line_hear(const struct doorbell_line *l, struct doorbell_packet *p)
{
	int n;

	if (l->far == NULL)
		return doorbell_hear(l->fd, p);
	n = secure_line_hear(l->far, p->text);
	p->len = n > 0 ? (unsigned)n : 0;
	return n > 0 ? 1 : n;
}

uint32_t
doorbell_line_events(const struct doorbell_line *l, bool more)
{
	bool blocked = l->far != NULL && secure_line_is_blocked(l->far);

	return more || blocked ? EPOLLIN | EPOLLOUT : EPOLLIN;
}
