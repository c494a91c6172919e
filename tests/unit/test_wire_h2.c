/* SPDX-License-Identifier: MIT */
/* wire_h2 against a server that misbehaves on request. */
#include "tests/unit/h2_world.h"

static void
answers(void **state)
{
	struct world *w = *state;
	struct exchange *x = ask(w, "/200");

	assert_int_equal(x->end, EXCHANGE_ANSWERED);
	assert_int_equal(x->status, 200);
	assert_string_equal(x->id, "the-id");
	assert_int_equal(x->answer.len, 0);
	assert_true(x->started_us > 0);
	x = ask(w, "/429");
	assert_int_equal(x->status, 429);
	assert_int_equal(x->retry_after_s, 7);
	assert_string_equal(buf_str(&x->answer), "{\"reason\":\"Many\"}");
	x = ask(w, "/interim");
	assert_int_equal(x->status, 200);
	assert_int_equal(x->retry_after_s, 0);
	assert_int_equal(stats(w).connections, 1);
	assert_int_equal(stats(w).connects, 1);
	assert_string_equal(stats(w).trouble, "");
}

static void
ends_without_answer(void **state)
{
	static const struct {
		const char *path;
		enum exchange_end end;
	} cases[] = {{"/refuse", EXCHANGE_UNSENT},
	    {"/cancel", EXCHANGE_UNKNOWN}, {"/cut", EXCHANGE_UNKNOWN},
	    {"/headers", EXCHANGE_UNKNOWN}, {"/die", EXCHANGE_UNKNOWN}};
	struct world *w = *state;

	for (unsigned i = 0; i < 5; i++) {
		struct exchange *x = ask(w, cases[i].path);

		assert_int_equal(x->end, cases[i].end);
		assert_true(x->why[0] != '\0');
	}
	/* a connection that served for a while is replaced at once */
	assert_int_equal(ask(w, "/200")->status, 200);
}

static void
timeout_is_unknown(void **state)
{
	struct world *w = *state;
	struct exchange *x;

	world_pool(w);
	assert_true(room(w, 30000) > 0);
	x = start_with(w, "/hang", "{}", 2, 100);
	(void)start(w, "/200");
	settle(w);
	assert_int_equal(x->end, EXCHANGE_UNKNOWN);
	assert_string_equal(x->why, "no answer within 0.1 s");
	assert_int_equal(stats(w).timeouts, 1);
	assert_int_equal(ask(w, "/200")->status, 200);
	assert_int_equal(stats(w).connects, 1);
}

static void
too_large_answer(void **state)
{
	struct world *w = *state;
	struct exchange *x = ask(w, "/big");

	assert_int_equal(x->end, EXCHANGE_ANSWERED);
	assert_true(x->answer.overflowed);
	assert_int_equal(ask(w, "/200")->status, 200);
}

/* The server answers before the body, and takes none of it: the window
 * stays shut, which must not stop the next exchange for good. */
static void
early_answer(void **state)
{
	static char body[200 * 1024];
	struct world *w = *state;
	struct exchange *x;

	world_pool(w);
	assert_true(room(w, 30000) > 0);
	x = start_with(w, "/early", body, sizeof body, 30000);
	settle(w);
	assert_int_equal(x->status, 200);
	x = NULL;
	assert_true(room(w, 30000) > 0);
	assert_int_equal(ask(w, "/200")->status, 200);
	assert_int_equal(stats(w).connects, 2);
}

static void
goaway(void **state)
{
	struct world *w = *state;
	struct exchange *before, *last, *after;

	assert_int_equal(ask(w, "/200")->status, 200);
	before = start_with(w, "/hang", "{}", 2, 500);
	last = start(w, "/goaway");
	after = start(w, "/200");
	settle(w);
	assert_int_equal(before->end, EXCHANGE_UNKNOWN);
	assert_int_equal(last->status, 200);
	assert_int_equal(after->end, EXCHANGE_UNSENT);
	assert_non_null(strstr(after->why, "Shutdown"));
	assert_int_equal(stats(w).goaways, 1);
	assert_int_equal(ask(w, "/200")->status, 200);
	assert_int_equal(stats(w).connects, 2);
	assert_int_equal(w->peer->resumed, 1);
}

