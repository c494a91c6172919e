/* SPDX-License-Identifier: MIT */
#include "core/doorbell.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "db/outbox.h"

static bool
address(const char *path, struct sockaddr_un *sa)
{
	memset(sa, 0, sizeof *sa);
	sa->sun_family = AF_UNIX;
	if (strlen(path) >= sizeof sa->sun_path)
		return false;
	memcpy(sa->sun_path, path, strlen(path) + 1);
	return true;
}

static int
dial(const char *path)
{
	struct sockaddr_un sa;
	int fd;

	if (path == NULL || !address(path, &sa))
		return -1;
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&sa, sizeof sa) != 0) {
		(void)close(fd);
		fd = -1;
	}
	return fd;
}

void
doorbell_close(struct doorbell_client *line)
{
	if (line->fd >= 0)
		(void)close(line->fd);
	line->fd = -1;
}

bool
doorbell_dial(struct doorbell_client *line)
{
	if (line->fd < 0)
		line->fd = dial(line->path);
	return line->fd >= 0;
}

bool
doorbell_say(int fd, const struct doorbell_packet *p)
{
	return send(fd, p->text, p->len, MSG_NOSIGNAL | MSG_DONTWAIT) ==
	    (ssize_t)p->len;
}

int
doorbell_hear(int fd, struct doorbell_packet *p)
{
	ssize_t n = recv(fd, p->text, sizeof p->text, MSG_DONTWAIT | MSG_TRUNC);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	p->len = (size_t)n <= sizeof p->text ? (unsigned)n : 0;
	return n > 0 ? 1 : -1;
}

bool
doorbell_send(struct doorbell_client *line, const struct doorbell_message *b)
{
	char text[DOORBELL_MAX];
	unsigned len = doorbell_write(b, text);

	/* twice: the connection may have died since the last message */
	for (int i = 0; i < 2; i++) {
		if (!doorbell_dial(line))
			return false;
		if (send(line->fd, text, len, MSG_NOSIGNAL) == (ssize_t)len)
			return true;
		doorbell_close(line);
	}
	return false;
}

bool
doorbell_ring(struct doorbell_client *line, unsigned shard, size_t n)
{
	if (n >= OUTBOX_SHARDS)
		return doorbell_ring_all(line, 0);
	for (size_t i = 0; i < n; i++) {
		struct doorbell_message b = {.verb = DOORBELL_RING,
		    .shard = (unsigned)((shard + i) % OUTBOX_SHARDS)};

		if (!doorbell_send(line, &b))
			return false;
	}
	return true;
}

bool
doorbell_soon(struct doorbell_client *line, unsigned shard)
{
	struct doorbell_message b = {.verb = DOORBELL_SOON, .shard = shard};

	return doorbell_send(line, &b);
}

bool
doorbell_ring_all(struct doorbell_client *line, int64_t ms)
{
	struct doorbell_message b = {.verb = DOORBELL_ALL,
	    .ms = ms < UINT32_MAX ? (uint32_t)ms : UINT32_MAX};

	return doorbell_send(line, &b);
}

const struct err *
doorbell_listen(const char *path, int *fd)
{
	int probe = dial(path);

	if (probe < 0)
		return doorbell_replace(path, fd);
	(void)close(probe);
	return err_new(ERR_CONFLICT, "another sendd answers on %s already",
	    path);
}

const struct err *
doorbell_replace(const char *path, int *fd)
{
	struct sockaddr_un sa;
	int s;

	if (!address(path, &sa))
		return err_new(ERR_INVALID, "%s is too long for a socket",
		    path);
	s = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s < 0)
		return err_errno("socket");
	(void)unlink(path);
	if (bind(s, (struct sockaddr *)&sa, sizeof sa) != 0 ||
	    chmod(path, 0660) != 0 || listen(s, 1024) != 0) {
		const struct err *e = err_errno("cannot listen on %s", path);

		(void)close(s);
		return e;
	}
	*fd = s;
	return NULL;
}
