/* SPDX-License-Identifier: MIT */
/*
 * The name of an instance belongs to one sendd at a time. If it is proven that
 * the earlier holder has ended (instance_lock.h), this sendd takes the name and
 * the shards at once. Otherwise it watches the holder's heartbeat: while the
 * heartbeat moves, the name is taken; when it stops, the holder has ended, and
 * its shards become free when their leases end.
 */
#ifndef SENDD_CLAIM_H
#define SENDD_CLAIM_H

#include <stdbool.h>

#include "db/instance.h"
#include "sendd/instance_lock.h"
#include "sendd/poller.h"

/* The identity of this sendd. */
struct identity {
	struct incarnation self;
	uint64_t
	    earlier; /* an ended incarnation: its shards are free */
	struct instance_lock lock;
};

/* Take the name. ERR_CONFLICT when another sendd has it; *logged: an earlier
 * start has logged that already. The wait for a holder runs the poller, which
 * may set *ending: then the name is not taken. It may be called again after an
 * error: it is the same incarnation that takes the name. */
const struct err *claim_name(struct identity *id, struct db *db,
    struct poller *poller, const bool *ending, bool *logged);

/* Draw an incarnation of this process, with its ring key; its name stays. */
void claim_draw(struct incarnation *self);

/* A holder has ended if it is silent for this long, which is longer than the
 * interval of its heartbeat. */
#define CLAIM_WATCH_MS 5000

#endif
