/* SPDX-License-Identifier: MIT */
#include "core/doorbell.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/text.h"

#include "db/outbox.h"

/* The arguments of each verb, in this order. */
static const struct {
	const char *name;
	bool shard, send, rows, ms;
} verbs[DOORBELL__COUNT] = {
    [DOORBELL_RING] = {"ring", .shard = true},
    [DOORBELL_ALL] = {"all", .ms = true},
    [DOORBELL_WAIT] = {"wait", .shard = true, .send = true, .rows = true},
    [DOORBELL_DONE] = {"done", .send = true},
    [DOORBELL_ELSE] = {"else", .send = true},
};

unsigned
doorbell_write(const struct doorbell_message *b, char out[DOORBELL_MAX])
{
	int n = snprintf(out, DOORBELL_MAX, "%s", verbs[b->verb].name);

	if (verbs[b->verb].shard)
		n += snprintf(
		    out + n, DOORBELL_MAX - (size_t)n, " %u", b->shard);
	if (verbs[b->verb].send)
		n += snprintf(out + n, DOORBELL_MAX - (size_t)n, " %llu",
		    (unsigned long long)b->send);
	if (verbs[b->verb].rows)
		n +=
		    snprintf(out + n, DOORBELL_MAX - (size_t)n, " %u", b->rows);
	if (verbs[b->verb].ms)
		n += snprintf(out + n, DOORBELL_MAX - (size_t)n, " %u", b->ms);
	return (unsigned)n;
}

/* Read the next space-separated number; *at moves past it. */
static bool
number(char **at, uint64_t max, uint64_t *out)
{
	char *start = *at, *end = start + strcspn(start, " ");

	if (*start == '\0' || (*end == ' ' && end[1] == '\0'))
		return false;
	*at = *end == '\0' ? end : end + 1;
	*end = '\0';
	return text_u64(start, max, out);
}

bool
doorbell_read(const char *text, unsigned len, struct doorbell_message *b)
{
	char copy[DOORBELL_MAX + 1], *at;
	uint64_t shard = 0, send = 0, rows = 0, ms = 0;

	if (len > DOORBELL_MAX || memchr(text, '\0', len) != NULL)
		return false;
	memcpy(copy, text, len);
	copy[len] = '\0';
	for (int v = 0; v < DOORBELL__COUNT; v++) {
		size_t n = strlen(verbs[v].name);

		if (strncmp(copy, verbs[v].name, n) != 0 || copy[n] != ' ')
			continue;
		at = copy + n + 1;
		if ((verbs[v].shard && !number(&at, UINT16_MAX, &shard)) ||
		    (verbs[v].send && !number(&at, UINT64_MAX, &send)) ||
		    (verbs[v].rows && !number(&at, UINT32_MAX, &rows)) ||
		    (verbs[v].ms && !number(&at, UINT32_MAX, &ms)) ||
		    *at != '\0')
			return false;
		*b = (struct doorbell_message){(enum doorbell_verb)v,
		    (unsigned)shard, send, (uint32_t)rows, (uint32_t)ms};
		return true;
	}
	return false;
}

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
doorbell_send(struct doorbell_client *line, const struct doorbell_message *b)
{
	char text[DOORBELL_MAX];
	unsigned len = doorbell_write(b, text);

	/* twice: the connection may have died since the last message */
	for (int i = 0; i < 2; i++) {
		if (line->fd < 0 && (line->fd = dial(line->path)) < 0)
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
doorbell_ring_all(struct doorbell_client *line, int64_t ms)
{
	struct doorbell_message b = {.verb = DOORBELL_ALL,
	    .ms = ms < UINT32_MAX ? (uint32_t)ms : UINT32_MAX};

	return doorbell_send(line, &b);
}

bool
doorbell_ring_and_ask(struct doorbell_client *line, unsigned shard,
    uint64_t send, uint32_t rows)
{
	struct doorbell_message b = {.verb = DOORBELL_WAIT, .shard = shard,
	    .send = send, .rows = rows};

	return doorbell_send(line, &b);
}

enum doorbell_verb
doorbell_wait(struct doorbell_client *line, uint64_t send, int64_t until_ms)
{
	struct pollfd p = {.fd = line->fd, .events = POLLIN};
	char text[DOORBELL_MAX + 1]; /* a longer text is not a message */
	struct doorbell_message b;

	while (line->fd >= 0) {
		int64_t left = until_ms - clock_mono_ms();
		ssize_t n;

		if (left <= 0 || (poll(&p, 1, (int)left) < 0 && errno != EINTR))
			return DOORBELL_RING;
		n = recv(line->fd, text, sizeof text, MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (n <= 0) {
			doorbell_close(line);
			break;
		}
		/* skip answers about an earlier send: nobody waits for them */
		if (doorbell_read(text, (unsigned)n, &b) && b.send == send &&
		    (b.verb == DOORBELL_DONE || b.verb == DOORBELL_ELSE))
			return b.verb;
	}
	return DOORBELL_RING;
}

const struct err *
doorbell_listen(const char *path, int *fd)
{
	struct sockaddr_un sa;
	int s, probe = dial(path);

	if (probe >= 0) {
		(void)close(probe);
		return err_new(ERR_CONFLICT,
		    "another sendd answers on %s already", path);
	}
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
