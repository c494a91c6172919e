/* SPDX-License-Identifier: MIT */
/*
 * Both that ask through libcurl, wire_http and lib/http, against a server
 * that means harm: what never ends has an end within its time, what is too
 * much is refused, and nothing of it is an answer.
 */
#include "lib/clock.h"
#include "lib/http.h"
#include "tests/unit/http_world.h"

#define WHOLE "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"

/* --- what the peer does ----------------------------------------------- */

static void
hear(struct peer_conn *c)
{
	char in[4096];

	(void)SSL_read(c->ssl, in, sizeof in);
}

static bool
say(struct peer_conn *c, const char *text)
{
	return !c->stop && SSL_write(c->ssl, text, (int)strlen(text)) > 0;
}

/* First once, then the other over and over, as long as someone listens. */
static void
go_on(struct peer_conn *c, const char *first, const char *then, unsigned us)
{
	hear(c);
	if (!say(c, first))
		return;
	for (int i = 0; i < 2000000 && say(c, then); i++)
		if (us > 0)
			(void)usleep(us);
}

static void
endless_headers(struct peer_conn *c)
{
	go_on(c, "HTTP/1.1 200 OK\r\n", "X-More: and more\r\n", 0);
}

static void
endless_header(struct peer_conn *c)
{
	go_on(c, "HTTP/1.1 200 OK\r\nX: ", "xxxxxxxxxxxxxxxx", 0);
}

static void
endless_interims(struct peer_conn *c)
{
	go_on(c, "HTTP/1.1 100 Continue\r\n\r\n",
	    "HTTP/1.1 103 Early Hints\r\nX: y\r\n\r\n", 0);
}

static void
endless_body(struct peer_conn *c)
{
	go_on(c, "HTTP/1.1 200 OK\r\n\r\n{\"a\":\"", "xxxxxxxxxxxxxxxx", 0);
}

static void
endless_chunks(struct peer_conn *c)
{
	go_on(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
	    "28;x=y\r\nxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n", 0);
}

static void
dripped_body(struct peer_conn *c)
{
	go_on(c, "HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n", "x",
	    20000);
}

static void
dripped_header(struct peer_conn *c)
{
	go_on(c, "HTTP/1.1 200 OK\r\nX: ", "x", 20000);
}

static void
short_body(struct peer_conn *c)
{
	hear(c);
	(void)say(c, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}");
}

static void
no_http(struct peer_conn *c)
{
	hear(c);
	(void)say(c, "\x1b[31m\"\xff\xfe{}\r\n\r\n");
}

static void
bad_length(struct peer_conn *c)
{
	hear(c);
	(void)say(c, "HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\n{}");
}

static void
bad_chunk(struct peer_conn *c)
{
	hear(c);
	(void)say(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	    "ffffffffffffffffff\r\n{}");
}

static void
elsewhere(struct peer_conn *c)
{
	hear(c);
	(void)say(c, "HTTP/1.1 307 Go\r\nLocation: file:///etc/passwd\r\n"
	    "Content-Length: 0\r\n\r\n");
}

static void
good(struct peer_conn *c)
{
	hear(c);
	(void)say(c, WHOLE);
}

/* What goes on for ever without growing is ended by its time alone; all else
 * has more than the slowest machine needs. */
#define DRIP_MS 700
#define LONG_MS 60000

/* status 0: no answer. http: what lib/http says; NULL: the status. */
static const struct {
	const char *name;
	void (*raw)(struct peer_conn *c);
	int status;
	const char *http;
} rows[] = {
	/* clang-format off */
	{"endless headers",  endless_headers,  0,   "too large"},
	{"endless header",   endless_header,   0,   ""},
	{"endless interims", endless_interims, 0,   "too large"},
	{"endless body",     endless_body,     200, "too large"},
	{"endless chunks",   endless_chunks,   200, "too large"},
	{"dripped body",     dripped_body,     0,   "Timeout"},
	{"dripped header",   dripped_header,   0,   "Timeout"},
	{"short body",	     short_body,       0,   ""},
	{"no HTTP",	     no_http,	       0,   ""},
	{"bad length",	     bad_length,       0,   ""},
	{"bad chunk",	     bad_chunk,	       0,   ""},
	{"a redirection",    elsewhere,	       307, NULL},
	{"a good one",	     good,	       200, NULL},
	/* clang-format on */
};

