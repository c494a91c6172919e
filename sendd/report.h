/* SPDX-License-Identifier: MIT */
/* What sendd reports through the database: outcomes counted by reason, the
 * status of each credential when it has changed, its own figures. They are
 * written with the heartbeat, so a crash loses a few seconds of counts, and no
 * message. */
#ifndef SENDD_REPORT_H
#define SENDD_REPORT_H

#include "sendd/claim.h"
#include "sendd/credential.h"
#include "sendd/doorbell_server.h"
#include "sendd/figures.h"
#include "sendd/overdue.h"
#include "sendd/tally.h"

/* What the reports are made of. */
struct reporter {
	struct db *db;
	const struct identity *identity;
	const struct queue *queue;
	struct credential_table *credentials;
	const struct figures *figures;
	const struct overdue_watch *overdue;
	struct tallies *tallies; /* those that are written are cleared */
	const struct doorbell_server *doorbell;
	struct credential *next; /* the first one of the next status rows */
};

/* Write the counts, and the status of credentials that has changed: states
 * and reasons at once, the guard's counts of 1,000 credentials a heartbeat. */
const struct err *report_write(struct reporter *r);

/* Write the counts alone: a status is valid while its writer has heartbeats,
 * and not every errand has any. */
const struct err *report_counts(struct reporter *r);

/* The heartbeat's figures as JSON. */
void report_figures(const struct reporter *r, struct buf *into);

#endif
