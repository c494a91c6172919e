/* SPDX-License-Identifier: MIT */
/*
 * Is sendd cut off from its database? It is when no heartbeat was answered for
 * some time. It then goes on sending what it has until its leases end, says
 * since when it is cut off, and says when the database is back. Pure: time is
 * an argument, monotonic, in ms.
 */
#ifndef SENDD_CUT_OFF_H
#define SENDD_CUT_OFF_H

#include <stdbool.h>
#include <stdint.h>

struct cut_off {
	int64_t heard_ms; /* the latest answer is to a question of then */
	bool now;
	uint64_t times;	   /* since the start of the process */
	uint64_t total_ms; /* of those that are over */
};

/* It was heard for the first time: it begins now. */
void cut_off_init(struct cut_off *c, int64_t now_ms);

/* Has it been silent for that long, and was it not before? Then sendd is cut
 * off since heard_ms. */
bool cut_off_begins(struct cut_off *c, int64_t after_ms, int64_t now_ms);

/* It has answered what was asked at asked_ms. For how long sendd was cut off
 * until now; 0: it was not. */
int64_t cut_off_ends(struct cut_off *c, int64_t asked_ms, int64_t now_ms);

#endif
