/* SPDX-License-Identifier: MIT */
/* A wire_h2 with one pool to a peer, for the tests of wire_h2. */
#ifndef TESTS_UNIT_H2_WORLD_H
#define TESTS_UNIT_H2_WORLD_H

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include <cmocka.h>

#include "lib/clock.h"
#include "sendd/wire.h"
#include "tests/unit/h2_peer.h"

#define MOST 64

/* A wire with one pool to a peer, and what was started. */
struct world {
	struct peer *peer;
	struct poller *poller;
	struct wire *wire;
	struct origin origin;
	struct pool *pool;
	struct exchange *x[MOST];
	unsigned n, over;
};

static void
world_pool(struct world *w)
{
	w->pool = wire_pool(w->wire, &w->origin, 1);
}

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof *w);

	(void)signal(SIGPIPE, SIG_IGN);
	w->peer = peer_new();
	assert_null(poller_new(&w->poller));
	assert_null(wire_open(&wire_h2, w->poller, &w->wire));
	w->origin = (struct origin){.host = "localhost",
	    .port = w->peer->port, .ca_file = w->peer->ca_file,
	    .connections = 1, .connect_timeout_ms = 20000,
	    .idle_ping_ms = 60000};
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	wire_close(w->wire);
	poller_free(w->poller);
	peer_stop(w->peer);
	for (unsigned i = 0; i < w->n; i++)
		exchange_free(w->x[i]);
	free(w);
	return 0;
}

static void
once(struct world *w)
{
	int wait;

	wire_flush(w->wire);
	wait = wire_tick(w->wire);
	poller_run(w->poller, wait < 20 ? wait : 20);
	while (wire_finished(w->wire) != NULL)
		w->over++;
}

static unsigned
room(struct world *w, int most_ms)
{
	int64_t until = clock_mono_ms() + most_ms;
	unsigned n;

	while ((n = pool_room(w->pool)) == 0 && clock_mono_ms() < until)
		once(w);
	return n;
}

static struct exchange *
start_with(struct world *w, const char *path, const char *body, size_t len,
    unsigned timeout_ms)
{
	struct exchange *x = exchange_new();

	assert_true(w->n < MOST);
	w->x[w->n++] = x;
	x->path = path;
	exchange_header(x, "apns-id", "123e4567-e89b-42d3-a456-426614174000");
	exchange_header(x, "authorization", "bearer abc");
	x->body = body;
	x->body_len = len;
	x->timeout_ms = timeout_ms;
	pool_start(w->pool, x);
	return x;
}

static struct exchange *
start(struct world *w, const char *path)
{
	return start_with(w, path, "{}", 2, 30000);
}

static void
settle(struct world *w)
{
	int64_t until = clock_mono_ms() + 60000;

	while (w->over < w->n && clock_mono_ms() < until)
		once(w);
	assert_int_equal(w->over, w->n);
}

static struct exchange *
ask(struct world *w, const char *path)
{
	struct exchange *x;

	if (w->pool == NULL)
		world_pool(w);
	assert_true(room(w, 30000) > 0);
	x = start(w, path);
	settle(w);
	return x;
}

static struct pool_stats
stats(struct world *w)
{
	struct pool_stats s;

	pool_stats(w->pool, &s);
	return s;
}

#define SCENE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

#endif
