/* SPDX-License-Identifier: MIT */
/*
 * Callers of a web server over HTTP/1.1, for benches: one thread and epoll,
 * so that they take little from what is measured.
 *
 *   load -c CALLERS (-n CALLS | -s SECONDS [-w SECONDS]) [-r RATE] [-g MS]
 *        [-d FILE] [-m MODULUS] [-H HEADER]... URL
 *
 * The URL is of 127.0.0.1, in plain HTTP. Each caller keeps a connection. In a
 * closed loop it calls again when it has its answer. In an open loop (-r) so
 * many calls a second are due whether or not earlier ones are answered; a call
 * for which no caller is free waits, and its time counts from when it was due.
 * -g: so long a caller waits for an answer, then it hangs up. -w: what is
 * answered in the first seconds is not counted. -d: POST that file. In the path
 * and in the file "########" stands for the number of the call, "@@@@@@@@" for
 * that number modulo -m.
 *
 * Prints a line each, a name and a value between a tab: the calls answered
 * well (good: 200, a second: rate), refused (503), answered otherwise or not
 * at all (failed), given up (late); and of the good ones the time that a half
 * (p50) and 99 of a hundred (p99) did not exceed, and the longest, in ms.
 */
#include <sys/epoll.h>
#include <sys/socket.h>

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/text.h"

#define HEAD_MAX 4096
#define BODY_MAX (8 << 20)
#define DIGITS 8
#define MARKS 4096
#define NUMBER_MARK "########"
#define MODULO_MARK "@@@@@@@@"
#define PATIENCE_US 60000000

struct caller {
	int fd; /* -1: none */
	bool busy, used; /* has a call; the connection has had an answer */
	uint64_t number; /* of the call */
	int64_t since_us;
	size_t sent, head_len;
	int64_t left; /* of the answer's body; -1: the head is incomplete */
	int status;
	bool ends; /* the server will close the connection */
	char head[HEAD_MAX + 1];
};

struct load {
	uint64_t n_callers, calls, seconds, warm_s, rate, give_up_ms, modulus;
	struct sockaddr_in to;
	struct buf request;
	size_t marks[MARKS], n_marks;
	bool modulo[MARKS];
	int epoll;
	struct caller *callers, **idle;
	size_t n_idle;
	int64_t begin_us, heard_us, last_us; /* the last that counts */
	uint64_t begun, good, refused, failed, late;
	uint32_t *us;
	size_t room;
};

/* --- the request ------------------------------------------------------ */

static void
find_marks(struct load *l, const char *mark, bool modulo)
{
	const char *text = buf_str(&l->request), *at = text;

	while ((at = strstr(at, mark)) != NULL) {
		if (l->n_marks == MARKS)
			fatalx("more than %d numbers in a request", MARKS);
		l->modulo[l->n_marks] = modulo;
		l->marks[l->n_marks++] = (size_t)(at - text);
		at += DIGITS;
	}
}

/* All requests are the one text, but for its numbers. */
static void
number_request(struct load *l, uint64_t number)
{
	for (size_t i = 0; i < l->n_marks; i++) {
		uint64_t n = l->modulo[i] ? number % l->modulus : number;

		for (size_t d = DIGITS; d-- > 0; n /= 10)
			l->request.data[l->marks[i] + d] =
			    (char)('0' + n % 10);
	}
}

static const char *
read_address(struct load *l, const char *url)
{
	unsigned port;
	int path = 0;

	if (sscanf(url, "http://127.0.0.1:%u%n", &port, &path) != 1 ||
	    url[path] != '/' || port > 65535)
		fatalx("%s: not http://127.0.0.1:PORT/PATH", url);
	l->to.sin_family = AF_INET;
	l->to.sin_port = htons((uint16_t)port);
	l->to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return url + path;
}

static size_t
read_body(const char *path, char *body)
{
	FILE *f = fopen(path, "re");
	size_t n;

	if (f == NULL)
		fatalx("cannot read %s", path);
	n = fread(body, 1, BODY_MAX, f);
	(void)fclose(f);
	return n;
}

static void
make_request(struct load *l, const char *url, const char *file,
    const struct buf *headers)
{
	char *body = xmalloc(BODY_MAX);
	size_t len = file != NULL ? read_body(file, body) : 0;

	l->request.max = BODY_MAX + 65536;
	buf_fmt(&l->request, "%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\n%s",
	    file != NULL ? "POST" : "GET", read_address(l, url),
	    buf_str(headers));
	if (file != NULL)
		buf_fmt(&l->request, "Content-Type: application/json\r\n"
		    "Content-Length: %zu\r\n", len);
	buf_text(&l->request, "\r\n");
	buf_add(&l->request, body, len);
	free(body);
	find_marks(l, NUMBER_MARK, false);
	find_marks(l, MODULO_MARK, true);
}

/* --- what came of a call ---------------------------------------------- */

static int64_t
end_us(const struct load *l)
{
	return l->begin_us + (int64_t)l->seconds * 1000000;
}

