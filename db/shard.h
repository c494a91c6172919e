/* SPDX-License-Identifier: MIT */
/*
 * Leases: which life of which sendd delivers which shard, until when by
 * database time.
 * Each takeover counts the epoch up, so that an owner who slept through its
 * lease is told apart. Single conditional statements only: they are what a
 * Galera cluster certifies.
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
	bool mine;	/* of the incarnation asked for, lease running */
	bool free;	/* lease over, or left by its owner */
	uint64_t epoch; /* as read */
	uint64_t incarnation; /* of the owner; 0: left by it */
	char owner[INSTANCE_NAME];
};

const struct err *shard_list(struct db *db, uint64_t incarnation,
    struct shard_state list[OUTBOX_SHARDS]);

/* Take a shard if its epoch is still as it was read. *taken: done, and the
 * epoch has grown by one. */
const struct err *shard_take(struct db *db, const struct incarnation *self,
    int64_t lease_ms, unsigned shard, uint64_t epoch, bool *taken);

/* Renew leases; *kept: how many of them the incarnation still owned. */
const struct err *shard_renew(struct db *db, uint64_t incarnation,
    int64_t lease_ms, const struct lease *leases, size_t n, size_t *kept);

/* Give leases back at once, without waiting for their end. */
const struct err *shard_free(struct db *db, uint64_t incarnation,
    const struct lease *leases, size_t n);

#endif
