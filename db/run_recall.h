/* SPDX-License-Identifier: MIT */
/*
 * Recalling: the rows of a run that were put off are made due again, some
 * seconds after the change of the run, when every sendd knows of it
 * (campaign_control.h).
 */
#ifndef DB_RUN_RECALL_H
#define DB_RUN_RECALL_H

#include "db/db.h"
#include "db/outcome.h"

/* Recall some of the rows of a run for which it is time, until that moment
 * (monotonic, in ms), of those whose shards have a bit (campaign_step.h);
 * *more: there may be further ones. */
const struct err *campaign_recall(struct db *db, uint64_t shards,
    int64_t until_ms, bool *more);

/* Recall the rows of a send in the same way, at once. */
const struct err *run_recall(struct db *db, uint64_t send, int64_t until_ms,
    bool *more);

/* In the transaction that puts rows off because of their runs: have each run
 * that was changed meanwhile recalled once more. Its recall may be over by now,
 * when this transaction had to wait, or its sendd for the news. The outcomes
 * are in order of send. */
const struct err *run_recall_late(struct db *db,
    const struct outcome *const *list, size_t n);

#endif
