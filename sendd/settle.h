/* SPDX-License-Identifier: MIT */
#ifndef SENDD_SETTLE_H
#define SENDD_SETTLE_H

#include "sendd/sendd.h"

/* The writer's work: write a batch of outcomes. */
db_worker_fn settle_write;

/* Take in the batch that was written, and give the next one to the writer when
 * it is due; now: whether it is due or not. */
const struct err *settle(struct sendd *s, bool now);

/* Is there no outcome that waits or is being written? */
bool settle_is_empty(struct sendd *s);

#endif
