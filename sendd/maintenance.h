/* SPDX-License-Identifier: MIT */
/* Work that may take long, for a db_worker: go on with campaigns whose caller
 * died while it queued them, finish runs that are complete, delete rows past
 * their retention. */
#ifndef SENDD_MAINTENANCE_H
#define SENDD_MAINTENANCE_H

#include "sendd/sendd.h"

/* The maintainer's work. */
db_worker_fn maintenance_work;

/* Take in the round that is done, and begin the next one when it is due. */
const struct err *maintenance_tick(struct sendd *s);

#endif
