/* SPDX-License-Identifier: MIT */
/*
 * wire_h2 against a server that means harm: floods, answers that never end,
 * words that would break a row or a line. Each exchange has an end within its
 * time, none of them is an answer, and the next one is served.
 */
#include "sendd/h2/part.h"
#include "tests/unit/h2_world.h"
#include "tests/unit/unit.h"

enum { DATA = 0, HEADERS = 1, RESET = 3, SETTINGS = 4, PING = 6, GOAWAY = 7,
	WINDOW = 8, CONTINUATION = 9 };

#define MOST_WRITES 4000 /* far more than is taken; then the peer ends */

/* A frame as bytes; its length. */
static size_t
put(unsigned char *at, int type, int flags, int32_t id, const void *data,
    size_t len)
{
	const unsigned char head[9] = {(unsigned char)(len >> 16),
	    (unsigned char)(len >> 8), (unsigned char)len,
	    (unsigned char)type, (unsigned char)flags,
	    (unsigned char)(id >> 24), (unsigned char)(id >> 16),
	    (unsigned char)(id >> 8), (unsigned char)id};

	memcpy(at, head, sizeof head);
	memcpy(at + sizeof head, data, len);
	return sizeof head + len;
}

/* False when the other side is gone. */
static bool
say(struct peer_conn *c, int type, int flags, int32_t id, const void *data,
    size_t len)
{
	unsigned char frame[256];
	size_t n = put(frame, type, flags, id, data, len);

	return !c->stop && SSL_write(c->ssl, frame, (int)n) > 0;
}

static void
flood(struct peer_conn *c, int type, int flags, int32_t id, const char *data,
    size_t len)
{
	unsigned char many[16384];
	size_t n = 0;

	while (n < sizeof many - 256)
		n += put(many + n, type, flags, id, data, len);
	for (int i = 0; i < MOST_WRITES && !c->stop; i++)
		if (SSL_write(c->ssl, many, (int)n) <= 0)
			break;
	c->dead = true;
}

/* ":status: 200" of HPACK's own table: headers without their end. */
static void
begin_headers(struct peer_conn *c, int32_t id, int flags)
{
	(void)say(c, HEADERS, flags, id, "\x88", 1);
}

/* An answer a byte at a time, for as long as it is listened to. */
static void
drip(struct peer_conn *c, int32_t id)
{
	begin_headers(c, id, 4);
	for (int i = 0; i < 150 && say(c, DATA, 0, id, "x", 1); i++)
		(void)usleep(10000);
}

static void
interims(struct peer_conn *c, int32_t id)
{
	nghttp2_nv nv[] = {NV(":status", "103"), NV("retry-after", "99")};

	for (int i = 0; i < 10000 && !c->dead; i++) {
		nghttp2_submit_headers(c->session, 0, id, NULL, nv, 2, NULL);
		peer_flush(c);
	}
}

#define BYE "\0\0\0\0\0\0\0\0" /* last stream 0, no error */

static const struct {
	const char *path;
	int type, flags;
	bool on_stream; /* the exchange's, else the connection's */
	const char *data;
	size_t len;
} floods[] = {
	/* clang-format off */
	{"/ping",	PING,	      0, false, "12345678", 8},
	{"/settings",	SETTINGS,     0, false, "", 0},
	{"/unknown",	0xee,	      0, false, "x", 1},
	{"/reset-other", RESET,	      0, true,  "\0\0\0\1", 4},
	{"/window",	WINDOW,	      0, false, "\0\0\0\1", 4},
	{"/window-max",	WINDOW,	      0, false, "\x7f\xff\xff\xff", 4},
	{"/window-zero", WINDOW,      0, false, "\0\0\0\0", 4},
	{"/goaway-all",	GOAWAY,	      0, false, BYE, 8},
	{"/push",	5,	      4, true,  "\0\0\0\2\x82\x84\x87", 7},
	{"/long",	PING,	      0, false, "123456789", 9},
	{"/data-first",	DATA,	      0, true,  "x", 1},
	{"/continued",	CONTINUATION, 0, true,  "\x88", 1},
	/* clang-format on */
};

