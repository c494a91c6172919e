/* SPDX-License-Identifier: MIT */
/*
 * The database's side of our leases: renew, take, give back, and the
 * heartbeat. Which shards to take and to give back is decided in shards.c.
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
	struct queue *queue; /* what is in hand of a lost shard is dropped */
	struct scan *scan;   /* a shard that was taken is looked at */
	int64_t due_ms;	     /* monotonic */
	bool usurped; /* the name is another sendd's by now: this one ends */
};

bool leases_are_due(const struct leases *l);

/* Renew, give back, take; and the heartbeat, with these figures. */
const struct err *leases_tick(struct leases *l, const char *figures);

/* See which of the shards are still ours, after a transaction found that one
 * is not. */
const struct err *leases_check(struct leases *l);

/* Give everything back: at the end. */
const struct err *leases_leave(struct leases *l);

#endif
