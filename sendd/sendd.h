/* SPDX-License-Identifier: MIT */
/*
 * The state of one sendd: the parts, each a small struct of the file of its
 * name. All of it is the main thread's; the db_workers touch only the job that
 * they have.
 */
#ifndef SENDD_SENDD_H
#define SENDD_SENDD_H

#include "db/outbox_settle.h"
#include "sendd/admit.h"
#include "sendd/dispatch.h"
#include "sendd/expand.h"
#include "sendd/overdue.h"
#include "sendd/poller.h"
#include "sendd/tally.h"
#include "sendd/trouble.h"

struct doorbell_server;

struct sendd {
	struct settings settings;
	struct identity identity;
	struct db *db;	       /* for the rare: leases, credentials, bodies */
	struct db_worker *writer; /* settle's */
	struct db_worker *maintainer; /* maintenance's */
	struct poller *poller;
	struct credential_table credentials;
	struct bodies *bodies;
	struct doorbell_server *bell;
	struct check *checks; /* live checks under way */

	struct shards shards;
	struct queue queue;
	struct scan scan;
	struct leases leases;
	struct admission admission;
	struct expander expander;
	struct completion completion;
	struct dispatcher dispatcher;
	struct cancelled_sends cancelled;
	int64_t clean_due_ms;
	int64_t maintenance_due_ms, server_due_ms;
	int64_t db_again_ms; /* after a failure: not before */

	struct pending_outcomes pending;
	struct figures figures;
	struct overdue_watch overdue;
	struct troubles undurable; /* settings of MariaDB that were told */
	struct tallies tallies;
	bool stopping;
};

/* Run until stopping and drained. */
void loop_run(struct sendd *s);

#endif
