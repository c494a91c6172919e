/* SPDX-License-Identifier: MIT */
/*
 * The state of one sendd: the parts, each a small struct of the file of its
 * name. All of it is the main thread's; the db_workers touch only the job that
 * they have.
 */
#ifndef SENDD_SENDD_H
#define SENDD_SENDD_H

#include "sendd/admit.h"
#include "sendd/check.h"
#include "sendd/dispatch.h"
#include "sendd/expand.h"
#include "sendd/maintenance.h"
#include "sendd/report.h"
#include "sendd/server.h"
#include "sendd/settle.h"

struct sendd {
	struct settings settings;
	struct identity identity;
	struct db *db;	       /* for the rare: leases, credentials, bodies */
	struct poller *poller;
	struct credential_table credentials;
	struct bodies *bodies;
	struct doorbell_server *doorbell;

	struct shards shards;
	struct queue queue;
	struct scan scan;
	struct leases leases;
	struct admission admission;
	struct expander expander;
	struct completion completion;
	struct dispatcher dispatcher;
	struct cancelled_sends cancelled;
	struct settler settler;
	struct reporter reporter;
	struct checker checker;
	struct maintenance maintenance;
	struct server_watch server;
	int64_t db_again_ms; /* after a failure: not before */

	struct pending_outcomes pending;
	struct figures figures;
	struct overdue_watch overdue;
	struct tallies tallies;
	bool stopping;
};

/* Run until stopping and drained. */
void loop_run(struct sendd *s);

#endif