static bool
counts(const struct load *l, int64_t now)
{
	return now >= l->begin_us + (int64_t)l->warm_s * 1000000 &&
	    (l->seconds == 0 || now <= end_us(l));
}

static void
note_good(struct load *l, int64_t us)
{
	if (l->good == l->room) {
		l->room = l->room > 0 ? 2 * l->room : 65536;
		l->us = xrealloc(l->us, l->room * sizeof *l->us);
	}
	l->us[l->good++] = (uint32_t)us;
}

static void
end_call(struct load *l, struct caller *c, uint64_t *counter)
{
	int64_t now = clock_mono_us();

	c->busy = false;
	l->idle[l->n_idle++] = c;
	l->heard_us = now;
	if (!counts(l, now))
		return;
	l->last_us = now;
	if (counter == &l->good)
		note_good(l, now - c->since_us);
	else
		(*counter)++;
}

/* --- connections ------------------------------------------------------ */

/* By a reset: a port of ours would be taken for a minute after a FIN. */
static void
hang_up(struct caller *c)
{
	const struct linger now = {.l_onoff = 1};

	(void)setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
	(void)close(c->fd);
	c->fd = -1;
	c->used = false;
}

static void
dial(struct load *l, struct caller *c)
{
	struct epoll_event ev = {
	    .events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = c};
	int one = 1;

	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (c->fd == -1 || epoll_ctl(l->epoll, EPOLL_CTL_ADD, c->fd, &ev) == -1)
		fatalx("no socket: errno %d", errno);
	(void)setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	if (connect(c->fd, (struct sockaddr *)&l->to, sizeof l->to) == -1 &&
	    errno != EINPROGRESS)
		fatalx("no connection: errno %d", errno);
}

static void
send_more(struct load *l, struct caller *c)
{
	ssize_t n;

	if (c->sent == l->request.len)
		return;
	number_request(l, c->number);
	while (c->sent < l->request.len) {
		n = send(c->fd, l->request.data + c->sent,
		    l->request.len - c->sent, MSG_NOSIGNAL);
		if (n <= 0)
			return; /* a failure is told by the next read */
		c->sent += (size_t)n;
	}
}

static void
call_again(struct load *l, struct caller *c)
{
	c->sent = c->head_len = 0;
	c->left = -1;
	c->ends = false;
	if (c->fd == -1)
		dial(l, c);
	send_more(l, c);
}

/* A server may close a connection that is idle, just when it is used again:
 * that is no failure of a call. */
static void
lose(struct load *l, struct caller *c)
{
	bool again = c->busy && c->used && c->head_len == 0;

	hang_up(c);
	if (again)
		call_again(l, c);
	else if (c->busy)
		end_call(l, c, &l->failed);
}

/* --- the answer ------------------------------------------------------- */

/* False while the head is incomplete. */
static bool
read_head(struct caller *c)
{
	const char *end, *length;

	c->head[c->head_len] = '\0';
	if ((end = strstr(c->head, "\r\n\r\n")) == NULL)
		return false;
	length = strcasestr(c->head, "\r\nContent-Length:");
	c->status = c->head_len > 12 ? (int)strtol(c->head + 9, NULL, 10) : 0;
	c->left = length != NULL && length < end ?
	    strtoll(length + 17, NULL, 10) : -1;
	if (c->left < 0)
		fatalx("an answer without a length: %.200s", c->head);
	c->left -= (int64_t)(c->head_len - (size_t)(end + 4 - c->head));
	length = strcasestr(c->head, "\r\nConnection: close");
	c->ends = length != NULL && length < end;
	return true;
}

static void
end_answer(struct load *l, struct caller *c)
{
	c->used = true;
	if (c->ends)
		hang_up(c);
	end_call(l, c, c->status == 200 ? &l->good :
	    c->status == 503 ? &l->refused : &l->failed);
}

/* False when the connection has ended. */
static bool
take(struct load *l, struct caller *c)
{
	char body[65536];
	bool in_head = c->left < 0;
	char *into = in_head ? c->head + c->head_len : body;
	ssize_t n = recv(c->fd, into,
	    in_head ? HEAD_MAX - c->head_len : sizeof body, 0);

	if (n <= 0)
		return n < 0 && errno == EAGAIN;
	if (in_head) {
		c->head_len += (size_t)n;
		if (!read_head(c))
			return c->head_len < HEAD_MAX && take(l, c);
	} else {
		c->left -= n;
	}
	if (c->left > 0)
		return take(l, c);
	if (c->busy)
		end_answer(l, c);
	return true;
}

static void
on_event(struct load *l, struct caller *c, uint32_t events)
{
	if (c->fd == -1)
		return;
	if (c->busy && (events & EPOLLOUT) != 0)
		send_more(l, c);
	if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0 && !take(l, c))
		lose(l, c);
}

/* --- when to call ----------------------------------------------------- */

/* When the next call is due, steady us; INT64_MAX: no more. */
static int64_t
next_due(const struct load *l, int64_t now)
{
	int64_t due = l->rate == 0 ? now : l->begin_us +
	    (int64_t)((double)l->begun * 1e6 / (double)l->rate);

	if ((l->calls > 0 && l->begun >= l->calls) ||
	    (l->seconds > 0 && (now >= end_us(l) || due >= end_us(l))))
		return INT64_MAX;
	return due;
}

