/* SPDX-License-Identifier: MIT */
/* wire_http: what libcurl says against what really happened. */
#include "lib/clock.h"
#include "tests/unit/http_world.h"

static struct exchange *
once(struct world *w)
{
	int wait;

	wire_flush(w->wire);
	wait = wire_tick(w->wire);
	poller_run(w->poller, wait < 20 ? wait : 20);
	return wire_finished(w->wire);
}

static struct exchange *
start(struct world *w, const char *path, unsigned timeout_ms)
{
	struct exchange *x = exchange_new();

	if (w->pool == NULL)
		w->pool = wire_pool(w->wire, &w->origin, 1);
	x->path = path;
	exchange_header(x, "content-type", "application/json");
	x->body = "{}";
	x->body_len = 2;
	x->timeout_ms = timeout_ms;
	pool_start(w->pool, x);
	return x;
}

static void
wait_for(struct world *w, const struct exchange *x)
{
	int64_t until = clock_mono_ms() + 60000;

	while (x->end == EXCHANGE_OPEN && clock_mono_ms() < until)
		(void)once(w);
	while (wire_finished(w->wire) != NULL)
		;
	assert_int_not_equal(x->end, EXCHANGE_OPEN);
}

static void
expect(struct world *w, const char *path, enum exchange_end end, int status)
{
	/* what hangs is waited for until its time is over */
	struct exchange *x = start(w, path,
	    strcmp(path, "/hang") == 0 ? 3000 : 30000);

	wait_for(w, x);
	if (x->end != end || x->status != status)
		fail_msg("%s: end %d status %d why \"%s\"", path, x->end,
		    x->status, x->why);
	exchange_free(x);
}

static void
answers(void **state)
{
	struct world *w = *state;
	struct exchange *x;

	expect(w, "/json", EXCHANGE_ANSWERED, 200);
	expect(w, "/403", EXCHANGE_ANSWERED, 403);
	x = start(w, "/429", 30000);
	wait_for(w, x);
	assert_int_equal(x->retry_after_s, 7);
	assert_string_equal(buf_str(&x->answer), "{\"reason\":\"Many\"}");
	exchange_free(x);
	assert_int_equal(pool_room(w->pool), 8);
}

/* Half an answer, none, a reset one: nothing of that is a success. */
static void
no_whole_answer(void **state)
{
	struct world *w = *state;

	expect(w, "/part", EXCHANGE_UNKNOWN, 0);
	expect(w, "/200", EXCHANGE_UNKNOWN, 0);
	expect(w, "/hang", EXCHANGE_UNKNOWN, 0);
	expect(w, "/headers", EXCHANGE_UNKNOWN, 0);
	expect(w, "/cancel", EXCHANGE_UNKNOWN, 0);
}

static void
too_large_answer(void **state)
{
	struct world *w = *state;
	struct exchange *x = start(w, "/big", 30000);

	wait_for(w, x);
	assert_int_equal(x->end, EXCHANGE_ANSWERED);
	assert_true(x->answer.overflowed);
	exchange_free(x);
}

/* libcurl would send it again over a new connection. */
static void
never_repeats(void **state)
{
	struct world *w = *state;

	expect(w, "/json", EXCHANGE_ANSWERED, 200);
	expect(w, "/die", EXCHANGE_UNKNOWN, 0);
	assert_int_equal(w->peer->requests, 2);
	expect(w, "/json", EXCHANGE_ANSWERED, 200);
	expect(w, "/refuse", EXCHANGE_UNKNOWN, 0);
	assert_int_equal(w->peer->requests, 4);
}

static void
no_connection_is_unsent(void **state)
{
	struct world *w = *state;
	struct pool_stats s;

	w->origin.ca_file = NULL;
	expect(w, "/json", EXCHANGE_UNSENT, 0);
	assert_int_equal(pool_room(w->pool), 0);
	pool_stats(w->pool, &s);
	assert_non_null(strstr(s.trouble, "certificate"));
	assert_int_equal(s.connect_failures, 1);
	(void)snprintf(w->origin.host, sizeof w->origin.host,
	    "no-such-host.invalid");
	w->pool = NULL;
	expect(w, "/json", EXCHANGE_UNSENT, 0);
}

