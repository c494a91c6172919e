/* SPDX-License-Identifier: MIT */
/* The HTTP/2 wire's operations; the work is in sendd/h2_*.c. */
#include "sendd/h2/part.h"

#include <stdlib.h>

#include "lib/clock.h"
#include "lib/mem.h"

#define WAIT_MAX_MS 60000

static const struct err *
wire_open(struct poller *p, struct wire **w)
{
	struct wire *made = xcalloc(1, sizeof *made);
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
	*w = made;
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
wire_close(struct wire *w)
{
	struct pool *p;

	if (w == NULL)
		return;
	while ((p = TAILQ_FIRST(&w->pools)) != NULL)
		h2_pool_free(p);
	h2_trusts_free(&w->trusts);
	flights_free(&w->over);
	flights_free(&w->spare);
	nghttp2_session_callbacks_del(w->callbacks);
	nghttp2_option_del(w->option);
	free(w);
}

struct h2_flight *
h2_flight_new(struct wire *w, struct exchange *x)
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
h2_flight_over(struct wire *w, struct h2_flight *f)
{
	TAILQ_INSERT_TAIL(&w->over, f, entry);
}

/* The latest spare is the warmest. */
static struct exchange *
wire_finished(struct wire *w)
{
	struct h2_flight *f = TAILQ_FIRST(&w->over);

	if (f == NULL)
		return NULL;
	TAILQ_REMOVE(&w->over, f, entry);
	TAILQ_INSERT_HEAD(&w->spare, f, entry);
	return f->x;
}

static void
wire_flush(struct wire *w)
{
	struct pool *p;

	TAILQ_FOREACH(p, &w->pools, entry)
		h2_pool_flush(p);
}

static int
wire_tick(struct wire *w)
{
	int64_t now = clock_mono_ms(), wait = WAIT_MAX_MS, one;
	struct pool *p, *next;

	for (p = TAILQ_FIRST(&w->pools); p != NULL; p = next) {
		next = TAILQ_NEXT(p, entry);
		if ((one = h2_pool_tick(p, now)) < wait)
			wait = one;
		if (p->retired && TAILQ_EMPTY(&p->conns))
			h2_pool_free(p);
	}
	/* what is over waits to be collected */
	return wait > 0 && TAILQ_EMPTY(&w->over) ? (int)wait : 0;
}

/* clang-format off */
const struct wire_ops wire_h2 = {
	.name     = "h2",
	.open     = wire_open,
	.close    = wire_close,
	.pool     = h2_pool_get,
	.retire   = h2_pool_retire,
	.renew    = h2_pool_renew,
	.room     = h2_pool_room,
	.start    = h2_pool_start,
	.flush    = wire_flush,
	.tick     = wire_tick,
	.finished = wire_finished,
	.stats    = h2_pool_stats,
};
/* clang-format on */
