/* SPDX-License-Identifier: MIT */
/*
 * A campaign's runs: its message to all devices of its users.
 *
 *                               .------------ finish -----------> done
 *                               |                                  |
 *   created --start--> queueing --step ... step--> sending         |
 *                ^      |   ^  |                   |  ^  |         |
 *                |      |   |  |    pause          |  |  |         |
 *                |      |   |  `----------> paused <--|--'         |
 *                |      |   `--- resume ---- |  | ----'            |
 *                |      |                    |  |                  |
 *                |      `----- cancel -------+--|---> cancelling   |
 *                |                              |         |        |
 *                |             cancelled <------ finish --'        |
 *                `---- start, again ---- (done, cancelled) --------'
 *
 * The state is a column of the campaign's row, and each transition is one
 * conditional statement: of two callers one succeeds. Only a run that is
 * approved, where that is wanted, may start.
 *
 * A run is durable from its start: its state and its progress are in the
 * campaign's row, and a chunk of outbox rows is written in the same
 * transaction as the progress. After a crash any process may do the next
 * step, and no device is queued twice. A chunk that is under way when the run
 * is paused is kept: its rows are held back as the others are. When the run is
 * cancelled, the chunk is rolled back.
 */
#ifndef DB_CAMPAIGN_RUN_H
#define DB_CAMPAIGN_RUN_H

#include "db/db.h"
#include "db/run_timing.h"

struct campaign_run {
	int64_t campaign, app;
	const char *body; /* stored form, see push/message.h */
	size_t body_len;
	int64_t expires_ms; /* of the message, since 1970 UTC */
	bool development; /* APNs environment of apps that name none */
	int64_t chunk;	  /* rows per transaction */
	struct run_timing timing;
	bool again;	  /* start even if the campaign was sent before */
	bool approval;	  /* only if it is approved of */
	const char *key, *request; /* as in struct outbox_send; or NULL */
	bool queued; /* out: all of its rows are, and there are some */
};

enum campaign_begun {
	CAMPAIGN_STARTED,
	CAMPAIGN_RUNNING, /* a run is in progress: no other is started */
	CAMPAIGN_DONE,	  /* it was sent, and "again" is not set */
	CAMPAIGN_UNAPPROVED /* and must be */
};

/* Begin a run; a small campaign is queued in the same transaction, unless its
 * start is for later. *last_ms:
 * if no run was started, when the latest run began (0: unknown). The
 * idempotency key is stored unless the outcome is CAMPAIGN_DONE; ERR_DUPLICATE
 * when it is stored already. ERR_MISSING when there is no such campaign. */
const struct err *campaign_start(struct db *db, struct campaign_run *run,
    enum campaign_begun *begun, int64_t *last_ms);

#endif
