/* SPDX-License-Identifier: MIT */
/*
 * Leases: which sendd delivers which shard, until when by database time.
 * Each takeover counts the epoch up, so that an owner who slept through its
 * lease is told apart. Single conditional statements only: they are what a
 * Galera cluster certifies.
 */
#ifndef DB_SHARD_H
#define DB_SHARD_H

#include "db/db.h"
#include "db/outbox.h"

struct shard_state {
	bool mine;	/* owned by the name asked for, lease running */
	bool free;	/* lease over, or left by its owner */
	uint64_t epoch; /* as read */
	char owner[65];
};

const struct err *shard_list(struct db *db, const char *owner,
    struct shard_state list[OUTBOX_SHARDS]);

/* Take one whose epoch is still as read; *taken tells; its epoch is one
 * more then. */
const struct err *shard_take(struct db *db, const char *owner,
    int64_t lease_ms, unsigned shard, uint64_t epoch, bool *taken);

/* Renew; *kept counts those that were still owner's. */
const struct err *shard_keep(struct db *db, const char *owner,
    int64_t lease_ms, const struct lease *leases, size_t n, size_t *kept);

/* Give back at once. */
const struct err *shard_free(struct db *db, const char *owner,
    const struct lease *leases, size_t n);

/* Heartbeat with figures (JSON text); *alive counts instances seen within
 * a lease, this one included. */
const struct err *shard_seen(struct db *db, const char *owner,
    const char *figures, int64_t lease_ms, unsigned *alive);
const struct err *shard_leave(struct db *db, const char *owner);

struct instance {
	const char *name, *figures;
	int64_t started_ms, seen_ms, now_ms; /* database time */
	unsigned shards;
};
const struct err *instance_list(struct db *db, struct arena *a,
    struct instance **list, size_t *n);

#endif
