/* SPDX-License-Identifier: MIT */
/*
 * The connections to one origin for one credential: which of them takes an
 * exchange, and when another is made. One connection is dialled at a time.
 */
#include "sendd/h2/part.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/crypto.h"
#include "lib/log.h"
#include "lib/mem.h"

#define OTHER_MS 3600000 /* a server may have learned HTTP/2 by then */
#define SPARES 3 /* connections beyond those allowed, in place of stuck ones */
#define CALM_MAX 10 /* a PING after 1,000 times the usual pause, or an hour */
#define SILENCE_MS 5000 /* with exchanges in flight: PING after this */
#define PATIENCE_MAX_MS 3600000

int64_t
h2_ping_after(int64_t idle_ping_ms, bool in_flight, unsigned calm)
{
	int64_t patience = idle_ping_ms;

	if (in_flight && patience > SILENCE_MS)
		patience = SILENCE_MS;
	while (calm-- > 0 && patience > 0 && patience < PATIENCE_MAX_MS)
		patience *= 2;
	return patience < PATIENCE_MAX_MS ? patience : PATIENCE_MAX_MS;
}

static bool
same_host(const struct origin *a, const struct origin *b)
{
	return a->port == b->port && strcmp(a->host, b->host) == 0;
}

/* A host's patience with our PINGs is the same for all its pools: any of
 * them has learned it. */
static unsigned
learned_calm(const struct h2_wire *w, const struct origin *o)
{
	struct h2_pool *p;

	TAILQ_FOREACH(p, &w->pools, entry)
		if (same_host(&p->base.origin, o))
			return p->calm;
	return 0;
}

void
h2_pool_calm(struct h2_pool *p)
{
	unsigned calm = p->calm < CALM_MAX ? p->calm + 1 : CALM_MAX;
	struct h2_pool *other;

	TAILQ_FOREACH(other, &p->wire->pools, entry)
		if (same_host(&other->base.origin, &p->base.origin))
			other->calm = calm;
	log_notice("pings origin=%s after=%" PRId64 "s why=\"the server had "
	    "too many\"", p->name,
	    h2_ping_after(p->base.origin.idle_ping_ms, false, calm) / 1000);
}

struct pool *
h2_pool_new(struct wire *wire, const struct origin *o)
{
	struct h2_wire *w = (struct h2_wire *)wire;
	struct h2_pool *p = xcalloc(1, sizeof *p);

	p->wire = w;
	origin_name(o, p->name);
	TAILQ_INIT(&p->conns);
	p->calm = learned_calm(w, o);
	TAILQ_INSERT_TAIL(&w->pools, p, entry);
	return &p->base;
}

void
h2_pool_free(struct h2_pool *p)
{
	struct h2_conn *c;

	while ((c = TAILQ_FIRST(&p->conns)) != NULL) {
		h2_conn_leave(c, true);
		h2_conn_doom(c, "stopped");
		h2_conn_bury(c);
	}
	TAILQ_REMOVE(&p->wire->pools, p, entry);
	SSL_SESSION_free(p->session);
	pool_done(&p->base);
	free(p);
}

void
h2_pool_renew(struct pool *pool)
{
	struct h2_pool *p = (struct h2_pool *)pool;
	struct h2_conn *c;

	TAILQ_FOREACH(c, &p->conns, entry)
		h2_conn_leave(c, true);
}

void
h2_pool_retire(struct pool *pool)
{
	h2_pool_renew(pool);
}

static void
bury_doomed(struct h2_pool *p)
{
	struct h2_conn *c, *next;

	for (c = TAILQ_FIRST(&p->conns); c != NULL; c = next) {
		next = TAILQ_NEXT(c, entry);
		if (c->doomed)
			h2_conn_bury(c);
	}
}

/* What the connections of a pool can take. */
struct pool_census {
	unsigned room, standing, stuck;
	bool waiting; /* a connection may take more soon */
};

static void
take_census(const struct h2_pool *p, int64_t now_ms, struct pool_census *n)
{
	struct h2_conn *c;
	int64_t left_ms;

	TAILQ_FOREACH(c, &p->conns, entry) {
		if (c->leaving || c->doomed)
			continue;
		if (h2_conn_is_stuck(c, now_ms, &left_ms)) {
			n->stuck++;
			continue;
		}
		n->standing++;
		n->waiting |= c->state != H2_UP || !c->proven;
		n->room += h2_conn_room(c);
	}
}

