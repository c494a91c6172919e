/* SPDX-License-Identifier: MIT */
/*
 * What was to be sent later (sendAt) is a row of its user. When that is due a
 * db_worker makes rows of the devices that the user has by now; those are read
 * like any other.
 */
#ifndef SENDD_EXPAND_H
#define SENDD_EXPAND_H

#include "sendd/alarm.h"
#include "sendd/db_worker.h"
#include "sendd/leases.h"

struct expander {
	const struct settings *settings;
	struct db_worker *worker;
	struct queue *queue;
	const struct shards *shards;
	struct scan *scan;
	struct leases *leases;
	struct alarms alarms; /* why some could not be looked up */
};

/* The worker's work: rows of users become rows of their devices. */
db_worker_fn expand_write;

/* Collect what was written and, unless sendd is about to end, submit the next
 * ones. */
const struct err *expand(struct expander *x, bool ending);

#endif