static void
play(struct peer_conn *c, int32_t id, const char *path)
{
	for (unsigned i = 0; i < sizeof floods / sizeof *floods; i++)
		if (strcmp(path, floods[i].path) == 0)
			flood(c, floods[i].type, floods[i].flags,
			    floods[i].on_stream ? id : 0, floods[i].data,
			    floods[i].len);
	if (strcmp(path, "/empty") == 0) {
		begin_headers(c, id, 4);
		flood(c, DATA, 0, id, "", 0);
	} else if (strcmp(path, "/continuation") == 0) {
		begin_headers(c, id, 0);
		flood(c, CONTINUATION, 0, id, "\0\1a\1b", 5);
	} else if (strcmp(path, "/half-headers") == 0) {
		begin_headers(c, id, 0);
	} else if (strcmp(path, "/noise") == 0) {
		(void)SSL_write(c->ssl, "HTTP/1.1 200 OK\r\n\r\n", 19);
	} else if (strcmp(path, "/drip") == 0) {
		drip(c, id);
	} else if (strcmp(path, "/interims") == 0) {
		interims(c, id);
	} else if (strcmp(path, "/bye") == 0) {
		(void)say(c, GOAWAY, 0, 0, BYE "\x1b[31m\"\xc3\n\xff{", 18);
	} else if (strcmp(path, "/calm") == 0) {
		for (int i = 0; i < 3; i++) /* said more than once */
			(void)say(c, GOAWAY, 0, 0, "\0\0\0\0\0\0\0\x0b"
			    "too_many_pings", 22);
	} else if (strcmp(path, "/calm-else") == 0) {
		(void)say(c, GOAWAY, 0, 0, "\0\0\0\0\0\0\0\x0b"
		    "too_many_streams", 24);
	} else if (strcmp(path, "/json-bye") == 0) {
		static const char bye[] = BYE "{\"reason\":\"\\u001b]0;\\n"
		    "\xf0\x9f\x98\x80\\\"\"}";

		(void)say(c, GOAWAY, 0, 0, bye, sizeof bye - 1);
	}
}

/* At once, or over the next connection when this one is spoiled. */
static void
serves_on(struct world *w)
{
	for (int i = 0; i < 3; i++)
		if (ask(w, "/200")->status == 200)
			return;
	fail_msg("no answer any more");
}

/* Ended without an answer, in words that can stand anywhere. */
static void
expect_end(struct world *w, const char *path)
{
	struct exchange *x;

	if (w->pool == NULL)
		world_pool(w);
	assert_true(room(w, 30000) > 0);
	x = start_with(w, path, "{}", 2, 1000);
	settle(w);
	if (x->end != EXCHANGE_UNKNOWN && x->end != EXCHANGE_UNSENT)
		fail_msg("%s: end %d, status %d", path, x->end, x->status);
	if (x->why[0] == '\0' || !is_plain(x->why) ||
	    !is_plain(stats(w).trouble))
		fail_msg("%s: why \"%s\" trouble \"%s\"", path, x->why,
		    stats(w).trouble);
	serves_on(w);
}

static void
floods_end(void **state)
{
	struct world *w = *state;

	w->peer->path = play;
	assert_int_equal(ask(w, "/200")->status, 200);
	for (unsigned i = 0; i < sizeof floods / sizeof *floods; i++)
		expect_end(w, floods[i].path);
}

static void
endless_answers_end(void **state)
{
	static const char *const paths[] = {"/empty", "/continuation",
	    "/half-headers", "/noise", "/drip", "/interims"};
	struct world *w = *state;

	w->peer->path = play;
	assert_int_equal(ask(w, "/200")->status, 200);
	for (unsigned i = 0; i < sizeof paths / sizeof *paths; i++)
		expect_end(w, paths[i]);
}

static void
words_are_plain(void **state)
{
	struct world *w = *state;

	w->peer->path = play;
	expect_end(w, "/bye");
	assert_non_null(strstr(w->x[0]->why,
	    "GOAWAY NO_ERROR ?[31m'?" "?" "?{"));
	expect_end(w, "/json-bye");
	assert_non_null(strstr(w->x[2]->why,
	    "GOAWAY NO_ERROR ?]0;?" "?" "?" "?" "?'"));
}

