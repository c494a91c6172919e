/* SPDX-License-Identifier: MIT */
/*
 * The steps of a campaign's run (its states: campaign_run.h): the next chunk of
 * its rows, and its end. Any process may do one, and no device is queued twice
 * by that; but in a cluster all but one of those that do the same step do it in
 * vain. So a run has a steward, the sendd that leases the shard of its send:
 * that lease is the claim, and passes on by itself (db/shard.h).
 */
#ifndef DB_CAMPAIGN_STEP_H
#define DB_CAMPAIGN_STEP_H

#include "db/db.h"
#include "db/run_beside.h"

/* Every run, whatever its shard; else a bit for each shard, the lowest for the
 * first one. */
#define STEWARD_OF_ALL UINT64_MAX

struct run_steward {
	uint64_t shards; /* of these */
	int64_t only;	 /* this campaign; 0: any */
	int64_t chunk;	 /* devices at a time; in a cluster fewer rows */
	int64_t rows;	 /* at a time; 0: as many as the devices are */
	bool development; /* APNs environment of apps that name none */
	/* nothing is queued of a run whose campaign was changed, until
	 * somebody approves of it again */
	bool approval;
	struct run_beside *beside; /* a second connection helps; or NULL */
};

/* Queue the next chunk of a run. *queued is false when there was nothing to
 * queue, when another process is queueing it, or when it was cancelled; *more
 * is false when nothing is left to queue. */
const struct err *campaign_queue_step(struct db *db,
    const struct run_steward *who, bool *queued, bool *more);

/* In the thread of the second connection: queue the chunk behind the one that
 * the first connection queues meanwhile; *queued: it was. It has none when the
 * first connection offers none, and waits until it has ended
 * (run_beside_end). */
const struct err *campaign_queue_beside(struct db *db, struct run_beside *b,
    bool *queued);

/* Mark each run complete, done or cancelled, when all of its rows have an
 * outcome, and keep its counts. */
const struct err *campaign_finish(struct db *db, uint64_t shards);

/* Make the runs our own that a program of an earlier release has started. */
const struct err *campaign_adopt(struct db *db, uint64_t shards);

#endif
