/* SPDX-License-Identifier: MIT */
/* What a wire is made of: for the implementations only. */
#ifndef SENDD_WIRE_PART_H
#define SENDD_WIRE_PART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "lib/hash.h"
#include "sendd/wire.h"

/* Each member does what the function of wire.h with its name does. wire.c
 * keeps the table of pools: it calls pool_new for a new pool only, fills its
 * base, and never asks a retired pool for room. */
struct wire_ops {
	const char *name;
	const struct err *(*open)(struct poller *p, struct wire **w);
	void (*close)(struct wire *w);
	struct pool *(*pool_new)(struct wire *w, const struct origin *o);
	void (*flush)(struct wire *w);
	int (*tick)(struct wire *w);
	struct exchange *(*finished)(struct wire *w);
	void (*retire)(struct pool *p);
	void (*renew)(struct pool *p);
	unsigned (*room)(struct pool *p);
	void (*start)(struct pool *p, struct exchange *x);
	void (*stats)(const struct pool *p, struct pool_stats *out);
	bool (*speaks)(const struct pool *p); /* NULL: always */
};

/* The first member of every implementation's own wire and pool; a pointer to
 * either is the same address. */
struct wire {
	const struct wire_ops *ops;
	struct hash pools; /* those that are not retired, by key */
	LIST_HEAD(, pool) all_pools;
	uint64_t retirements; /* of pools so far */
	struct pool_stats ended; /* what pools that are freed have counted */
};

/* Each exchange needs the last members of a pool; the first ones of the
 * implementation's come next. */
struct pool {
	LIST_ENTRY(pool) of_all;
	uint64_t key;
	struct origin origin;
	const struct wire_ops *ops;
	struct wire *wire;
	bool retired;
};

/* For an implementation that is about to free a pool, or, when all its pools
 * are freed, itself. */
void pool_done(struct pool *p);
void wire_done(struct wire *w);

/* How long not to connect after this many failures in a row: 0 after none,
 * then 100 ms, doubled up to 30 s. random is any number and spreads the
 * pause over its upper half. Pure. */
int64_t wire_pause_ms(unsigned failures, uint32_t random);

#endif
