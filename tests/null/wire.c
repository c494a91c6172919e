/* SPDX-License-Identifier: MIT */
/*
 * A wire that goes nowhere: every exchange is answered at once, by success as
 * each of the services and token servers says it. For benches and tests of
 * all that is not the wire; what it delivers, nobody gets.
 *
 * It is no part of the product: it takes the names of both of its wires, so
 * that a program has it by being linked with this file before sendd.a, and by
 * no setting.
 */
#include <stdlib.h>

#include "lib/clock.h"
#include "lib/mem.h"
#include "sendd/wire_part.h"

/* A pool takes all there is, so that what is in flight at a time does not
 * depend on the number of pools. */
#define NULL_ROOM 1000000
#define WAIT_MAX_MS 60000

struct null_pool {
	struct pool base;
	struct null_pool *next;
	unsigned in_flight;
};

/* A finished exchange, or a spare one. */
struct null_flight {
	struct null_flight *next;
	struct null_pool *pool;
	struct exchange *x;
};

struct null_wire {
	struct wire base;
	struct null_pool *pools;
	struct null_flight *first, **last; /* finished, in order */
	struct null_flight *spare;
};

static const struct err *
null_wire_open(struct poller *p, struct wire **w)
{
	struct null_wire *made = xcalloc(1, sizeof *made);

	(void)p;
	made->last = &made->first;
	*w = &made->base;
	return NULL;
}

static void
null_flights_free(struct null_flight *f)
{
	while (f != NULL) {
		struct null_flight *next = f->next;

		free(f);
		f = next;
	}
}

static void
null_wire_close(struct wire *wire)
{
	struct null_wire *w = (struct null_wire *)wire;

	while (w->pools != NULL) {
		struct null_pool *p = w->pools;

		w->pools = p->next;
		pool_done(&p->base);
		free(p);
	}
	null_flights_free(w->first);
	null_flights_free(w->spare);
	wire_done(wire);
	free(w);
}

static struct pool *
null_pool_new(struct wire *wire, const struct origin *o)
{
	struct null_wire *w = (struct null_wire *)wire;
	struct null_pool *p = xcalloc(1, sizeof *p);

	(void)o;
	p->next = w->pools;
	w->pools = p;
	return &p->base;
}

static void
null_pool_nothing(struct pool *p)
{
	(void)p;
}

static unsigned
null_pool_room(struct pool *p)
{
	return NULL_ROOM - ((struct null_pool *)p)->in_flight;
}

/* One body for all: what APNs ignores, FCM and HMS say of success, and a
 * token server grants. */
static void
null_answer(struct exchange *x)
{
	static const char answer[] =
	    "{\"name\":\"projects/null/messages/1\",\"code\":\"80000000\","
	    "\"access_token\":\"null\",\"token_type\":\"Bearer\","
	    "\"expires_in\":3600}";

	x->started_us = clock_mono_us();
	x->end = EXCHANGE_ANSWERED;
	x->status = 200;
	(void)buf_text(&x->answer, answer);
}

static void
null_pool_start(struct pool *pool, struct exchange *x)
{
	struct null_pool *p = (struct null_pool *)pool;
	struct null_wire *w = (struct null_wire *)pool->wire;
	struct null_flight *f = w->spare;

	if (f != NULL)
		w->spare = f->next;
	else
		f = xmalloc(sizeof *f);
	*f = (struct null_flight){.pool = p, .x = x};
	null_answer(x);
	*w->last = f;
	w->last = &f->next;
	p->in_flight++;
}

static void
null_pool_stats(const struct pool *p, struct pool_stats *out)
{
	*out = (struct pool_stats){.streams = NULL_ROOM,
	    .in_flight = ((const struct null_pool *)p)->in_flight};
}

static void
null_wire_flush(struct wire *w)
{
	(void)w;
}

static int
null_wire_tick(struct wire *w)
{
	return ((struct null_wire *)w)->first != NULL ? 0 : WAIT_MAX_MS;
}

static struct exchange *
null_wire_finished(struct wire *wire)
{
	struct null_wire *w = (struct null_wire *)wire;
	struct null_flight *f = w->first;

	if (f == NULL)
		return NULL;
	if ((w->first = f->next) == NULL)
		w->last = &w->first;
	f->pool->in_flight--;
	f->next = w->spare;
	w->spare = f;
	return f->x;
}

#define NULL_OPS                                                               \
	{                                                                      \
		.name = "null", .open = null_wire_open,                        \
		.close = null_wire_close, .pool_new = null_pool_new,           \
		.flush = null_wire_flush, .tick = null_wire_tick,              \
		.finished = null_wire_finished, .retire = null_pool_nothing,   \
		.renew = null_pool_nothing, .room = null_pool_room,            \
		.start = null_pool_start, .stats = null_pool_stats,            \
	}

const struct wire_ops wire_h2 = NULL_OPS, wire_http = NULL_OPS;
