/* SPDX-License-Identifier: MIT */
#ifndef SENDD_EXPAND_H
#define SENDD_EXPAND_H

#include "sendd/sendd.h"

/* A user's row that is due: into hand, unless there are many. */
void expand_later(struct sendd *s, const struct outbox_found *found,
    uint64_t epoch);

/* The expander's work: rows of users become rows of their devices. */
db_worker_fn expand_write;

/* Reap what was written and hand over the next ones. */
const struct err *expand(struct sendd *s);

#endif
