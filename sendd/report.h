/* SPDX-License-Identifier: MIT */
/* What sendd reports through the database: outcomes counted by reason, the
 * status of each credential when it has changed, its own figures. They are
 * written with the heartbeat, so a crash loses a few seconds of counts, and no
 * message. */
#ifndef SENDD_REPORT_H
#define SENDD_REPORT_H

#include "sendd/claim.h"
#include "sendd/credential.h"
#include "sendd/cut_off.h"
#include "sendd/db_tasks.h"
#include "sendd/doorbell_server.h"
#include "sendd/figures.h"
#include "sendd/minutes.h"
#include "sendd/node_clocks.h"
#include "sendd/overdue.h"
#include "sendd/tally.h"

/* What the reports are made of. */
struct reporter {
	struct db_tasks *tasks;
	const struct identity *identity;
	const struct queue *queue;
	struct credential_table *credentials;
	const struct figures *figures;
	const struct cut_off *cut_off;
	const char *node; /* of the database */
	const int64_t *skew_ms; /* of its clock (sendd/skew.h) */
	const struct node_clocks *clocks;
	const struct overdue_watch *overdue;
	struct tallies *tallies; /* those that are written are taken out */
	const struct doorbell_server *doorbell;
	struct credential *next; /* the first one of the next status rows */
	struct minutes minutes;
	bool writing;
};

/* Have the counts written, and the status of credentials that has changed:
 * states and reasons at once, the guard's counts of 1,000 credentials a
 * heartbeat. Nothing is done while the report before is being written.
 * ending: it is the last one. */
void report_write(struct reporter *r, bool ending);

/* The counts alone: a status is valid while its writer has heartbeats, and not
 * every errand has any. */
void report_counts(struct reporter *r, bool ending);

/* The heartbeat's figures as JSON. */
void report_figures(const struct reporter *r, struct buf *into);

#endif
