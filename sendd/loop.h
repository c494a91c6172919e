/* SPDX-License-Identifier: MIT */
/*
 * The state of one sendd. Each part is a small struct, declared by the file
 * that works on it; only loop.c, shutdown.c and sendd.c see all of them. All
 * state belongs to the main thread, which drives the wires and never waits for
 * the database: that is what the db_workers do, and each touches only the job
 * that it has. An errand alone has one thread for all.
 */
#ifndef SENDD_LOOP_H
#define SENDD_LOOP_H

#include "sendd/admit.h"
#include "sendd/alarm.h"
#include "sendd/check.h"
#include "sendd/delivery.h"
#include "sendd/dispatch.h"
#include "sendd/errand.h"
#include "sendd/expand.h"
#include "sendd/halted.h"
#include "sendd/maintenance.h"
#include "sendd/report.h"
#include "sendd/server.h"
#include "sendd/settle.h"
#include "sendd/standstill.h"

/* What works with the database, in the order in which a round comes to it. */
enum loop_part {
	LOOP_SETTLE,
	LOOP_LEASES,
	LOOP_ERRAND,
	LOOP_ADMIT,
	LOOP_EXPAND,
	LOOP_CREDENTIALS,
	LOOP_HOUSE,
	LOOP_MAINTENANCE,
	LOOP_PART__COUNT
};

struct sendd {
	struct settings settings;
	struct identity identity;
	struct db *db; /* of the start, and of an errand; NULL: closed */
	struct poller *poller;
	struct node_watch *watch; /* NULL: there is one node */
	bool stopping;
	struct errand errand; /* why it runs, if it is no daemon */
	/* monotonic; not before, after a failure */
	int64_t again_ms[LOOP_PART__COUNT];
	int64_t failed_ms; /* monotonic: the latest failure */
	struct troubles db_troubles; /* logged, and not over yet */
	struct alarms conflicts; /* in the database, that were logged */
	struct standstill standstill;

	/* what there is */
	struct shards shards;
	struct siblings siblings;
	struct scan scan;
	struct queue queue;
	struct bodies *bodies;
	struct credential_table credentials;
	struct cancelled_sends cancelled;
	struct run_paces runs;
	struct exchange_stock exchanges;
	struct sealer *sealer;
	struct pending_outcomes pending;
	struct figures figures;
	struct tallies tallies;
	struct overdue_watch overdue;

	/* who works on it, in the order of a message's life */
	struct leases leases;
	struct admission admission;
	struct expander expander;
	struct dispatcher dispatcher;
	struct completion completion;
	struct settler settler;
	struct doorbell_server *doorbell;
	struct db_tasks house; /* of those below */
	struct halted halted;
	struct reporter reporter;
	struct checker checker;
	struct maintenance maintenance;
	struct server_watch server;
};

/* Run until stopping, or the end of an errand; shutdown_run comes next. */
void loop_run(struct sendd *s);

/* One round of the loop. */
void loop_round(struct sendd *s);

#endif
