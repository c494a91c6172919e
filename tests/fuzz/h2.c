/* SPDX-License-Identifier: MIT */
/*
 * wire_h2 against a peer that says anything: what is started comes back once
 * and with an end, and what may have been processed is not called unsent.
 * Bytes come from the input, what we write is read as HTTP/2. Input:
 * operations, a byte each and their arguments, see the table at the end.
 */
#include <sys/epoll.h>

#include "tests/fuzz/h2_line.h"

static struct {
	struct wire *wire;
	struct pool *pool;
	struct exchange *x[EXCHANGES];
	char path[EXCHANGES][8];
	bool over[EXCHANGES], written[EXCHANGES];
	unsigned n, n_over;
	int64_t now_ms;
} w;

static char body[100 * 1024];

/* --- the peer's reading ----------------------------------------------- */

/* Which exchange is it? Its path tells. */
static void
heard_headers(struct line *l, int32_t stream, const uint8_t *at, size_t len)
{
	int flags = 0, number = -1;
	nghttp2_nv nv;
	ssize_t n;

	do {
		n = nghttp2_hd_inflate_hd2(l->inflater, &nv, &flags, at, len,
		    1);
		MUST(n >= 0);
		at += n;
		len -= (size_t)n;
		if ((flags & NGHTTP2_HD_INFLATE_EMIT) != 0 &&
		    nv.namelen == 5 && memcmp(nv.name, ":path", 5) == 0)
			number = (int)strtol((const char *)nv.value + 1, NULL,
			    10);
	} while ((flags & NGHTTP2_HD_INFLATE_FINAL) == 0);
	nghttp2_hd_inflate_end_headers(l->inflater);
	MUST(number >= 0 && number < (int)w.n);
	MUST(!w.written[number]); /* the wire repeats nothing by itself */
	w.written[number] = true;
	l->stream_of[number] = stream;
}

static void
heard_data(struct line *l, int32_t stream, const uint8_t *at, size_t len)
{
	for (unsigned i = 0; i < w.n; i++) {
		size_t *had = &l->body_of[i];

		if (l->stream_of[i] != stream)
			continue;
		MUST(*had + len <= w.x[i]->body_len);
		MUST(memcmp(at, body + *had, len) == 0);
		*had += len;
		return;
	}
	MUST(false);
}

static void
heard_frame(struct line *l, uint8_t type, int32_t stream, const uint8_t *at,
    size_t len)
{
	if (type == NGHTTP2_HEADERS)
		heard_headers(l, stream, at, len);
	else if (type == NGHTTP2_DATA)
		heard_data(l, stream, at, len);
}

/* --- exchanges -------------------------------------------------------- */

static bool
begins(const char *s, const char *start)
{
	return strncmp(s, start, strlen(start)) == 0;
}

static void
check_over(unsigned i)
{
	const struct exchange *x = w.x[i];

	MUST(x->end == EXCHANGE_UNSENT || x->end == EXCHANGE_UNKNOWN ||
	    x->end == EXCHANGE_ANSWERED);
	MUST(x->retry_after_s <= 86400);
	MUST(memchr(x->id, '\0', sizeof x->id) != NULL);
	MUST(x->answer.len <= EXCHANGE_ANSWER);
	if (x->end == EXCHANGE_ANSWERED)
		MUST(x->status >= 200 && x->status <= 999);
	else
		MUST(x->why[0] != '\0' && x->status == 0);
	/* only the peer can say that it did nothing with what it has */
	if (x->end == EXCHANGE_UNSENT && w.written[i])
		MUST(begins(x->why, "GOAWAY") ||
		    begins(x->why, "stream closed: REFUSED_STREAM"));
}

static void
collect(void)
{
	struct exchange *x;
	unsigned i;

	while ((x = wire_finished(w.wire)) != NULL) {
		for (i = 0; w.x[i] != x; i++)
			MUST(i + 1 < w.n);
		MUST(!w.over[i]);
		w.over[i] = true;
		w.n_over++;
		check_over(i);
	}
}

static void
start(unsigned size)
{
	static const size_t sizes[] = {0, 2, 1000, 30000, sizeof body};
	struct exchange *x;

	if (pool_room(w.pool) == 0 || w.n == EXCHANGES)
		return;
	x = w.x[w.n] = exchange_new();
	(void)snprintf(w.path[w.n], sizeof w.path[0], "/%u", w.n);
	x->path = w.path[w.n++];
	exchange_header(x, "apns-id", "123e4567-e89b-42d3-a456-426614174000");
	exchange_header(x, "authorization", "bearer abc");
	x->body = body;
	x->body_len = sizes[size % nitems(sizes)];
	x->timeout_ms = 5000;
	pool_start(w.pool, x);
}

