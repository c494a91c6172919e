/* SPDX-License-Identifier: MIT */
/*
 * The database part of our leases: renew, take, release, and the heartbeat.
 * shards.c decides which shards to take and to release.
 */
#ifndef SENDD_LEASES_H
#define SENDD_LEASES_H

#include "core/settings.h"
#include "sendd/claim.h"
#include "sendd/scan.h"

struct leases {
	const struct settings *settings;
	struct db *db;
	const struct identity *identity;
	struct shards *shards;
	struct queue *queue; /* items of a lost shard are dropped */
	struct scan *scan;   /* a shard that was taken is read */
	int64_t due_ms;	     /* monotonic */
	/* how long others take us for alive after a heartbeat; 0: a lease */
	int64_t alive_ms;
	bool usurped; /* another sendd has the name: this one must end */
};

bool leases_are_due(const struct leases *l);

/* Renew our leases; the next renewal is due in time. */
const struct err *leases_renew(struct leases *l);

/* Take those of the wanted shards that are free. */
const struct err *leases_take(struct leases *l,
    const bool wanted[OUTBOX_SHARDS]);

/* Renew, release and take leases, and write the heartbeat with these figures.
 */
const struct err *leases_tick(struct leases *l, const char *figures);

/* Read which shards are still ours, after the fence of a transaction has found
 * that one is lost. */
const struct err *leases_check(struct leases *l);

/* Release all leases at the end of the process. */
const struct err *leases_leave(struct leases *l);

#endif
