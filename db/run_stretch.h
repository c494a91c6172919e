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
#include "lib/platform.h"

#define RUN_NOT_BEGUN (-1) /* as queue_end of the campaign */

struct run_stretch {
	int64_t campaign;
	uint64_t send;
	bool development, small;
	bool approval; /* only while somebody approves of the campaign */
	bool paced; /* its rows wait until every sendd knows of that */
	int64_t from, upto; /* behind the first one, to the last; not small */
	bool twins; /* some devices are left out; not small */
};

/* What a stretch has added, by platform. */
struct run_added {
	uint64_t by[PLATFORM__COUNT], refused;
	unsigned refused_on; /* that platform */
};

/* Rows in the outbox; and add what another stretch has added. */
uint64_t run_added_rows(const struct run_added *n);
void run_added_sum(struct run_added *sum, const struct run_added *n);

/* Run fn in a transaction, once more if an id that it drew for a row is taken:
 * those of two runs may collide. */
const struct err *run_transact(struct db *db, db_fn *fn, void *arg);

/* In the transaction that begins the run: queue all of a small run; of another,
 * note which devices all of its stretches leave out. last_device: the last one
 * of all. *queued: it is all queued, and there are rows. */
const struct err *run_stretch_begin(struct db *db, struct run_stretch *s,
    int64_t last_device, bool *queued);

/* Queue the stretch: its rows, then the progress. last: no other follows.
 * ERR_CONFLICT: the run is cancelled, or is not where the stretch begins, or
 * its campaign was changed and is not approved of again. */
const struct err *run_stretch_add(struct db *db, const struct run_stretch *s,
    struct run_added *n);
const struct err *run_stretch_advance(struct db *db,
    const struct run_stretch *s, const struct run_added *n, bool last);

#endif
