/* SPDX-License-Identifier: MIT */
/*
 * Round-robin order of credentials: lane 0 of all credentials before lane 1 of
 * any; within a lane each in turn, a few deliveries at a time, so that the
 * campaign of one application does not make another one wait. Only lines of
 * the queue in which something waits have a turn.
 */
#ifndef SENDD_TURNS_H
#define SENDD_TURNS_H

#include "sendd/queue.h"

#define TURN_DELIVERIES 64 /* of one line, then the next has its turn */

/* Start at most TURN_DELIVERIES of what waits in that lane of the line. True
 * when more could be started at once: the line has a further turn. */
typedef bool turn_fn(struct queue_line *l, unsigned lane, void *arg);

/* Give turns until no line can start more. */
void turns_give(struct queue *q, turn_fn *turn, void *arg);

#endif