/* Ours, with our credentials; never the environment's. */
static void
through_proxy(void **state)
{
	struct world *w = *state;
	char proxy[64];

	(void)setenv("https_proxy", "http://127.0.0.1:1", 1);
	(void)setenv("no_proxy", "*", 1);
	expect(w, "/json", EXCHANGE_ANSWERED, 200);
	assert_int_equal(w->peer->proxied, 0);
	(void)snprintf(proxy, sizeof proxy, "http://localhost:%u",
	    w->peer->port);
	w->origin.proxy = proxy;
	w->origin.proxy_user = "me";
	w->origin.proxy_password = "secret";
	(void)snprintf(w->peer->proxy_line, sizeof w->peer->proxy_line,
	    "Proxy-Authorization: Basic bWU6c2VjcmV0\r\n");
	w->pool = NULL;
	expect(w, "/json", EXCHANGE_ANSWERED, 200);
	assert_int_equal(w->peer->proxied, 1);
	(void)unsetenv("https_proxy");
	(void)unsetenv("no_proxy");
}

static void
renew_and_retire(void **state)
{
	struct world *w = *state;
	struct exchange *old, *next;

	old = start(w, "/hang", 600);
	(void)once(w);
	pool_renew(w->pool);
	next = start(w, "/json", 30000);
	wait_for(w, next);
	wait_for(w, old);
	assert_int_equal(next->status, 200);
	assert_int_equal(old->end, EXCHANGE_UNKNOWN);
	assert_int_equal(w->peer->connections, 2);
	exchange_free(old);
	exchange_free(next);
	pool_retire(w->pool);
	assert_int_equal(pool_room(w->pool), 0);
	(void)once(w);
	w->pool = NULL;
	expect(w, "/json", EXCHANGE_ANSWERED, 200);
}

/* A server may end a connection that has had about a thousand exchanges, so new
 * ones are made before; what is in flight on the old ones ends there. */
static void
no_connection_for_ever(void **state)
{
	struct world *w = *state;
	struct exchange *old = start(w, "/hang", 60000), *some[31];

	for (unsigned n = 1; n < 900; n += nitems(some)) {
		for (size_t i = 0; i < nitems(some); i++)
			some[i] = start(w, "/json", 30000);
		for (size_t i = 0; i < nitems(some); i++) {
			wait_for(w, some[i]);
			assert_int_equal(some[i]->status, 200);
			exchange_free(some[i]);
		}
	}
	assert_int_equal(w->peer->connections, 1);
	expect(w, "/json", EXCHANGE_ANSWERED, 200);
	assert_int_equal(w->peer->connections, 2);
	assert_int_equal(old->end, EXCHANGE_OPEN);
	wire_close(w->wire);
	assert_int_equal(old->end, EXCHANGE_UNKNOWN);
	exchange_free(old);
	assert_null(wire_open(&wire_http, w->poller, &w->wire));
}

static void
close_ends_all(void **state)
{
	struct world *w = *state;
	struct exchange *x = start(w, "/hang", 600);

	(void)once(w);
	wire_close(w->wire);
	assert_true(x->end == EXCHANGE_UNKNOWN || x->end == EXCHANGE_UNSENT);
	exchange_free(x);
	assert_null(wire_open(&wire_http, w->poller, &w->wire));
}

#define SCENE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

/* A name that a stranger gave leads to this machine when it is looked up for
 * the connection: nothing is connected, and so the server is asked nothing. */
static void
public_hosts_only(void **state)
{
	struct world *w = *state;
	struct pool_stats stats;
	struct exchange *x;

	w->origin.public_only = true;
	w->pool = wire_pool(w->wire, &w->origin, 77);
	x = start(w, "/ok", 30000);
	wait_for(w, x);
	assert_int_equal(x->end, EXCHANGE_UNSENT);
	pool_stats(w->pool, &stats);
	assert_int_equal(stats.connects, 0);
	assert_int_equal(stats.connect_failures, 1);
	exchange_free(x);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {SCENE(answers),
	    SCENE(no_whole_answer), SCENE(too_large_answer),
	    SCENE(never_repeats), SCENE(no_connection_is_unsent),
	    SCENE(through_proxy), SCENE(renew_and_retire),
	    SCENE(public_hosts_only),
	    SCENE(no_connection_for_ever), SCENE(close_ends_all)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
