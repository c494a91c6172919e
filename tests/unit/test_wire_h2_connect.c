/* SPDX-License-Identifier: MIT */
/* How wire_h2 gets to a server, and what it says when it does not. */
#include "tests/unit/h2_world.h"

static void
set(char *to, size_t size, const char *text)
{
	(void)snprintf(to, size, "%s", text);
}

/* No room, a reason, and ever longer pauses. */
static void
refused(void **state)
{
	struct sockaddr_in sa = {.sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int deaf = socket(AF_INET, SOCK_STREAM, 0); /* bound, no listener */
	socklen_t len = sizeof sa;
	struct world *w = *state;
	int64_t until = clock_mono_ms() + 60000;

	assert_int_equal(bind(deaf, (struct sockaddr *)&sa, len), 0);
	(void)getsockname(deaf, (struct sockaddr *)&sa, &len);
	w->origin.port = ntohs(sa.sin_port);
	world_pool(w);
	assert_int_equal(room(w, 1000), 0);
	/* a busy machine has not come to the second try, or is at one */
	while ((stats(w).connects < 2 ||
		stats(w).connects != stats(w).connect_failures) &&
	    clock_mono_ms() < until)
		assert_int_equal(room(w, 20), 0);
	assert_non_null(strstr(stats(w).trouble, "Connection refused"));
	assert_in_range(stats(w).connects, 2, 9);
	assert_int_equal(stats(w).connects, stats(w).connect_failures);
	(void)close(deaf);
}

static void
trouble(struct world *w, const char *expected)
{
	int64_t until = clock_mono_ms() + 60000;

	world_pool(w);
	/* the first try may take long, under valgrind say */
	while (stats(w).trouble[0] == '\0' && clock_mono_ms() < until)
		assert_int_equal(room(w, 100), 0);
	assert_int_equal(room(w, 700), 0);
	if (strstr(stats(w).trouble, expected) == NULL)
		fail_msg("trouble \"%s\"", stats(w).trouble);
}

static void
wrong_trust(void **state)
{
	struct world *w = *state;

	w->origin.ca_file = NULL; /* the system does not know the peer */
	trouble(w, "certificate refused: self");
}

static void
no_such_ca_file(void **state)
{
	struct world *w = *state;

	w->origin.ca_file = "/nowhere/ca.pem";
	trouble(w, "cannot read certificates of /nowhere/ca.pem");
}

static void
wrong_name(void **state)
{
	struct world *w = *state;

	set(w->origin.host, sizeof w->origin.host,
	    "127.0.0.2");
	w->origin.proxy = exchange_fmt(w->x[w->n++] = exchange_new(),
	    "http://127.0.0.1:%u", w->peer->port);
	w->over++;
	trouble(w, "certificate refused: IP address mismatch");
}

static void
no_http2(void **state)
{
	struct world *w = *state;

	w->peer->no_alpn = true;
	trouble(w, "does not offer HTTP/2");
}

/* Where the origin allows for that, it is no trouble: exchanges go by the other
 * wire. */
static void
no_http2_is_no_trouble(void **state)
{
	struct world *w = *state;
	int64_t until = clock_mono_ms() + 60000;

	w->peer->no_alpn = w->origin.http1 = true;
	world_pool(w);
	assert_true(pool_speaks(w->pool));
	while (pool_speaks(w->pool) && clock_mono_ms() < until)
		assert_int_equal(room(w, 20), 0);
	assert_false(pool_speaks(w->pool));
	assert_string_equal(stats(w).trouble, "");
	assert_int_equal(stats(w).connect_failures, 0);
	/* in TLS 1.3 the peer comes to its end of the handshake last */
	while (w->peer->connections == 0 && clock_mono_ms() < until)
		(void)room(w, 20);
	assert_int_equal(w->peer->connections, 1);
}

static void
http2_beside_http1(void **state)
{
	struct world *w = *state;

	w->origin.http1 = true;
	assert_int_equal(ask(w, "/200")->status, 200);
	assert_true(pool_speaks(w->pool));
}

/* Nothing is sent to an address of this machine, whatever name led there. */
static void
not_public(void **state)
{
	struct world *w = *state;

	w->origin.public_only = true;
	trouble(w, "the address is not public");
	set(w->origin.host, sizeof w->origin.host, "127.0.0.1");
	trouble(w, "the address is not public");
	assert_int_equal(w->peer->connections, 0);
}

static void
no_settings(void **state)
{
	struct world *w = *state;

	w->peer->no_settings = true;
	w->origin.connect_timeout_ms = 300;
	trouble(w, "HTTP/2 session over"); /* its first frame is another */
}

static void
no_such_name(void **state)
{
	struct world *w = *state;

	set(w->origin.host, sizeof w->origin.host,
	    "no-such-host.invalid");
	trouble(w, "cannot resolve no-such-host.invalid");
}

static void
through_proxy(void **state)
{
	struct world *w = *state;
	struct exchange *x = exchange_new();

	w->x[w->n++] = x;
	w->over++;
	w->origin.proxy = exchange_fmt(x, "http://localhost:%u",
	    w->peer->port);
	w->origin.proxy_user = "me";
	w->origin.proxy_password = "secret";
	set(w->peer->proxy_line, sizeof w->peer->proxy_line,
	    "Proxy-Authorization: Basic bWU6c2VjcmV0\r\n");
	assert_int_equal(ask(w, "/200")->status, 200);
	assert_int_equal(w->peer->proxied, 1);
	w->origin.proxy_password = "wrong";
	trouble(w, "the proxy refused: HTTP/1.1 407 Who are you");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {SCENE(refused),
	    SCENE(wrong_trust), SCENE(no_such_ca_file), SCENE(wrong_name),
	    SCENE(no_http2), SCENE(no_http2_is_no_trouble),
	    SCENE(http2_beside_http1), SCENE(not_public),
	    SCENE(no_settings), SCENE(no_such_name), SCENE(through_proxy)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
