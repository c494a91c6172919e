/* SPDX-License-Identifier: MIT */
#ifndef SENDD_SETTLE_H
#define SENDD_SETTLE_H

#include "sendd/sendd.h"

/* The writer's work: writes a batch of outcomes. */
db_worker_fn settle_write;

/* Reap what was written and hand over the next batch when it is time (or
 * now). */
const struct err *settle(struct sendd *s, bool now);

/* Outcomes noted or under way? */
bool settle_is_empty(struct sendd *s);

#endif
