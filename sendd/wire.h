/* SPDX-License-Identifier: MIT */
/*
 * Moving exchanges. There are two wires: wire_h2 (nghttp2 over OpenSSL) for
 * APNs, FCM and Web Push, and wire_http (libcurl) for token servers, HMS, and
 * push services of browsers that speak HTTP/1.1 only. A wire knows nothing of
 * messages, providers or rows, and never blocks.
 *
 * A pool is the connections to one origin for one credential: exchanges of
 * different credentials never share a connection. A wire has no queue. The
 * caller's round is: ask each pool for room, start at most that many
 * exchanges, flush, tick, run the poller, take what is finished. The process
 * must ignore SIGPIPE.
 */
#ifndef SENDD_WIRE_H
#define SENDD_WIRE_H

#include <stdint.h>

#include "lib/err.h"
#include "push/exchange.h"
#include "sendd/origin.h"
#include "sendd/poller.h"

struct wire;
struct pool;
struct wire_ops;

/* The kinds of wire, for wire_open only: a wire and its pools know their
 * kind, so that no caller can mix two. */
extern const struct wire_ops wire_h2, wire_http;

/* Figures of a pool, for the log, the heartbeat and the tests. */
struct pool_stats {
	unsigned connections; /* usable now */
	unsigned in_flight;
	unsigned streams; /* that the servers' SETTINGS allow altogether */
	uint64_t connects, connect_failures, goaways, resets, pings, timeouts;
	char trouble[160]; /* why there is no connection, or "" */
};

const struct err *wire_open(const struct wire_ops *kind, struct poller *p,
    struct wire **w);
void wire_close(struct wire *w); /* cuts what is open; takes NULL */
const char *wire_name(const struct wire *w);

/* The pool of this origin and key; made at first use. */
struct pool *wire_pool(struct wire *w, const struct origin *o, uint64_t key);

/* A pool that was looked up, and how many pools had been retired then. Zeros:
 * none. */
struct pool_memo {
	struct pool *pool;
	uint64_t retirements;
};

/* The same as wire_pool without a look-up, as long as no pool of the wire was
 * retired since the last call. For one wire, origin and key: clear the memo
 * when any of them is another. */
struct pool *wire_pool_again(struct wire *w, struct pool_memo *m,
    const struct origin *o, uint64_t key);

/* Send what was started: once a round, not once per exchange. */
void wire_flush(struct wire *w);

/* Deadlines, pings, reconnects: once a round. Returns after how many ms it
 * wants to be called again: 0 while wire_finished has something. */
int wire_tick(struct wire *w);

/* One of the exchanges that are over; NULL: no more for now. */
struct exchange *wire_finished(struct wire *w);

/* No new exchanges: those in flight are finished, then the pool is freed.
 * The caller must not use the pool any more. */
void pool_retire(struct pool *p);

/* New connections for new exchanges; the old connections finish theirs. */
void pool_renew(struct pool *p);

/* How many exchanges may be started now. Begins to connect when there is no
 * connection, after a pause that grows with each failure. */
unsigned pool_room(struct pool *p);

/* Take an exchange, within room. It always comes back by wire_finished and
 * has its end set: UNSENT when the connection was lost since pool_room. Path
 * and headers are copied, the body is borrowed. */
void pool_start(struct pool *p, struct exchange *x);

/* May exchanges go by this wire? False when the server has offered no HTTP/2
 * within the last hour, where the origin allows for that (http1): then they go
 * by wire_http. */
bool pool_speaks(const struct pool *p);

void pool_stats(const struct pool *p, struct pool_stats *out);

/* Add the figures of all pools to *sum: each pool once, however many
 * credentials share it, and what freed pools have counted. Without trouble. */
void wire_stats(const struct wire *w, struct pool_stats *sum);

#endif