static void
turn(void)
{
	struct pool_stats s;

	wire_flush(w.wire);
	(void)wire_tick(w.wire);
	collect();
	pool_stats(w.pool, &s);
	MUST(s.in_flight + w.n_over == w.n);
}

/* --- operations ------------------------------------------------------- */

static void
op_raw(struct input *in)
{
	struct line *l = line_at(input_byte(in));
	size_t len = input_byte(in);

	len = len < in->left ? len : in->left;
	line_say(l, in->at, len);
	in->at += len;
	in->left -= len;
	line_event(l, EPOLLIN);
}

/* Type, flags, stream, length, payload; a length over 200 is so many times
 * 64 bytes of filling. */
static void
op_frame(struct input *in)
{
	static const char filling[64 * 56];
	unsigned char head[FRAME] = {0};
	struct line *l = line_at(input_byte(in));
	size_t len;
	bool fill;

	head[3] = (unsigned char)input_byte(in);
	head[4] = (unsigned char)input_byte(in);
	head[8] = (unsigned char)input_byte(in);
	len = input_byte(in);
	fill = len > 200;
	if (fill)
		len = (len - 200) * 64;
	else if (len > in->left)
		len = in->left;
	head[1] = (unsigned char)(len >> 8);
	head[2] = (unsigned char)len;
	line_say(l, head, sizeof head);
	line_say(l, fill ? (const void *)filling : in->at, len);
	if (!fill) {
		in->at += len;
		in->left -= len;
	}
	line_event(l, EPOLLIN);
}

static void
op_start(struct input *in)
{
	start(input_byte(in));
}

static void
op_wait(struct input *in)
{
	static const int64_t spans[] = {1, 60, 700, 2100, 5100, 31000, 61000};

	w.now_ms += spans[input_byte(in) % nitems(spans)];
	clock_set(w.now_ms);
	turn();
}

static void
op_throttle(struct input *in)
{
	world.throttle = (enum throttle)(input_byte(in) % 3);
	for (unsigned i = 0; i < LINES; i++) {
		struct line *l = line_at(i);

		if (world.throttle != BLOCKED && l != NULL && l->c->blocked)
			line_event(l, EPOLLOUT);
	}
}

static void
op_turn(struct input *in)
{
	(void)in;
	turn();
}

static void
op_eof(struct input *in)
{
	struct line *l = line_at(input_byte(in));

	if (l != NULL)
		l->eof = true;
	line_event(l, EPOLLIN);
}

static void
op_renew(struct input *in)
{
	(void)in;
	pool_renew(w.pool);
}

static void
op_dial(struct input *in)
{
	world.dial = input_byte(in) % 3;
}

typedef void operation(struct input *in);

static operation *const operations[] = {op_raw, op_frame, op_start, op_wait,
    op_throttle, op_turn, op_eof, op_renew, op_dial};

static void
end(void)
{
	world.throttle = FREE;
	pool_retire(w.pool);
	wire_close(w.wire);
	for (unsigned i = 0; i < w.n; i++) {
		check_over(i);
		exchange_free(w.x[i]);
	}
	for (unsigned i = 0; i < LINES; i++)
		MUST(line_at(i) == NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};
	struct origin origin = {.host = "localhost", .port = 443,
	    .connections = 2, .connect_timeout_ms = 2000,
	    .idle_ping_ms = 60000, .cautious = input_byte(&in) & 1};
	struct poller *poller;

	for (size_t i = 0; i < sizeof body && body[1] == 0; i++)
		body[i] = (char)(i % 251);
	memset(&w, 0, sizeof w);
	memset(&world, 0, sizeof world);
	w.now_ms = clock_mono_us() / 1000;
	clock_set(w.now_ms);
	MUST(poller_new(&poller) == NULL);
	MUST(wire_open(&wire_h2, poller, &w.wire) == NULL);
	w.pool = wire_pool(w.wire, &origin, 1);
	(void)pool_room(w.pool);
	for (int i = 0; i < 200 && in.left > 0; i++)
		operations[input_byte(&in) % nitems(operations)](&in);
	end();
	poller_free(poller);
	return 0;
}
