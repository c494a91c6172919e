/* SPDX-License-Identifier: MIT */
#ifndef SENDD_ADMIT_H
#define SENDD_ADMIT_H

#include "sendd/sendd.h"

/* The reader's work: fills a job of admit() from the outbox. */
db_worker_fn admit_read;

/* The longest poll: what is due later than that is found by one. */
#define ADMIT_LOOK_MAX_MS 60000

/* In so many ms (0: now) rows of ours may be due, in whatever shard: look
 * then, at most a second late, as if it were time to poll. */
void admit_look(struct sendd *s, int64_t in_ms);

/* Reap what was read and ask for more while there is room. */
const struct err *admit(struct sendd *s);

#endif