/* --- wire_http -------------------------------------------------------- */

static int
setup_hostile(void **state)
{
	int status = setup(state);
	struct world *w = *state;

	w->peer->no_alpn = true;
	w->origin.connect_timeout_ms = LONG_MS;
	return status;
}

static unsigned
patience_ms(unsigned row)
{
	return rows[row].http != NULL && strcmp(rows[row].http, "Timeout") == 0
		   ? DRIP_MS
		   : LONG_MS;
}

static struct exchange *
ask(struct world *w, uint64_t key, unsigned timeout_ms)
{
	struct exchange *x = exchange_new();
	int64_t until = clock_mono_ms() + 2 * LONG_MS;

	x->path = "/";
	x->body = "{}";
	x->body_len = 2;
	x->timeout_ms = timeout_ms;
	pool_start(wire_pool(w->wire, &w->origin, key), x);
	while (x->end == EXCHANGE_OPEN && clock_mono_ms() < until) {
		int wait;

		wire_flush(w->wire);
		wait = wire_tick(w->wire);
		poller_run(w->poller, wait < 20 ? wait : 20);
	}
	while (wire_finished(w->wire) != NULL)
		;
	return x;
}

static void
wire_ends_all(void **state)
{
	struct world *w = *state;

	for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct exchange *x;

		w->peer->raw = rows[i].raw;
		x = ask(w, i, patience_ms(i));
		if (x->status != rows[i].status || !is_plain(x->why) ||
		    (x->end == EXCHANGE_ANSWERED) != (x->status > 0) ||
		    x->end == EXCHANGE_OPEN ||
		    x->answer.len > EXCHANGE_ANSWER)
			fail_msg("%s: end %d status %d why \"%s\"",
			    rows[i].name, x->end, x->status, x->why);
		exchange_free(x);
	}
}

static void
endless_proxy(struct peer_conn *c)
{
	static const char line[] = "HTTP/1.1 200 OK\r\nX-More: more\r\n";

	while (!c->stop && send(c->fd, line, sizeof line - 1,
		MSG_NOSIGNAL) > 0)
		;
}

static void
drip_proxy(struct peer_conn *c)
{
	while (!c->stop && send(c->fd, "H", 1, MSG_NOSIGNAL) > 0)
		(void)usleep(50000);
}

static void
proxies_end(void **state)
{
	void (*proxies[])(struct peer_conn *c) = {endless_proxy, drip_proxy};
	static char proxy[64];
	struct world *w = *state;

	(void)snprintf(proxy, sizeof proxy, "http://127.0.0.1:%u",
	    w->peer->port);
	w->origin.proxy = proxy;
	w->origin.connect_timeout_ms = DRIP_MS;
	for (unsigned i = 0; i < 2; i++) {
		struct exchange *x;

		w->peer->proxy = proxies[i];
		x = ask(w, 100 + i, LONG_MS);
		assert_int_equal(x->end, EXCHANGE_UNSENT);
		assert_true(is_plain(x->why));
		exchange_free(x);
	}
}

/* --- lib/http --------------------------------------------------------- */

static void
http_ends_all(void **state)
{
	struct world *w = *state;
	struct http_options o = {
	    .connect_timeout_ms = LONG_MS, .ca_file = w->peer->ca_file};
	struct http *h = http_new();
	char url[64];

	(void)snprintf(url, sizeof url, "https://localhost:%u/",
	    w->peer->port);
	for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct buf answer = BUF(4096);
		struct http_result got;
		const struct err *e;

		w->peer->raw = rows[i].raw;
		o.response_timeout_ms = patience_ms(i);
		e = http_call(h, &o, &(struct http_request){.method = "POST",
		    .url = url, .body = "{}", .len = 2}, &got, &answer);
		if (rows[i].http == NULL
			? e != NULL || got.status != rows[i].status
			: e == NULL || e->code != ERR_BUSY ||
			    strstr(e->text, rows[i].http) == NULL)
			fail_msg("%s: %d %s", rows[i].name, got.status,
			    e != NULL ? e->text : "");
		buf_done(&answer);
	}
	http_free(h);
}

#define SCENE(f) cmocka_unit_test_setup_teardown(f, setup_hostile, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {SCENE(wire_ends_all),
	    SCENE(proxies_end), SCENE(http_ends_all)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
