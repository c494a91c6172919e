/* SPDX-License-Identifier: MIT */
/*
 * The steps of a campaign's run (its states: campaign_run.h), which any process
 * may do: the next chunk of its rows, and its end.
 */
#ifndef DB_CAMPAIGN_STEP_H
#define DB_CAMPAIGN_STEP_H

#include "db/db.h"

/* Queue the next chunk of the run of a campaign (0: of any campaign). *queued
 * is false when there was nothing to queue, when another process is queueing
 * it, or when it was cancelled; *more is false when nothing is left to queue.
 * approval: nothing is queued of a run whose campaign was changed, until
 * somebody approves of it again. */
const struct err *campaign_queue_step(struct db *db, int64_t campaign,
    int64_t chunk, bool development, bool approval, bool *queued, bool *more);

/* Mark each run complete, done or cancelled, when all of its rows have an
 * outcome, and keep its counts. */
const struct err *campaign_finish(struct db *db);

/* Make the runs our own that a program of an earlier release has started. */
const struct err *campaign_adopt(struct db *db);

#endif
