/* SPDX-License-Identifier: MIT */
/*
 * The other sendds that run, as a data structure alone: which of their
 * heartbeats move, by our own steady clock, and how far the clocks of their
 * nodes are from ours. A heartbeat has no age by a clock of the database, so
 * one that was seen once only says nothing, but of an instance that owns a
 * shard.
 *
 * Times are monotonic, in ms.
 */
#ifndef SENDD_SIBLINGS_H
#define SENDD_SIBLINGS_H

#include "db/instance.h"
#include "sendd/shards.h"
#include "sendd/skew.h"

struct sibling {
	struct heartbeat seen;
	int64_t moved_ms; /* 0: not since the first look, or not for long */
	struct skew skew; /* of its node's clock to ours */
};

struct siblings {
	struct sibling list[HEARTBEATS_MAX];
	size_t n;
	int64_t clock_ms; /* of our node, at the latest look; 0: none yet */
	char node[DB_NODE];
};

/* Note the heartbeats that the database has; now_ms: after the answer. One that
 * has not moved for within_ms is over, until it moves again. */
void siblings_see(struct siblings *p, const struct heartbeats *seen,
    int64_t now_ms, int64_t within_ms);

/* Who shares the shards. Of the others those that run: their heartbeat moves,
 * or a shard is theirs and not free. */
struct instance_peers siblings_share(const struct siblings *p,
    const struct shards *s, const struct taker *t);

/* How far the clock of our node is ahead of the middle one of the nodes at
 * which a sendd runs. 0: by less than can be measured, or there is no cluster.
 */
int64_t siblings_skew(const struct siblings *p);

#endif
