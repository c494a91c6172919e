/* SPDX-License-Identifier: MIT */
/*
 * Leases: which incarnation of which sendd delivers which shard, and until
 * when, by database time. Each takeover increments the epoch, which fences off
 * an owner that was paused past its lease. Each change is one conditional
 * statement, because a Galera cluster certifies those.
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
	bool mine;	/* the given incarnation has an unexpired lease */
	bool free;	/* the lease has expired or was released */
	uint64_t epoch; /* as read */
	uint64_t incarnation; /* of the owner; 0: released */
	char owner[INSTANCE_NAME];
};

const struct err *shard_list(struct db *db, uint64_t incarnation,
    struct shard_state list[OUTBOX_SHARDS]);

/* Take a shard if its epoch is still the one that was read. *taken: the shard
 * was taken, and the epoch has grown by one. */
const struct err *shard_take(struct db *db, const struct incarnation *self,
    int64_t lease_ms, unsigned shard, uint64_t epoch, bool *taken);

/* Renew leases; *kept: number of those that the incarnation still owned. */
const struct err *shard_renew(struct db *db, uint64_t incarnation,
    int64_t lease_ms, const struct lease *leases, size_t n, size_t *kept);

/* The same within a transaction, posted: *kept is set when db_answers returns.
 * A transaction that finds fewer than it has leases must be rolled back. */
const struct err *shard_fence(struct db *db, uint64_t incarnation,
    int64_t lease_ms, const struct lease *leases, size_t n, uint64_t *kept);

/* Release leases before they expire. */
const struct err *shard_free(struct db *db, uint64_t incarnation,
    const struct lease *leases, size_t n);

#endif
