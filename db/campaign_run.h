/* SPDX-License-Identifier: MIT */
/*
 * A campaign's runs: its message to all devices of its users.
 *
 *   created --start--> queueing --step ... step--> sending --finish--> done
 *                `------- small: all at once -------^                  |
 *                ^------------------- start, again --------------------'
 *
 * A run is durable from its start: its state and how far it has come are in
 * the campaign's row, and a chunk of outbox rows is written in the same
 * transaction as the progress. Whoever dies, anyone may do the next step,
 * and no device is queued twice.
 */
#ifndef DB_CAMPAIGN_RUN_H
#define DB_CAMPAIGN_RUN_H

#include "db/db.h"

struct campaign_run {
	int64_t campaign, app;
	const char *body; /* stored form, see push/message.h */
	size_t body_len;
	bool development; /* APNs environment of apps that name none */
	int64_t chunk;	  /* rows a transaction */
	bool again;	  /* also when it was sent before */
	const char *key, *request; /* as in struct outbox_send; or NULL */
};

enum campaign_begun {
	CAMPAIGN_STARTED,
	CAMPAIGN_RUNNING, /* it is being sent: nothing is started */
	CAMPAIGN_DONE	  /* it was sent, and again is not asked for */
};

/* Begin a run; a small campaign is queued at once, with its start. *last_ms:
 * unless started, when its latest run began (0: nobody knows). The key is
 * written down unless it is done; ERR_DUPLICATE when it is
 * known already. ERR_MISSING when there is no such campaign. */
const struct err *campaign_start(struct db *db,
    const struct campaign_run *run, enum campaign_begun *begun,
    int64_t *last_ms);

/* Queue the next chunk of that campaign's run, or of any (0). *queued is
 * false when there was nothing to queue, or another one is at it, *more when
 * nothing is left. */
const struct err *campaign_queue_step(struct db *db, int64_t campaign,
    int64_t chunk, bool development, bool *queued, bool *more);

/* Mark the runs complete whose every row has its outcome. */
const struct err *campaign_finish(struct db *db);

#endif
