/* SPDX-License-Identifier: MIT */
/* What sendd reports through the database: outcomes counted by reason, the
 * state of each credential, its own figures. They are written with the
 * heartbeat, so a crash loses a few seconds of counts, and no message. */
#ifndef SENDD_REPORT_H
#define SENDD_REPORT_H

#include "sendd/sendd.h"

/* Count an outcome that is written. */
void report_count(struct sendd *s, const struct outcome *o);

/* Write the counts and the states of the credentials. */
const struct err *report_write(struct sendd *s);

/* The heartbeat's figures as JSON. */
void report_figures(struct sendd *s, struct buf *into);

#endif
