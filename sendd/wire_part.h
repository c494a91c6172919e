/* SPDX-License-Identifier: MIT */
/* What a wire is made of: for the implementations only. */
#ifndef SENDD_WIRE_PART_H
#define SENDD_WIRE_PART_H

#include <stdint.h>

#include "sendd/wire.h"

/* Each does what the function of wire.h with its name does. pool returns a
 * pool with any ops: wire_pool sets them. */
struct wire_ops {
	const char *name;
	const struct err *(*open)(struct poller *p, struct wire **w);
	void (*close)(struct wire *w);
	struct pool *(*pool)(struct wire *w, const struct origin *o,
	    uint64_t key);
	void (*flush)(struct wire *w);
	int (*tick)(struct wire *w);
	struct exchange *(*finished)(struct wire *w);
	void (*retire)(struct pool *p);
	void (*renew)(struct pool *p);
	unsigned (*room)(struct pool *p);
	void (*start)(struct pool *p, struct exchange *x);
	void (*stats)(const struct pool *p, struct pool_stats *out);
};

/* The first member of every implementation's own wire and pool. */
struct wire {
	const struct wire_ops *ops;
};

struct pool {
	const struct wire_ops *ops;
};

/* How long not to connect after this many failures in a row: 0 after none,
 * then 100 ms, doubled up to 30 s. random is any number and spreads the
 * pause over its upper half. Pure. */
int64_t wire_pause_ms(unsigned failures, uint32_t random);

#endif
