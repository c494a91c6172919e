/* SPDX-License-Identifier: MIT */
/*
 * The name of an instance is one sendd's at a time. An earlier life under it
 * that is over by proof (life.h) is followed at once, and its shards with
 * it. Of any other the heartbeat is watched: while it moves, the name is
 * taken; when it stands, its holder is gone, and its shards come as those of
 * all others do, when their lease ends.
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
	uint64_t earlier; /* a life of ours that is over: its shards are free */
	struct life life;
};

/* ERR_CONFLICT when the name is taken; *told: that was said by a start
 * before this one. */
const struct err *claim_name(struct sendd *s, bool *told);

/* How long a holder may be silent, in ms: more than its heartbeat. */
#define CLAIM_WATCH_MS 5000

#endif