static void
cautious_until_first_success(void **state)
{
	struct world *w = *state;

	w->origin.cautious = true;
	world_pool(w);
	assert_int_equal(room(w, 30000), 1);
	assert_int_equal(ask(w, "/403")->status, 403);
	assert_int_equal(room(w, 30000), 1);
	assert_int_equal(ask(w, "/200")->status, 200);
	assert_int_equal(room(w, 30000), 1000);
}

/* An exchange without an answer on a fresh connection holds the others for
 * a while and not for its whole time: they get a connection of their own,
 * and it goes on waiting. */
static void
stuck_alone(void **state)
{
	struct world *w = *state;
	struct exchange *x;

	w->origin.cautious = true;
	world_pool(w);
	assert_int_equal(room(w, 30000), 1);
	x = start_with(w, "/hang", "{}", 2, 60000);
	assert_int_equal(pool_room(w->pool), 0);
	assert_int_equal(room(w, 60000), 1);
	assert_int_equal(stats(w).connects, 2);
	(void)start(w, "/200");
	while (w->over == 0)
		once(w);
	assert_int_equal(room(w, 30000), 1000);
	assert_int_equal(x->end, EXCHANGE_OPEN);
}

/* When all hang, the connections made for it have an end. */
static void
stuck_together(void **state)
{
	struct world *w = *state;

	w->origin.cautious = true;
	world_pool(w);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(room(w, 60000), 1);
		(void)start_with(w, "/hang", "{}", 2, 60000);
	}
	assert_int_equal(stats(w).connections, 4);
	assert_int_equal(room(w, 3500), 0);
	assert_int_equal(stats(w).connects, 4);
}

/* Those that stood in go when they are not needed any more. */
static void
spares_go(void **state)
{
	struct world *w = *state;

	w->origin.cautious = true;
	world_pool(w);
	assert_int_equal(room(w, 30000), 1);
	(void)start_with(w, "/hang", "{}", 2, 5000);
	assert_int_equal(room(w, 60000), 1);
	(void)start_with(w, "/hang", "{}", 2, 100);
	settle(w);
	assert_int_equal(room(w, 30000), 1);
	once(w);
	assert_int_equal(stats(w).connections, 1);
	assert_int_equal(ask(w, "/200")->status, 200);
}

static void
peer_limits_streams(void **state)
{
	struct world *w = *state;

	w->peer->max_streams = 5;
	world_pool(w);
	assert_int_equal(room(w, 30000), 5);
	assert_int_equal(stats(w).streams, 5);
	(void)start_with(w, "/hang", "{}", 2, 2000);
	(void)start_with(w, "/hang", "{}", 2, 2000);
	(void)start(w, "/narrow");
	while (w->over == 0)
		once(w);
	assert_int_equal(pool_room(w->pool), 0);
	settle(w);
	assert_int_equal(pool_room(w->pool), 1);
}

/* Beyond what one connection takes, another is made; never more. */
static void
more_connections(void **state)
{
	struct world *w = *state;

	w->peer->max_streams = 1;
	w->origin.connections = 3;
	world_pool(w);
	for (unsigned i = 0; i < 3; i++) {
		assert_true(room(w, 30000) > 0);
		(void)start_with(w, "/hang", "{}", 2, 3000);
	}
	assert_int_equal(room(w, 200), 0);
	assert_int_equal(stats(w).connections, 3);
	assert_int_equal(stats(w).in_flight, 3);
	settle(w);
}

static void
mute_peer_is_noticed(void **state)
{
	struct world *w = *state;
	struct exchange *x;

	w->origin.idle_ping_ms = 200;
	w->origin.connect_timeout_ms = 500;
	world_pool(w);
	assert_true(room(w, 30000) > 0);
	x = start_with(w, "/mute", "{}", 2, 60000);
	settle(w);
	assert_int_equal(x->end, EXCHANGE_UNKNOWN);
	assert_non_null(strstr(x->why, "PING"));
	assert_int_equal(stats(w).pings, 1);
}

static void
idle_connection_is_kept(void **state)
{
	struct world *w = *state;
	int64_t until = clock_mono_ms() + 60000;

	w->origin.idle_ping_ms = 100;
	assert_int_equal(ask(w, "/200")->status, 200);
	while (stats(w).pings < 3 && clock_mono_ms() < until)
		once(w);
	assert_true(stats(w).pings >= 3);
	assert_int_equal(ask(w, "/200")->status, 200);
	assert_int_equal(stats(w).connects, 1);
}

