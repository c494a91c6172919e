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

struct sendd;

/* Who this sendd is. */
struct identity {
	struct incarnation self;
	uint64_t
	    earlier; /* an earlier life that is over: its shards are free */
	struct life life;
};

/* Take the name. ERR_CONFLICT when another sendd has it; *logged: an earlier
 * start has logged that already. */
const struct err *claim_name(struct sendd *s, bool *logged);

/* A holder that is silent for so many ms, more than its heartbeat, is gone. */
#define CLAIM_WATCH_MS 5000

#endif
