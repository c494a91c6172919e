/* SPDX-License-Identifier: MIT */
/*
 * A campaign's runs: its message to all devices of its users.
 *
 *   created --start--> queueing --step ... step--> sending --finish--> done
 *                `------- small: all at once -------^                  |
 *                ^------------------- start, again --------------------'
 *
 * A run is durable from its start: its state and its progress are in the
 * campaign's row, and a chunk of outbox rows is written in the same
 * transaction as the progress. After a crash any process may do the next
 * step, and no device is queued twice.
 */
#ifndef DB_CAMPAIGN_RUN_H
#define DB_CAMPAIGN_RUN_H

#include "db/db.h"

struct campaign_run {
	int64_t campaign, app;
	const char *body; /* stored form, see push/message.h */
	size_t body_len;
	bool development; /* APNs environment of apps that name none */
	int64_t chunk;	  /* rows per transaction */
	bool again;	  /* start even if the campaign was sent before */
	const char *key, *request; /* as in struct outbox_send; or NULL */
};

enum campaign_begun {
	CAMPAIGN_STARTED,
	CAMPAIGN_RUNNING, /* a run is in progress: no other is started */
	CAMPAIGN_DONE	  /* it was sent, and "again" is not set */
};

/* Begin a run; a small campaign is queued in the same transaction. *last_ms:
 * if no run was started, when the latest run began (0: unknown). The
 * idempotency key is stored unless the outcome is CAMPAIGN_DONE; ERR_DUPLICATE
 * when it is stored already. ERR_MISSING when there is no such campaign. */
const struct err *campaign_start(struct db *db,
    const struct campaign_run *run, enum campaign_begun *begun,
    int64_t *last_ms);

/* Queue the next chunk of the run of a campaign (0: of any campaign). *queued
 * is false when there was nothing to queue, or when another process is queueing
 * it; *more is false when nothing is left to queue. */
const struct err *campaign_queue_step(struct db *db, int64_t campaign,
    int64_t chunk, bool development, bool *queued, bool *more);

/* Mark each run complete when all of its rows have an outcome. */
const struct err *campaign_finish(struct db *db);

#endif