/* Where there are many hosts, it is closed, without a word in the log, and the
 * next exchange gets another one. */
static void
idle_connection_of_many_is_closed(void **state)
{
	struct world *w = *state;
	int64_t until = clock_mono_ms() + 60000;
	unsigned pings;

	w->origin.many = true;
	w->origin.idle_ping_ms = 500;
	assert_int_equal(ask(w, "/200")->status, 200);
	pings = stats(w).pings;
	while (stats(w).connections > 0 && clock_mono_ms() < until)
		once(w);
	assert_int_equal(stats(w).connections, 0);
	assert_string_equal(stats(w).trouble, "");
	assert_int_equal(stats(w).pings, pings);
	assert_int_equal(ask(w, "/200")->status, 200);
	assert_int_equal(stats(w).connects, 2);
}

/* A connection has at most those of the origin, if the server allows more. */
static void
streams_of_the_origin(void **state)
{
	struct world *w = *state;

	w->origin.streams = 3;
	world_pool(w);
	assert_int_equal(room(w, 30000), 3);
	assert_int_equal(stats(w).streams, 3);
}

/* What flies ends on the old connection, the next goes over a new one. */
static void
renew_and_retire(void **state)
{
	struct world *w = *state;
	struct exchange *old, *next;

	world_pool(w);
	assert_true(room(w, 30000) > 0);
	old = start_with(w, "/hang", "{}", 2, 600);
	wire_flush(w->wire);
	pool_renew(w->pool);
	assert_true(room(w, 30000) > 0);
	next = start(w, "/200");
	settle(w);
	assert_int_equal(next->status, 200);
	assert_int_equal(old->end, EXCHANGE_UNKNOWN);
	assert_int_equal(stats(w).connects, 2);
	(void)start(w, "/200");
	pool_retire(w->pool);
	assert_int_equal(pool_room(w->pool), 0);
	settle(w);
	once(w);
	world_pool(w);
	assert_int_equal(stats(w).connects, 0);
}

/* Never written is certainly not processed. */
static void
unwritten_is_unsent(void **state)
{
	struct world *w = *state;
	struct exchange *x;

	assert_int_equal(ask(w, "/200")->status, 200);
	x = start(w, "/200");
	wire_close(w->wire);
	assert_int_equal(x->end, EXCHANGE_UNSENT);
	assert_null(wire_open(&wire_h2, w->poller, &w->wire));
	w->over++;
}

/* Its time is over while its frames wait to be written: they leave, so it
 * may be processed after all. */
static void
late_is_unknown(void **state)
{
	struct world *w = *state;
	struct exchange *x;

	assert_int_equal(ask(w, "/200")->status, 200);
	x = start_with(w, "/hang", "{}", 2, 1);
	(void)usleep(5000);
	(void)wire_tick(w->wire);
	settle(w);
	assert_int_equal(x->end, EXCHANGE_UNKNOWN);
	assert_int_equal(ask(w, "/200")->status, 200);
	assert_int_equal(w->peer->requests, 3);
}

static void
without_connection_is_unsent(void **state)
{
	struct world *w = *state;
	struct exchange *x;

	world_pool(w);
	x = start(w, "/200");
	settle(w);
	assert_int_equal(x->end, EXCHANGE_UNSENT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {SCENE(answers),
	    SCENE(ends_without_answer), SCENE(timeout_is_unknown),
	    SCENE(too_large_answer), SCENE(early_answer), SCENE(goaway),
	    SCENE(cautious_until_first_success),
	    SCENE(stuck_alone), SCENE(stuck_together), SCENE(spares_go),
	    SCENE(peer_limits_streams),
	    SCENE(more_connections), SCENE(mute_peer_is_noticed),
	    SCENE(idle_connection_is_kept),
	    SCENE(idle_connection_of_many_is_closed),
	    SCENE(streams_of_the_origin), SCENE(renew_and_retire),
	    SCENE(unwritten_is_unsent), SCENE(late_is_unknown),
	    SCENE(without_connection_is_unsent)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
