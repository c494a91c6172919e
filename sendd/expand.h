/* SPDX-License-Identifier: MIT */
/*
 * A message for later (sendAt) is a row of its user. When the row is due, a
 * db_worker replaces it by rows of the devices that the user has then; those
 * are read like any others.
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
	struct alarms alarms; /* why some users could not be looked up */
};

/* The worker's function: replaces rows of users by rows of their devices. */
db_worker_fn expand_write;

/* Collect the finished job and, unless sendd is about to end, submit the next
 * one. */
const struct err *expand(struct expander *x, bool ending);

#endif
