/* SPDX-License-Identifier: MIT */
/*
 * Leases: which incarnation of which sendd delivers which shard. A lease has no
 * end by a clock of the database: each renewal moves a counter, and whoever
 * wants the shard watches the row by its own steady clock (sendd/shards.h). So
 * nodes whose clocks differ take no lease from an owner that works. Each
 * takeover increments the epoch, which fences off an owner that was paused past
 * its lease. Each change is one conditional statement, because a Galera cluster
 * certifies those.
 */
#ifndef DB_SHARD_H
#define DB_SHARD_H

#include "db/db.h"
#include "db/instance.h"
#include "db/outbox.h"

struct lease {
	unsigned shard;
	uint64_t epoch;
};

struct shard_state {
	uint64_t incarnation; /* of the owner; 0: the shard is free */
	uint64_t epoch, renewals;
	int64_t lease_ms; /* from one renewal to the end; 0: not told */
	int64_t until_ms; /* the end, by the clock of some node */
	bool is_over; /* that has passed by the clock of this node: a hint */
	char owner[INSTANCE_NAME];
};

const struct err *shard_list(struct db *db,
    struct shard_state list[OUTBOX_SHARDS]);

/* Take a shard if its row is still as it was read. *taken: the shard was taken,
 * and the epoch has grown by one. */
const struct err *shard_take(struct db *db, const struct incarnation *self,
    int64_t lease_ms, unsigned shard, const struct shard_state *seen,
    bool *taken);

/* Renew leases; *kept: number of those that the incarnation still owned. */
const struct err *shard_renew(struct db *db, uint64_t incarnation,
    int64_t lease_ms, const struct lease *leases, size_t n, size_t *kept);

/* The same within a transaction, posted: *kept is set when db_answers returns.
 * A transaction that finds fewer than it has leases must be rolled back. It is
 * the last statement of its transaction, because it locks what renewals need.
 * The leases are in the order of their shards, as those of a renewal are. */
const struct err *shard_fence(struct db *db, uint64_t incarnation,
    int64_t lease_ms, const struct lease *leases, size_t n, uint64_t *kept);

/* The same, but the leases are not renewed: other transactions that hold them
 * do not wait for this one, only who renews or takes them does. *all is 1 if
 * each is still the incarnation's, else 0. */
const struct err *shard_hold(struct db *db, uint64_t incarnation,
    const struct lease *leases, size_t n, uint64_t *all);

/* Fence or, with lease_ms 0, hold one lease; as db_post_one. */
const struct err *shard_fence_one(struct db *db, uint64_t incarnation,
    int64_t lease_ms, const struct lease *lease);

/* Release leases before they expire. */
const struct err *shard_free(struct db *db, uint64_t incarnation,
    const struct lease *leases, size_t n);

#endif
