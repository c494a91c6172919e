/* SPDX-License-Identifier: MIT */
/* The db_workers of a sendd, each with the work of its part. */
#ifndef SENDD_WORKERS_H
#define SENDD_WORKERS_H

#include "sendd/loop.h"

/* Open them, before the parts begin. What was opened before a failure is for
 * workers_close. */
const struct err *workers_open(struct sendd *s);

/* Waits for the jobs under way; takes one that was not opened. */
void workers_close(struct sendd *s);

#endif
