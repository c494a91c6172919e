/* SPDX-License-Identifier: MIT */
/* Why messages of campaigns were not sent, counted over a batch of outcomes. */
#ifndef DB_RUN_TALLY_H
#define DB_RUN_TALLY_H

#include "db/db.h"
#include "db/outcome.h"

struct run_share;

struct run_tally {
	struct run_share *list; /* NULL: none yet */
	size_t n, max;
};

/* An empty tally of at most max outcomes; free it with run_tally_done. */
void run_tally_init(struct run_tally *t, size_t max);
void run_tally_done(struct run_tally *t);
void run_tally_reset(struct run_tally *t);

/* Count an outcome: only if it is final, of the lane of campaigns, and was not
 * sent. */
void run_tally_add(struct run_tally *t, const struct outcome *o);

/* Post the numbers, in the transaction of the outcomes. */
const struct err *run_tally_post(struct db *db, struct run_tally *t);

#endif
