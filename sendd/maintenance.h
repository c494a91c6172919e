/* SPDX-License-Identifier: MIT */
/* Work that may take long, for a db_worker: continue the queueing of campaigns
 * after a crash of the caller, finish complete runs, remove rows past their
 * age; and ask the nodes for their clocks. */
#ifndef SENDD_MAINTENANCE_H
#define SENDD_MAINTENANCE_H

#include "core/maintain.h"

#include "sendd/db_worker.h"
#include "sendd/node_clocks.h"
#include "sendd/overdue.h"

struct maintenance {
	const struct settings *settings;
	struct db_worker *worker;
	struct db_worker *second; /* queues of a run beside it; or NULL */
	struct run_beside *beside; /* what the two tell each other */
	struct overdue_watch *overdue;
	struct scan *scan; /* a campaign has queued something */
	const struct shards *shards; /* of the runs whose steward we are */
	int64_t due_ms, clean_due_ms; /* monotonic */
	int64_t began_ms; /* the latest job; monotonic */
	int64_t hurry_until_ms; /* somebody has rung lately; monotonic */
	int64_t tended_ms; /* the latest one that found nothing but a run to
			    * queue; 0: what it found goes on */
	bool large;	  /* a run has more to queue than one chunk */
	struct maintain round; /* of removing old rows */
	bool cleaning;	       /* it is in progress */
	struct node_clocks clocks;
};

/* The work of the worker, and of the second one. */
db_worker_fn maintenance_work, maintenance_work_beside;

/* Collect the finished round and, unless sendd is about to end, begin the next
 * one when it is due. */
const struct err *maintenance_tick(struct maintenance *m, bool ending);

/* Look at the campaigns soon: somebody has rung for all shards. */
void maintenance_hurry(struct maintenance *m);

/* When maintenance_tick has something to do, if no job ends before. */
int64_t maintenance_due_ms(const struct maintenance *m);

/* Is no job under way? */
bool maintenance_is_idle(const struct maintenance *m);

#endif