static unsigned *
calm_of(struct pool *p)
{
	return &((struct h2_pool *)p)->calm;
}

/* All pools of the host ask less often, and it has an end. */
static void
pings_calm_down(void **state)
{
	struct world *w = *state;
	struct pool *other = wire_pool(w->wire, &w->origin, 2), *later;

	w->peer->path = play;
	expect_end(w, "/bye");
	expect_end(w, "/calm-else");
	assert_int_equal(*calm_of(w->pool), 0);
	expect_end(w, "/calm");
	assert_int_equal(*calm_of(w->pool), 1);
	assert_int_equal(*calm_of(other), 1);
	expect_end(w, "/calm");
	assert_int_equal(*calm_of(other), 2);
	later = wire_pool(w->wire, &w->origin, 3);
	assert_int_equal(*calm_of(later), 2);
	*calm_of(w->pool) = 9;
	expect_end(w, "/calm");
	expect_end(w, "/calm");
	assert_int_equal(*calm_of(later), 10);
}

/* --- before HTTP/2 ---------------------------------------------------- */

static void
silent(struct peer_conn *c)
{
	while (!c->stop)
		(void)usleep(10000);
}

/* A frame's header, and the frame never. */
static void
drip_hello(struct peer_conn *c)
{
	while (!c->stop && SSL_write(c->ssl, "\0", 1) > 0)
		(void)usleep(50000);
}

static void
endless_proxy(struct peer_conn *c)
{
	static const char line[] = "HTTP/1.1 200 OK\r\nX: \x1b[31m\r\n";

	while (!c->stop &&
	    send(c->fd, line, sizeof line - 1, MSG_NOSIGNAL) > 0)
		;
}

static void
drip_proxy(struct peer_conn *c)
{
	while (!c->stop && send(c->fd, "H", 1, MSG_NOSIGNAL) > 0)
		(void)usleep(50000);
}

static void
rude_proxy(struct peer_conn *c)
{
	static const char no[] = "HTTP/1.1 403 \x1b[31m\"\xff\r\n\r\n";

	(void)send(c->fd, no, sizeof no - 1, MSG_NOSIGNAL);
	(void)usleep(100000);
}

/* There is no connection, and it is told in plain words. */
static void
expect_none(struct world *w, const char *words)
{
	int64_t until = clock_mono_ms() + 60000;

	w->origin.connect_timeout_ms = 500;
	world_pool(w);
	while (strstr(stats(w).trouble, words) == NULL &&
	    clock_mono_ms() < until)
		assert_int_equal(room(w, 100), 0);
	if (strstr(stats(w).trouble, words) == NULL ||
	    !is_plain(stats(w).trouble))
		fail_msg("trouble \"%s\"", stats(w).trouble);
}

static void
no_hello(void **state)
{
	struct world *w = *state;

	w->peer->raw = silent;
	expect_none(w, "no connection within 0.5 s");
}

static void
dripped_hello(void **state)
{
	struct world *w = *state;

	w->peer->raw = drip_hello;
	expect_none(w, "HTTP/2");
}

static void
hostile_proxies(void **state)
{
	static const struct {
		void (*proxy)(struct peer_conn *c);
		const char *words;
	} rows[] = {{silent, "no connection within 0.5 s: proxy"},
	    {drip_proxy, "no connection within 0.5 s: proxy"},
	    {endless_proxy, "does not speak HTTP"},
	    {rude_proxy, "the proxy refused: HTTP/1.1 403 ?[31m'?"}};
	struct world *w = *state;
	static char proxy[64];

	(void)snprintf(proxy, sizeof proxy, "http://127.0.0.1:%u",
	    w->peer->port);
	w->origin.proxy = proxy;
	for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
		w->peer->proxy = rows[i].proxy;
		if (w->pool != NULL)
			pool_retire(w->pool);
		expect_none(w, rows[i].words);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {SCENE(floods_end),
	    SCENE(endless_answers_end), SCENE(words_are_plain),
	    SCENE(pings_calm_down),
	    SCENE(no_hello), SCENE(dripped_hello), SCENE(hostile_proxies)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
