/* SPDX-License-Identifier: MIT */
/* The operations of wire_h2; the work is in the other files here. */
#include "sendd/h2/part.h"

#include <stdlib.h>

#include "lib/clock.h"
#include "lib/mem.h"

#define WAIT_MAX_MS 60000

static const struct err *
h2_wire_open(struct poller *p, struct wire **w)
{
	struct h2_wire *made = xcalloc(1, sizeof *made);
	const struct err *e;

	made->poller = p;
	TAILQ_INIT(&made->pools);
	SLIST_INIT(&made->trusts);
	TAILQ_INIT(&made->over);
	TAILQ_INIT(&made->spare);
	if ((e = h2_stream_setup(made)) != NULL) {
		free(made);
		return e;
	}
	*w = &made->base;
	return NULL;
}

static void
flights_free(struct h2_flights *list)
{
	struct h2_flight *f;

	while ((f = TAILQ_FIRST(list)) != NULL) {
		TAILQ_REMOVE(list, f, entry);
		free(f);
	}
}

static void
h2_wire_close(struct wire *wire)
{
	struct h2_wire *w = (struct h2_wire *)wire;
	struct h2_pool *p;

	while ((p = TAILQ_FIRST(&w->pools)) != NULL)
		h2_pool_free(p);
	h2_trusts_free(&w->trusts);
	flights_free(&w->over);
	flights_free(&w->spare);
	nghttp2_session_callbacks_del(w->callbacks);
	nghttp2_option_del(w->option);
	wire_done(wire);
	free(w);
}

struct h2_flight *
h2_flight_new(struct h2_wire *w, struct exchange *x)
{
	struct h2_flight *f = TAILQ_FIRST(&w->spare);

	if (f != NULL)
		TAILQ_REMOVE(&w->spare, f, entry);
	else
		f = xmalloc(sizeof *f);
	*f = (struct h2_flight){.x = x, .mark = H2_UNMADE};
	return f;
}

void
h2_flight_over(struct h2_wire *w, struct h2_flight *f)
{
	TAILQ_INSERT_TAIL(&w->over, f, entry);
}

/* The latest spare is the warmest. */
static struct exchange *
h2_wire_finished(struct wire *wire)
{
	struct h2_wire *w = (struct h2_wire *)wire;
	struct h2_flight *f = TAILQ_FIRST(&w->over);

	if (f == NULL)
		return NULL;
	TAILQ_REMOVE(&w->over, f, entry);
	TAILQ_INSERT_HEAD(&w->spare, f, entry);
	return f->x;
}

static void
h2_wire_flush(struct wire *wire)
{
	struct h2_wire *w = (struct h2_wire *)wire;
	struct h2_pool *p;

	TAILQ_FOREACH(p, &w->pools, entry)
		h2_pool_flush(p);
}

static int
h2_wire_tick(struct wire *wire)
{
	struct h2_wire *w = (struct h2_wire *)wire;
	int64_t now = clock_mono_ms(), wait = WAIT_MAX_MS, one;
	struct h2_pool *p, *next;

	for (p = TAILQ_FIRST(&w->pools); p != NULL; p = next) {
		next = TAILQ_NEXT(p, entry);
		if ((one = h2_pool_tick(p, now)) < wait)
			wait = one;
		if (p->base.retired && TAILQ_EMPTY(&p->conns))
			h2_pool_free(p);
	}
	/* what is over waits to be collected */
	return wait > 0 && TAILQ_EMPTY(&w->over) ? (int)wait : 0;
}

/* clang-format off */
const struct wire_ops wire_h2 = {
	.name     = "h2",
	.open     = h2_wire_open,
	.close    = h2_wire_close,
	.pool_new = h2_pool_new,
	.retire   = h2_pool_retire,
	.renew    = h2_pool_renew,
	.room     = h2_pool_room,
	.start    = h2_pool_start,
	.flush    = h2_wire_flush,
	.tick     = h2_wire_tick,
	.finished = h2_wire_finished,
	.stats    = h2_pool_stats,
	.speaks   = h2_pool_speaks,
};
/* clang-format on */
