/* SPDX-License-Identifier: MIT */
/*
 * The state of one sendd, shared by the files that are its verbs:
 * leases (which shards are ours), admit (rows into hand), expand (users into
 * devices, when their moment comes), compare (what a device is by now),
 * dispatch (onto the wires), settle (outcomes into the database), maintenance
 * (campaigns, cleaning), doorbell (who waits), loop (their order). All of it
 * is the main thread's; the db_workers touch only the job they have.
 */
#ifndef SENDD_SENDD_H
#define SENDD_SENDD_H

#include "db/outbox_settle.h"
#include "core/histogram.h"
#include "core/settings.h"
#include "sendd/admit.h"
#include "sendd/alarm.h"
#include "sendd/db_worker.h"
#include "sendd/credential.h"
#include "sendd/item.h"
#include "sendd/life.h"
#include "sendd/outcomes.h"
#include "sendd/overdue.h"
#include "sendd/poller.h"
#include "sendd/queue.h"
#include "sendd/scan.h"
#include "sendd/shards.h"
#include "sendd/tally.h"
#include "sendd/trouble.h"

struct figures {
	uint64_t sent, failed, expired, deferred, gone, lost;
	uint64_t loops;
	struct histogram answers[PLATFORM__COUNT], tries[PLATFORM__COUNT];
};

struct doorbell_server;

struct sendd {
	struct settings settings;
	struct incarnation self; /* who we are */
	uint64_t earlier; /* a life of ours that is over: its shards are free */
	struct life life;
	bool usurped; /* the name is another's now */
	struct db *db;	       /* for the rare: leases, credentials, bodies */
	struct db_worker *expander; /* expand's */
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
	struct admission admission;
	int64_t leases_due_ms, refresh_due_ms, clean_due_ms;
	int64_t maintenance_due_ms, server_due_ms;
	int64_t db_again_ms; /* after a failure: not before */

	struct alarms due_alarms; /* why some could not be looked up */

	struct pending_outcomes pending;
	struct figures figures;
	struct overdue_watch overdue;
	struct troubles undurable; /* settings of MariaDB that were told */
	struct tallies tallies;
	uint64_t *cancelled; /* sends, ascending */
	size_t n_cancelled;
	struct arena *memory; /* of cancelled */
	bool stopping;
};

/* --- verbs ------------------------------------------------------------ */

/* Renew, take, give back; heartbeat. */
const struct err *leases_tick(struct sendd *s);
/* Which of the shards are still ours, after a transaction found one gone. */
const struct err *leases_check(struct sendd *s);
/* Give everything back: at the end. */
void leases_leave(struct sendd *s);

/* Start what may be started. */
void dispatch(struct sendd *s);

/* Run until stopping and drained. */
void loop_run(struct sendd *s);

#endif
