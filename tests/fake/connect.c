/* SPDX-License-Identifier: MIT */
/*
 * The stand-in as a proxy (HTTP CONNECT) to itself: whichever host a client
 * wants, it is that one. So requests to the push services of browsers come
 * here, with their real names, though no test may go to them.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/text.h"
#include "tests/fake/server.h"

#define GO "HTTP/1.1 200 Go\r\n\r\n"
#define NO "HTTP/1.1 403 No\r\n\r\n"

/* Only to the port that Web Push has. */
static bool
is_wanted(const char *head)
{
	const char *colon = strchr(head, ':');

	return colon != NULL && text_starts(colon, ":443 ");
}

/* The head is looked at until it is whole, and then taken. */
static void
answer(struct conn *c, const char *head, size_t len)
{
	char taken[CONNECT_MAX];
	const char *said = is_wanted(head) ? GO : NO;

	if (recv(c->fd, taken, len, 0) != (ssize_t)len ||
	    send(c->fd, said, strlen(said), MSG_NOSIGNAL) < 0 ||
	    strcmp(said, NO) == 0)
		c->dead = true;
}

bool
conn_is_through(struct conn *c)
{
	char head[CONNECT_MAX + 1];
	const char *end;
	ssize_t n;

	if (c->through)
		return true;
	n = recv(c->fd, head, CONNECT_MAX, MSG_PEEK);
	if (n <= 0) {
		c->dead = n == 0 || errno != EAGAIN;
		return false;
	}
	head[n] = '\0';
	if (!text_starts(head, "CONNECT "))
		return c->through = true; /* TLS begins otherwise */
	end = strstr(head, "\r\n\r\n");
	c->through = end != NULL;
	if (end != NULL)
		answer(c, head, (size_t)(end + 4 - head));
	else
		c->dead = n == CONNECT_MAX;
	return false;
}
