/* SPDX-License-Identifier: MIT */
/* The runs of a campaign with their figures, and their timing. */
#ifndef DB_CAMPAIGN_FIGURES_H
#define DB_CAMPAIGN_FIGURES_H

#include "db/db.h"
#include "db/run_timing.h"
#include "lib/arena.h"
#include "lib/platform.h"

/* total is the sum of the others and of what is pending. */
struct run_counts {
	uint64_t total, sent, failed, expired, cancelled;
};

struct run_figures {
	uint64_t send; /* the run's */
	const char *state; /* of the campaign while it is in progress */
	int64_t created_ms, ended_ms; /* 0: not yet */
	struct run_timing timing;
	struct run_counts all;
	struct run_counts by[PLATFORM__COUNT];
};

/* The number of messages without a final outcome. */
static inline uint64_t
run_counts_pending(const struct run_counts *n)
{
	return n->total - n->sent - n->failed - n->expired - n->cancelled;
}

/* Does by tell of every message? Not of a run that ended under a release that
 * did not keep what was sent of each platform. */
bool run_figures_by_platform(const struct run_figures *r);

/* At most limit runs, the newest first; send 0: of any. */
const struct err *campaign_runs(struct db *db, struct arena *a,
    int64_t campaign, uint64_t send, int64_t limit, int64_t offset,
    struct run_figures **list, size_t *n);

/* When a run begins and over how long it is spread, the other members of the
 * timing not; and until when its message is valid (since 1970 UTC; 0: a
 * program that did not keep it has started the run). All is 0 when the run is
 * over. */
const struct err *campaign_run_timing(struct db *db, uint64_t send,
    struct run_timing *timing, int64_t *expires_ms);

/* Set the timing of a run in progress: its start only if start_ms is not 0.
 * *set is false when it is over; with a start also when it has begun. */
const struct err *campaign_run_set(struct db *db, int64_t campaign,
    uint64_t send, const struct run_timing *timing, bool *set);

/* --- what was not sent ------------------------------------------------ */

#define RUN_REASON_MAX 80 /* characters; a longer one is cut */

struct run_outcome {
	uint64_t send;
	unsigned platform;
	const char *outcome, *reason;
	uint64_t n;
};

/* Post numbers to be added, in the transaction of the outcomes. Of sends that
 * are no campaign's nothing is kept. */
const struct err *run_outcomes_post(struct db *db,
    const struct run_outcome *list, size_t n);

/* Those of a run, at most 1000 of them. */
const struct err *run_outcomes(struct db *db, struct arena *a,
    int64_t campaign, uint64_t send, struct run_outcome **list, size_t *n);

#endif
