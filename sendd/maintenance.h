/* SPDX-License-Identifier: MIT */
/* Housekeeping that may take long, by a db_worker: campaigns whose caller died
 * in mid-queueing, runs that are complete, rows past their retention. */
#ifndef SENDD_MAINTENANCE_H
#define SENDD_MAINTENANCE_H

#include "sendd/sendd.h"

/* The maintainer's work. */
db_worker_fn maintenance_work;

/* Reap the latest round and ask for the next when it is due. */
const struct err *maintenance_tick(struct sendd *s);

#endif