/* Connections made in place of stuck ones leave when those are free again. */
static void
leave_spares(struct h2_pool *p, struct pool_census *n)
{
	struct h2_conn *c;

	TAILQ_FOREACH(c, &p->conns, entry)
		if (n->standing > p->base.origin.connections && !c->leaving &&
		    !c->doomed && h2_conn_is_spare(c)) {
			n->room -= h2_conn_room(c);
			n->standing--;
			h2_conn_leave(c, true);
		}
}

/* One unanswered exchange must not block the others: for a connection whose
 * only stream it occupies another one is made, beyond `connections` if
 * necessary. */
unsigned
h2_pool_room(struct pool *pool)
{
	struct h2_pool *p = (struct h2_pool *)pool;
	int64_t now_ms = clock_mono_ms();
	struct pool_census n = {0};

	if (!h2_pool_speaks(pool))
		return 0;
	take_census(p, now_ms, &n);
	leave_spares(p, &n);
	if (n.room == 0 && !n.waiting && n.stuck <= SPARES &&
	    n.standing < p->base.origin.connections &&
	    now_ms >= p->not_before_ms)
		h2_conn_new(p);
	return n.room;
}

/* By free streams, not by room: a caller that was promised room gets it, even
 * if the socket has become full meanwhile. */
void
h2_pool_start(struct pool *pool, struct exchange *x)
{
	struct h2_pool *p = (struct h2_pool *)pool;
	struct h2_conn *c, *best = NULL;
	unsigned slots, most = 0;

	TAILQ_FOREACH(c, &p->conns, entry)
		if ((slots = h2_conn_slots(c)) > most) {
			most = slots;
			best = c;
		}
	if (best == NULL) { /* lost since pool_room */
		x->started_us = clock_mono_us();
		exchange_fail(x, EXCHANGE_UNSENT, "no connection");
		h2_flight_over(p->wire, h2_flight_new(p->wire, x));
		return;
	}
	h2_stream_submit(best, x);
	h2_conn_push(best, false);
}

void
h2_pool_flush(struct h2_pool *p)
{
	struct h2_conn *c;

	TAILQ_FOREACH(c, &p->conns, entry)
		h2_conn_flush(c);
	bury_doomed(p);
}

int64_t
h2_pool_tick(struct h2_pool *p, int64_t now_ms)
{
	int64_t wait = INT32_MAX, one;
	struct h2_conn *c;

	TAILQ_FOREACH(c, &p->conns, entry) {
		if ((one = h2_conn_tick(c, now_ms)) < wait)
			wait = one;
		if (!h2_conn_is_stuck(c, now_ms, &one) && one < wait)
			wait = one;
	}
	bury_doomed(p);
	if (p->not_before_ms > now_ms && p->not_before_ms - now_ms < wait)
		wait = p->not_before_ms - now_ms;
	return wait;
}

void
h2_pool_up(struct h2_pool *p)
{
	p->said[0] = '\0';
}

/* After a connection that has answered, the next one is made at once. */
void
h2_pool_lost(struct h2_pool *p, const struct h2_conn *c)
{
	uint32_t random;

	if (c->ours)
		return;
	p->tally.connect_failures += c->state != H2_UP;
	if (c->answers == 0)
		p->failures++;
	crypto_random(&random, sizeof random);
	p->not_before_ms = clock_mono_ms() +
			   wire_pause_ms(p->failures, random);
	if (strcmp(p->said, c->why) == 0)
		return;
	memcpy(p->said, c->why, sizeof p->said);
	if (c->leaving) /* because of a GOAWAY, which is logged already */
		return;
	log_warn("disconnected origin=%s why=\"%s\" in_flight=%u", p->name,
	    QUOTED(c->why), c->in_flight);
}

void
h2_pool_stats(const struct pool *pool, struct pool_stats *out)
{
	const struct h2_pool *p = (const struct h2_pool *)pool;
	struct h2_conn *c;

	*out = p->tally;
	TAILQ_FOREACH(c, &p->conns, entry) {
		out->in_flight += c->in_flight;
		if (c->state != H2_UP || c->leaving || c->doomed)
			continue;
		out->connections++;
		out->streams += c->peer < h2_conn_most(c) ? c->peer
							  : h2_conn_most(c);
	}
	if (out->connections == 0)
		memcpy(out->trouble, p->said, sizeof out->trouble);
}

bool
h2_pool_speaks(const struct pool *pool)
{
	const struct h2_pool *p = (const struct h2_pool *)pool;

	return p->other_until_ms == 0 || clock_mono_ms() >= p->other_until_ms;
}

void
h2_pool_other(struct h2_pool *p)
{
	if (p->other_until_ms == 0)
		log_info("origin=%s offers no HTTP/2", p->name);
	p->other_until_ms = clock_mono_ms() + OTHER_MS;
}