static void
begin_call(struct load *l, struct caller *c, int64_t due)
{
	c->number = l->begun++;
	c->since_us = due;
	c->busy = true;
	call_again(l, c);
}

static void
begin_due(struct load *l, int64_t now)
{
	int64_t due;

	while ((due = next_due(l, now)) <= now) {
		if (l->give_up_ms > 0 &&
		    now - due > (int64_t)l->give_up_ms * 1000) {
			l->begun++;
			l->late += counts(l, now);
			continue;
		}
		if (l->n_idle == 0)
			return;
		begin_call(l, l->idle[--l->n_idle], due);
	}
}

static void
give_up(struct load *l, int64_t now)
{
	int64_t before = now - (int64_t)l->give_up_ms * 1000;

	for (size_t i = 0; l->give_up_ms > 0 && i < l->n_callers; i++) {
		struct caller *c = &l->callers[i];

		if (c->busy && c->since_us <= before) {
			hang_up(c);
			end_call(l, c, &l->late);
		}
	}
}

static int
pause_ms(const struct load *l, int64_t now)
{
	int64_t due = next_due(l, now);

	if (l->n_idle == 0 || due == INT64_MAX || due - now > 10000)
		return 10;
	return due <= now ? 0 : (int)((due - now + 999) / 1000);
}

static void
run(struct load *l)
{
	struct epoll_event ev[256];
	int64_t now = clock_mono_us(), looked = now;

	l->begin_us = l->heard_us = l->last_us = now;
	while (next_due(l, now) != INT64_MAX || l->n_idle < l->n_callers) {
		begin_due(l, now);
		int n = epoll_wait(l->epoll, ev, nitems(ev), pause_ms(l, now));

		for (int i = 0; i < n; i++)
			on_event(l, ev[i].data.ptr, ev[i].events);
		now = clock_mono_us();
		if (now - looked > 10000)
			give_up(l, looked = now);
		if (now - l->heard_us > PATIENCE_US)
			fatalx("no answer for a minute");
	}
}

/* --- what is asked for, and what is told ------------------------------ */

static int
by_time(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static double
ms_at(const struct load *l, double share)
{
	return l->good == 0 ? 0 :
	    (double)l->us[(size_t)((double)(l->good - 1) * share)] / 1000;
}

static void
tell(const struct load *l)
{
	int64_t us = l->seconds > 0 ?
	    (int64_t)(l->seconds - l->warm_s) * 1000000 :
	    l->last_us - l->begin_us;

	if (l->good > 0)
		qsort(l->us, l->good, sizeof *l->us, by_time);
	printf("rate\t%.1f\ngood\t%llu\nrefused\t%llu\nfailed\t%llu\n"
	    "late\t%llu\np50\t%.3f\np99\t%.3f\nmax\t%.3f\n",
	    us > 0 ? (double)l->good * 1e6 / (double)us : 0,
	    (unsigned long long)l->good, (unsigned long long)l->refused,
	    (unsigned long long)l->failed, (unsigned long long)l->late,
	    ms_at(l, 0.5), ms_at(l, 0.99), ms_at(l, 1));
}

static void
read_options(int argc, char *argv[], struct load *l)
{
	struct buf headers = BUF(16384);
	const char *file = NULL;
	uint64_t *of[128] = {['c'] = &l->n_callers, ['n'] = &l->calls,
	    ['s'] = &l->seconds, ['w'] = &l->warm_s, ['r'] = &l->rate,
	    ['g'] = &l->give_up_ms, ['m'] = &l->modulus};
	int c;

	while ((c = getopt(argc, argv, "c:n:s:w:r:g:d:m:H:")) != -1) {
		if (c == 'd')
			file = optarg;
		else if (c == 'H')
			buf_fmt(&headers, "%s\r\n", optarg);
		else if (c >= 128 || of[c] == NULL ||
		    !text_u64(optarg, 100000000, of[c]))
			fatalx("see the top of tests/bench/load.c");
	}
	if (optind != argc - 1 || l->n_callers == 0 || l->modulus == 0 ||
	    (l->calls == 0) == (l->seconds == 0) || l->warm_s > l->seconds)
		fatalx("see the top of tests/bench/load.c");
	make_request(l, argv[optind], file, &headers);
	buf_done(&headers);
}

int
main(int argc, char *argv[])
{
	struct load l = {.modulus = 1, .epoll = epoll_create1(EPOLL_CLOEXEC)};

	read_options(argc, argv, &l);
	l.callers = xcalloc(l.n_callers, sizeof *l.callers);
	l.idle = xcalloc(l.n_callers, sizeof(void *));
	for (uint64_t i = 0; i < l.n_callers; i++) {
		l.callers[i].fd = -1;
		l.idle[l.n_idle++] = &l.callers[i];
	}
	run(&l);
	tell(&l); /* and the memory goes with the process */
	return 0;
}
