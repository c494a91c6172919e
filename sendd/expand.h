/* SPDX-License-Identifier: MIT */
#ifndef SENDD_EXPAND_H
#define SENDD_EXPAND_H

#include "sendd/sendd.h"

/* The expander's work: rows of users become rows of their devices. */
db_worker_fn expand_write;

/* Reap what was written and hand over the next ones. */
const struct err *expand(struct sendd *s);

#endif
