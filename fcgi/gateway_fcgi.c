/* SPDX-License-Identifier: MIT */
/*
 * The only file that knows libfcgi, and all its edges (version 2.4). libfcgi
 * reads a request and does no more; we accept, answer and close connections
 * ourselves, because of what it does:
 *
 * - Its own accept neither survives a lack of descriptors nor ends in all
 *   threads at a signal, and a peer that says nothing would hold a thread for
 *   ever.
 * - One connection is one call. Kept connections would each pin a thread.
 * - Its request holds 17 KB besides the request. A call that waits for its
 *   answer must not.
 * - It bounds neither number nor size of the parameters, and before 2.4.5
 *   (in Debian 2.4.2-2+deb12u1) the length of a parameter could overflow: its
 *   peer must be a web server, which has limits for headers, so the socket is
 *   open to owner and group only. tests/api/63-gone.t tests hostile peers.
 * - It takes EINTR for the end of what it reads, and a process that is stopped
 *   and continued gets that from a socket with a timeout (signal(7)). So it is
 *   called when the parameters are there, and is made to read the body on.
 */
#include "fcgi/gateway_part.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <fcgiapp.h>

#include "lib/buf.h"
#include "lib/mem.h"

#define HEAD_MAX (64 << 10) /* bytes of parameters that are waited for, ... */
#define HEAD_PIECES 64	/* ... and looks: what is left may block the peer */
#define REST_MS 200	/* silence of the web server before we close */
#define REST_PARTS 4096 /* that are read meanwhile: 64 MB */

/* Types of records (FastCGI 1.0) that this file reads and writes itself. */
enum { BEGIN_REQUEST = 1, END_REQUEST = 3, PARAMS = 4, STDOUT = 6 };

/* --- the request ------------------------------------------------------ */

bool
peer_is_absent(void)
{
	return FCGX_IsCGI();
}

const struct err *
peer_library(void)
{
	if (FCGX_Init() != 0)
		return err_new(ERR_FAULT, "libfcgi does not start");
	return NULL;
}

/* How far the records before the body were looked at. */
struct head_scan {
	unsigned char record[8]; /* its header, ... */
	size_t had;		 /* ... as far as it has come */
	size_t skip;		 /* what is left of its content and padding */
	bool over; /* the parameters are whole, or it is no head */
};

static void
scan_record(struct head_scan *s)
{
	const unsigned char *r = s->record;
	size_t len = (size_t)r[4] << 8 | r[5];

	s->over = r[0] != 1 || (r[1] != BEGIN_REQUEST && r[1] != PARAMS) ||
	    (r[1] == PARAMS && len == 0);
	s->skip = len + r[6];
	s->had = 0;
}

static void
scan_head(struct head_scan *s, const unsigned char *piece, size_t n)
{
	while (n > 0 && !s->over) {
		size_t whole = sizeof s->record - s->had;
		size_t step = s->skip > 0 ? s->skip : whole;

		step = step < n ? step : n;
		if (s->skip > 0) {
			s->skip -= step;
		} else {
			memcpy(s->record + s->had, piece, step);
			s->had += step;
		}
		if (s->had == sizeof s->record)
			scan_record(s);
		piece += step;
		n -= step;
	}
}

/* Wait for the parameters, without taking them. Nearly always they are there,
 * and one system call says so. false: the web server is silent. */
static bool
await_head(int fd)
{
	struct head_scan s = {.had = 0};
	unsigned char piece[4096];
	int seen = 0, how = MSG_PEEK | MSG_DONTWAIT;

	for (int i = 0; i < HEAD_PIECES && seen < HEAD_MAX; i++) {
		ssize_t n = recv(fd, piece, sizeof piece, how);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n == 0;
		seen += (int)n;
		scan_head(&s, piece, (size_t)n);
		/* from then on a look begins where the one before it ended */
		if (s.over || (how != MSG_PEEK && setsockopt(fd, SOL_SOCKET,
		    SO_PEEK_OFF, &seen, sizeof seen) != 0))
			return true;
		how = MSG_PEEK;
	}
	return true;
}

/* FCGX_ClearError leaves the stream closed. One that is read has kept what came
 * before the error, and can be opened again. */
static long
from_fcgi(void *from, char *into, size_t size)
{
	FCGX_Stream *in = from;
	long had = 0;

	while ((had += FCGX_GetStr(into + had, (int)((long)size - had), in)) <
	    (long)size && FCGX_GetError(in) == EINTR) {
		FCGX_ClearError(in);
		in->isClosed = 0;
	}
	return had;
}

/* What request_read borrowed of the environment, which libfcgi frees. */
static void
keep_texts(struct arena *a, struct request *req)
{
	const char **texts[] = {&req->method_name, &req->content_type,
	    &req->content_encoding, &req->authorization, &req->accept,
	    &req->correlation, &req->idempotency_key, &req->remote};

	for (size_t i = 0; i < nitems(texts); i++)
		if (*texts[i] != NULL)
			*texts[i] = arena_text(a, *texts[i], strlen(*texts[i]));
}

