/* SPDX-License-Identifier: MIT */
#include "lib/bell.h"

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

/* What each word carries, in this order. */
static const struct {
	const char *name;
	bool shard, send, rows, ms;
} words[BELL__COUNT] = {
    [BELL_RING] = {"ring", .shard = true},
    [BELL_ALL] = {"all", .ms = true},
    [BELL_WAIT] = {"wait", .shard = true, .send = true, .rows = true},
    [BELL_DONE] = {"done", .send = true},
    [BELL_ELSE] = {"else", .send = true},
};

unsigned
bell_write(const struct bell *b, char out[BELL_MAX])
{
	int n = snprintf(out, BELL_MAX, "%s", words[b->word].name);

	if (words[b->word].shard)
		n += snprintf(out + n, BELL_MAX - (size_t)n, " %u", b->shard);
	if (words[b->word].send)
		n += snprintf(out + n, BELL_MAX - (size_t)n, " %llu",
		    (unsigned long long)b->send);
	if (words[b->word].rows)
		n += snprintf(out + n, BELL_MAX - (size_t)n, " %u", b->rows);
	if (words[b->word].ms)
		n += snprintf(out + n, BELL_MAX - (size_t)n, " %u", b->ms);
	return (unsigned)n;
}

/* The next space-separated number; *at moves behind it. */
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
bell_read(const char *text, unsigned len, struct bell *b)
{
	char copy[BELL_MAX + 1], *at;
	uint64_t shard = 0, send = 0, rows = 0, ms = 0;

	if (len > BELL_MAX || memchr(text, '\0', len) != NULL)
		return false;
	memcpy(copy, text, len);
	copy[len] = '\0';
	for (int w = 0; w < BELL__COUNT; w++) {
		size_t n = strlen(words[w].name);

		if (strncmp(copy, words[w].name, n) != 0 || copy[n] != ' ')
			continue;
		at = copy + n + 1;
		if ((words[w].shard && !number(&at, UINT16_MAX, &shard)) ||
		    (words[w].send && !number(&at, UINT64_MAX, &send)) ||
		    (words[w].rows && !number(&at, UINT32_MAX, &rows)) ||
		    (words[w].ms && !number(&at, UINT32_MAX, &ms)) ||
		    *at != '\0')
			return false;
		*b = (struct bell){(enum bell_word)w, (unsigned)shard, send,
		    (uint32_t)rows, (uint32_t)ms};
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
bell_hang_up(struct bell_line *line)
{
	if (line->fd >= 0)
		(void)close(line->fd);
	line->fd = -1;
}

bool
bell_say(struct bell_line *line, const struct bell *b)
{
	char text[BELL_MAX];
	unsigned len = bell_write(b, text);

	/* twice: the first may find a line that died since the last call */
	for (int i = 0; i < 2; i++) {
		if (line->fd < 0 && (line->fd = dial(line->path)) < 0)
			return false;
		if (send(line->fd, text, len, MSG_NOSIGNAL) == (ssize_t)len)
			return true;
		bell_hang_up(line);
	}
	return false;
}

bool
bell_say_all(struct bell_line *line, int64_t ms)
{
	return bell_say(line, &(struct bell){.word = BELL_ALL,
	    .ms = ms < UINT32_MAX ? (uint32_t)ms : UINT32_MAX});
}

enum bell_word
bell_hear(struct bell_line *line, uint64_t send, int64_t until_ms)
{
	struct pollfd p = {.fd = line->fd, .events = POLLIN};
	char text[BELL_MAX + 1]; /* what is longer is none of ours */
	struct bell b;

	while (line->fd >= 0) {
		int64_t left = until_ms - clock_mono_ms();
		ssize_t n;

		if (left <= 0 || (poll(&p, 1, (int)left) < 0 && errno != EINTR))
			return BELL_RING;
		n = recv(line->fd, text, sizeof text, MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (n <= 0) {
			bell_hang_up(line);
			break;
		}
		/* word of an earlier send that we no longer wait for: skip */
		if (bell_read(text, (unsigned)n, &b) && b.send == send &&
		    (b.word == BELL_DONE || b.word == BELL_ELSE))
			return b.word;
	}
	return BELL_RING;
}

const struct err *
bell_listen(const char *path, int *fd)
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
