/* SPDX-License-Identifier: MIT */
/*
 * Moving exchanges. Two wires with one shape: wire_h2 (nghttp2 over OpenSSL)
 * for APNs and FCM, wire_http (libcurl) for token servers and HMS. A wire
 * knows nothing of messages, providers or rows, and never blocks.
 *
 * A pool is the connections to one origin for one credential: exchanges of
 * different credentials never share a connection. The wire queues nothing:
 * ask for room, start that many, flush, tick, run the poller, collect. The
 * process ignores SIGPIPE.
 */
#ifndef SENDD_WIRE_H
#define SENDD_WIRE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/err.h"
#include "push/exchange.h"
#include "sendd/origin.h"
#include "sendd/poller.h"

struct wire;
struct pool;

/* Figures of a pool, for the log, the heartbeat and the tests. */
struct pool_stats {
	unsigned connections; /* usable now */
	unsigned in_flight;
	unsigned streams;     /* what the peers' SETTINGS allow altogether */
	uint64_t connects, connect_failures, goaways, resets, pings, timeouts;
	char trouble[160];    /* latest reason there is no connection, or "" */
};

struct wire_ops {
	const char *name;
	const struct err *(*open)(struct poller *p, struct wire **w);
	void (*close)(struct wire *w); /* cuts what is open; takes NULL */

	/* The pool of this origin and key; made at first use. The origin's
	 * texts must outlive it. */
	struct pool *(*pool)(struct wire *w, const struct origin *o,
	    uint64_t key);

	/* No new exchanges: what flies is finished, then the pool is gone.
	 * Its memory stays valid until then, not for the caller. */
	void (*retire)(struct pool *p);

	/* New connections for what comes next; the old ones finish. */
	void (*renew)(struct pool *p);

	/* How many exchanges may be started now. Begins to connect when
	 * there is no connection, with a growing pause after failures. */
	unsigned (*room)(struct pool *p);

	/* Take an exchange, within room. It comes back by finished(), always
	 * with an end: UNSENT when the connection was lost since room was
	 * asked for. Path and headers are copied, the body is borrowed. */
	void (*start)(struct pool *p, struct exchange *x);

	/* Put on the wire what was started: once a round, not per exchange. */
	void (*flush)(struct wire *w);

	/* Deadlines, pings, reconnects: once a round. Returns ms until it
	 * wants to be called again; 0 while finished() has something. */
	int (*tick)(struct wire *w);

	/* Those that are over, one by one; NULL: no more now. */
	struct exchange *(*finished)(struct wire *w);

	void (*stats)(const struct pool *p, struct pool_stats *out);
};

extern const struct wire_ops wire_h2, wire_http;

#endif
