/* SPDX-License-Identifier: MIT */
/*
 * Is a row due that admission never reads? Admission reads behind a cursor, and
 * a defect there is silent: a row that is not read is not missed. This look is
 * independent of admission: it reads the oldest due rows of each lane, without
 * a cursor, and compares them with the items in memory.
 *
 * A row that waits its turn raises no alarm: a row is passed over only when
 * the lane was read from its start to its end meanwhile, or when nothing at
 * all was admitted although there was room. A look may take seconds from its
 * reading to its end, and the row is perhaps read, sent and removed meanwhile:
 * what was read by the end of a look counts only when the reading of the next
 * one finds the row still there.
 */
#ifndef SENDD_OVERDUE_H
#define SENDD_OVERDUE_H

#include "core/settings.h"
#include "db/outbox.h"
#include "db/shard.h"
#include "sendd/scan.h"

#define OVERDUE_LOOKS 3 /* that see the same row, before it counts */

/* What is known of a lane. */
struct overdue {
	struct outbox_due row; /* its oldest due one not in hand; id 0: none */
	unsigned looks;	       /* that have seen it */
	unsigned idle;	       /* looks without an admission, with room */
	uint64_t passes;       /* when it was seen first */
	uint64_t read;	       /* passes since then, at the latest look */
	uint64_t admitted;
	bool missed;
};

/* What admission has done so far. */
struct overdue_pace {
	uint64_t passes;   /* over this lane, from its start to its end */
	uint64_t admitted; /* rows, of all lanes */
	bool room;	   /* for one of this lane */
};

/* Take in a look at the lane; row->id is 0 when all that is due is in hand.
 * Pure. */
void overdue_judge(struct overdue *o, const struct outbox_due *row,
    const struct overdue_pace *pace);

struct overdue_watch {
	const struct settings *settings;
	const struct queue *queue;
	const struct shards *shards;
	const struct scan *scan;
	struct overdue lanes[OUTBOX_SHARDS][OUTBOX_LANES];
	int64_t look_due_ms;
	unsigned missed; /* lanes with a row that is passed over */
};

/* A look is a job: begin it (NULL: none is due yet), read with a db_worker's
 * connection, and end it, which takes its result in and frees it. */
struct overdue_look;
struct overdue_look *overdue_begin(struct overdue_watch *w);
const struct err *overdue_read(struct db *db, struct overdue_look *look);
void overdue_end(struct overdue_watch *w, struct overdue_look *look,
    bool failed);

#endif
