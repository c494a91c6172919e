/* SPDX-License-Identifier: MIT */
/*
 * The other end of wire_h2's connections without sockets and TLS, in place of
 * sendd's h2_dial.c, h2_tls.c and poller.c: bytes to be read are put there
 * with line_say, written ones are cut into HTTP/2 frames.
 */
#ifndef TESTS_FUZZ_H2_LINE_H
#define TESTS_FUZZ_H2_LINE_H

#include "sendd/h2/part.h"
#include "tests/fuzz/fuzz.h"

#define LINES 4
#define EXCHANGES 24
#define PREFACE 24
#define FRAME 9

enum throttle { FREE, BLOCKED, SLOW };

/* One connection as its peer sees it. */
struct line {
	struct h2_conn *c; /* NULL: this place is free */
	poller_fn *on_event;
	struct buf in;	/* to be read by us */
	struct buf out; /* written by us, not yet a whole frame */
	size_t preface;
	bool eof;
	nghttp2_hd_inflater *inflater;
	int32_t stream_of[EXCHANGES]; /* 0: not seen */
	size_t body_of[EXCHANGES];
};

static struct {
	struct line line[LINES];
	enum throttle throttle;
	unsigned dial; /* 0 connects, 1 fails, 2 TLS fails */
} world;

/* The driver's: what came over a line. */
static void heard_frame(struct line *l, uint8_t type, int32_t stream,
    const uint8_t *at, size_t len);

static struct line *
line_of(const struct h2_conn *c)
{
	for (unsigned i = 0; i < LINES; i++)
		if (world.line[i].c == c)
			return &world.line[i];
	return NULL;
}

/* NULL when that place is free; the two below take it. */
static inline struct line *
line_at(unsigned n)
{
	struct line *l = &world.line[n % LINES];

	return l->c != NULL ? l : NULL;
}

static inline void
line_say(struct line *l, const void *bytes, size_t len)
{
	if (l != NULL)
		(void)buf_add(&l->in, bytes, len);
}

static inline void
line_event(struct line *l, uint32_t events)
{
	if (l != NULL)
		l->on_event(-1, events, l->c);
}

/* All whole frames; none of ours has padding or a priority. */
static void
line_heard(struct line *l)
{
	const uint8_t *p;
	size_t len;
	uint32_t stream;

	if (l->preface < PREFACE) {
		len = PREFACE - l->preface;
		len = len < l->out.len ? len : l->out.len;
		buf_drop(&l->out, len);
		l->preface += len;
	}
	while (l->out.len >= FRAME) {
		p = (const uint8_t *)l->out.data;
		len = (size_t)p[0] << 16 | (size_t)p[1] << 8 | p[2];
		if (l->out.len < FRAME + len)
			return;
		stream = (uint32_t)p[5] << 24 | (uint32_t)p[6] << 16 |
		    (uint32_t)p[7] << 8 | p[8];
		heard_frame(l, p[3], (int32_t)stream, p + FRAME, len);
		buf_drop(&l->out, FRAME + len);
	}
}

/* --- instead of h2_dial.c --------------------------------------------- */

struct h2_dial {
	h2_dialled *done;
	void *arg;
};

struct h2_dial *
h2_dial_new(struct poller *p, const struct origin *o, int64_t until_ms,
    h2_dialled *done, void *arg)
{
	struct h2_dial *d = xcalloc(1, sizeof *d);

	(void)p, (void)o, (void)until_ms;
	*d = (struct h2_dial){done, arg};
	return d;
}

void
h2_dial_start(struct h2_dial *d)
{
	d->done(d->arg, -1, world.dial == 1 ? "connection refused" : NULL);
}

void
h2_dial_free(struct h2_dial *d)
{
	free(d);
}

int64_t
h2_dial_tick(struct h2_dial *d, int64_t now_ms)
{
	(void)d, (void)now_ms;
	return 1000;
}

const char *
h2_dial_stage(const struct h2_dial *d)
{
	(void)d;
	return "name lookup";
}

/* --- instead of h2_tls.c ---------------------------------------------- */

const struct err *
h2_tls_new(struct h2_conn *c)
{
	static SSL_CTX *ctx;
	struct line *l = line_of(NULL);

	if (l == NULL || world.dial == 2)
		return err_new(ERR_FAULT, "TLS: no");
	if (ctx == NULL)
		ctx = SSL_CTX_new(TLS_client_method());
	*l = (struct line){.c = c, .in = BUF(1 << 22), .out = BUF(1 << 22)};
	MUST(nghttp2_hd_inflate_new(&l->inflater) == 0);
	c->ssl = SSL_new(ctx); /* asked for its version only */
	return NULL;
}

void
h2_tls_free(struct h2_conn *c)
{
	struct line *l = line_of(c);

	SSL_free(c->ssl);
	if (l == NULL)
		return;
	nghttp2_hd_inflate_del(l->inflater);
	buf_done(&l->in);
	buf_done(&l->out);
	l->c = NULL;
}

void
h2_trusts_free(struct h2_trusts *trusts)
{
	(void)trusts;
}

int
h2_tls_shake(struct h2_conn *c)
{
	(void)c;
	return 1;
}

ssize_t
h2_tls_read(struct h2_conn *c, void *into, size_t len)
{
	struct line *l = line_of(c);

	if (len > l->in.len)
		len = l->in.len;
	if (len == 0 && l->eof) {
		h2_conn_doom(c, "connection closed by the server");
		return -1;
	}
	if (len > 0)
		memcpy(into, l->in.data, len);
	buf_drop(&l->in, len);
	return (ssize_t)len;
}

ssize_t
h2_tls_write(struct h2_conn *c, const void *data, size_t len)
{
	struct line *l = line_of(c);

	if (world.throttle == BLOCKED)
		return 0;
	if (world.throttle == SLOW && len > 100)
		len = 100;
	MUST(buf_add(&l->out, data, len));
	line_heard(l);
	return (ssize_t)len;
}

/* --- instead of poller.c ---------------------------------------------- */

const struct err *
poller_new(struct poller **p)
{
	*p = xmalloc(1);
	return NULL;
}

void
poller_free(struct poller *p)
{
	free(p);
}

void
poller_watch(struct poller *p, int fd, uint32_t events, poller_fn *fn,
    void *arg)
{
	struct line *l = line_of(arg);

	(void)p, (void)fd, (void)events;
	MUST(l != NULL);
	l->on_event = fn;
}

void
poller_unwatch(struct poller *p, int fd)
{
	(void)p, (void)fd;
}

#endif
