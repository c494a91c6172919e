/* SPDX-License-Identifier: MIT */
/*
 * A stretch of the devices that a campaign's run goes through: its rows in the
 * outbox and the progress of the run, written in one transaction. Devices are
 * not read one by one: a stretch is one INSERT ... SELECT, over the devices of
 * the run's users if they are few, or else over a range of the device table in
 * the order of its primary key. For campaign_run.c and campaign_step.c.
 */
#ifndef DB_RUN_STRETCH_H
#define DB_RUN_STRETCH_H

#include "db/db.h"

#define RUN_NOT_BEGUN (-1) /* as queue_end of the campaign */

struct run_stretch {
	int64_t campaign;
	uint64_t send;
	bool development, small;
	bool approval; /* only while somebody approves of the campaign */
	bool paced; /* its rows wait until every sendd knows of that */
	int64_t upto; /* last device; not small */
	bool twins; /* some devices are left out; not small */
};

/* Run fn in a transaction, once more if an id that it drew for a row is taken:
 * those of two runs may collide. */
const struct err *run_transact(struct db *db, db_fn *fn, void *arg);

/* In the transaction that begins the run: queue all of a small run; of another,
 * note which devices all of its stretches leave out. last_device: the last one
 * of all. */
const struct err *run_stretch_begin(struct db *db, struct run_stretch *s,
    int64_t last_device);

/* Queue the stretch, from where the run is; last: no other follows.
 * ERR_CONFLICT: the run is cancelled, or its campaign was changed and is not
 * approved of again. */
const struct err *run_stretch_queue(struct db *db,
    const struct run_stretch *s, bool last);

#endif
