/* SPDX-License-Identifier: MIT */
/* What sendd tells through the database: outcomes counted by reason, how
 * each credential fares, its own figures. Written with the heartbeat, so a
 * crash loses at most a few seconds of counts (never of messages). */
#ifndef SENDD_REPORT_H
#define SENDD_REPORT_H

#include "sendd/sendd.h"

/* Count an outcome that is written. */
void report_count(struct sendd *s, const struct outcome *o);

/* Write what was counted and the health of the credentials. */
const struct err *report_write(struct sendd *s);

/* The heartbeat's figures as JSON. */
void report_figures(struct sendd *s, struct buf *into);

#endif
