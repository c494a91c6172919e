/* SPDX-License-Identifier: MIT */
/*
 * The name of an instance belongs to one sendd at a time. When the name's
 * earlier holder is over by proof (life.h), this sendd takes the name and the
 * shards at once. Otherwise it watches the holder's heartbeat: while that
 * moves, the name is taken; when it stands, the holder is gone, and its shards
 * become free when their leases end.
 */
#ifndef SENDD_CLAIM_H
#define SENDD_CLAIM_H

#include <stdbool.h>

#include "db/instance.h"
#include "sendd/life.h"
#include "sendd/poller.h"

/* Who this sendd is. */
struct identity {
	struct incarnation self;
	uint64_t
	    earlier; /* a life before, which is over: its shards are free */
	struct life life;
};

/* Take the name. ERR_CONFLICT when another sendd has it; *logged: an earlier
 * start has logged that already. The wait for a holder runs the poller, which
 * may set *ending: then the name is not taken. */
const struct err *claim_name(struct identity *id, struct db *db,
    struct poller *poller, const bool *ending, bool *logged);

/* A holder that is silent for so many ms, more than its heartbeat, is gone. */
#define CLAIM_WATCH_MS 5000

#endif