/* Take the record that ends the body too: then nothing is under way to us, and
 * the connection can be closed at once. */
static bool
is_at_end(FCGX_Stream *in, const struct request *req)
{
	char more;

	return !req->body_unread && from_fcgi(in, &more, 1) == 0;
}

bool
peer_receive(int fd, const struct gateway *g, struct arena *mem,
    struct peer *p, struct request *req)
{
	FCGX_Request fcgi;

	if (!await_head(fd)) {
		(void)close(fd);
		return false;
	}
	/* no listening socket: FCGX_Accept_r closes a connection without a call
	 * and must not wait for another */
	(void)FCGX_InitRequest(&fcgi, -1, FCGI_FAIL_ACCEPT_ON_INTR);
	fcgi.ipcFd = fd;
	fcgi.keepConnection = 1; /* else FCGX_Accept_r would close it first */
	if (FCGX_Accept_r(&fcgi) != 0)
		return false;
	if (FCGX_GetError(fcgi.in) != 0) { /* the parameters were cut off */
		FCGX_Free(&fcgi, 1);
		return false;
	}
	request_read(mem, g->settings, fcgi.envp, req);
	request_body(mem, serve_body_max(g->responder, g->settings, req),
	    fcgi.envp, from_fcgi, fcgi.in, req);
	keep_texts(mem, req);
	*p = (struct peer){fd, fcgi.requestId, !is_at_end(fcgi.in, req)};
	FCGX_Free(&fcgi, 0);
	return true;
}

/* --- the answer ------------------------------------------------------- */

/* At most so much of an answer is in one record. */
#define RECORD_MAX 65528

struct record_head {
	unsigned char bytes[8];
};

static struct record_head
record_head(const struct peer *p, unsigned char type, size_t len)
{
	return (struct record_head){{1, type,
	    (unsigned char)(p->request >> 8), (unsigned char)p->request,
	    (unsigned char)(len >> 8), (unsigned char)len}};
}

/* Send all parts, which are used up. false: the web server has gone, or takes
 * nothing. */
static bool
send_parts(const struct peer *p, struct iovec *part, size_t n)
{
	while (n > 0) {
		struct msghdr m = {.msg_iov = part, .msg_iovlen = n};
		ssize_t sent = sendmsg(p->fd, &m, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0)
			return false;
		for (; n > 0 && (size_t)sent >= part->iov_len; part++, n--)
			sent -= (ssize_t)part->iov_len;
		if (n > 0) {
			part->iov_base = (char *)part->iov_base + sent;
			part->iov_len -= (size_t)sent;
		}
	}
	return true;
}

/* Move at most so much from the front of a text into a part. */
static size_t
cut(struct iovec *text, size_t most, struct iovec *part)
{
	size_t n = text->iov_len < most ? text->iov_len : most;

	*part = (struct iovec){text->iov_base, n};
	text->iov_base = (char *)text->iov_base + n;
	text->iov_len -= n;
	return n;
}

/* An answer that fits into one record, as nearly all do, is one system call,
 * with the two records that end the request. */
static void
send_answer(const struct peer *p, struct iovec head, struct iovec body)
{
	struct record_head first, end[3] = {record_head(p, STDOUT, 0),
	    record_head(p, END_REQUEST, sizeof *end), {{0}}};
	struct iovec part[4];
	bool last;

	do {
		size_t n = cut(&head, RECORD_MAX, &part[1]);

		n += cut(&body, RECORD_MAX - n, &part[2]);
		first = record_head(p, STDOUT, n);
		part[0] = (struct iovec){&first, sizeof first};
		part[3] = (struct iovec){end, sizeof end};
		last = head.iov_len == 0 && body.iov_len == 0;
	} while (send_parts(p, part, last ? 4 : 3) && !last);
}

/* What the web server still sends is read, so that a body that we refused does
 * not cost it our answer. */
static void
read_rest(int fd)
{
	struct pollfd more = {.fd = fd, .events = POLLIN};
	char part[16384];

	if (shutdown(fd, SHUT_WR) != 0)
		return;
	for (int i = 0; i < REST_PARTS && poll(&more, 1, REST_MS) > 0; i++)
		if (read(fd, part, sizeof part) <= 0)
			return;
}

void
peer_answer(struct peer *p, const struct reply *r)
{
	struct buf head = BUF(16384);
	size_t len = r->headless ? 0 : r->body_len;

	reply_head(r, &head);
	send_answer(p, (struct iovec){(void *)(uintptr_t)buf_str(&head),
	    head.len}, (struct iovec){(void *)(uintptr_t)r->body, len});
	buf_done(&head);
	if (p->unread)
		read_rest(p->fd);
	(void)close(p->fd);
}

/* A web server that has only closed its sending half still reads. */
bool
peer_is_gone(const struct peer *p)
{
	struct pollfd end = {.fd = p->fd};

	return poll(&end, 1, 0) > 0 && (end.revents & (POLLHUP | POLLERR)) != 0;
}
