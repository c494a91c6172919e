/* SPDX-License-Identifier: MIT */
/*
 * The hand on a campaign's run (its states: campaign_run.h): pause, resume and
 * cancel, and which runs sendd must hold back.
 *
 * A message that is held back stays in the outbox and is put off by the sendd
 * that leases its shard, at most for CAMPAIGN_PUT_OFF_MS at a time. When the
 * run may go on, or must drop what is left, its messages are recalled: made due
 * again, some seconds later, when every sendd knows of the change.
 */
#ifndef DB_CAMPAIGN_CONTROL_H
#define DB_CAMPAIGN_CONTROL_H

#include "db/db.h"
#include "db/run_timing.h"
#include "lib/arena.h"

#define CAMPAIGN_PUT_OFF_MS 3600000

enum campaign_verb {
	CAMPAIGN_PAUSE,	 /* from queueing, sending */
	CAMPAIGN_RESUME, /* from paused */
	CAMPAIGN_CANCEL, /* from queueing, sending, paused */
	CAMPAIGN_VERB__COUNT
};

enum campaign_did {
	CAMPAIGN_CHANGED,
	CAMPAIGN_SO_ALREADY, /* nothing was to be done */
	CAMPAIGN_CANNOT	     /* it has no run in progress, or is cancelled */
};

/* state: the state after the call, in the arena. ERR_MISSING: there is no such
 * campaign. */
const struct err *campaign_control(struct db *db, struct arena *a, int64_t id,
    enum campaign_verb verb, enum campaign_did *did, const char **state);

/* Cancel the campaign's run with that send. Not *cancelled: it is not in
 * progress, or it is cancelled already. */
const struct err *campaign_cancel(struct db *db, int64_t id, uint64_t send,
    bool *cancelled);

/* Cancel the runs of an application that are in progress and were started
 * before that moment, those for later included: the id of their sends tells
 * when they were to begin. *n: how many were cancelled. */
const struct err *campaign_cancel_app(struct db *db, struct arena *a,
    int64_t app, int64_t before_ms, uint64_t *n);

/* A run that does not simply go as fast as it can. */
struct campaign_held {
	uint64_t send;
	uint64_t changes; /* of the run so far, with its start */
	bool paused;
	bool recalls; /* its messages are about to be recalled */
	struct run_timing timing;
	uint64_t total, done; /* messages queued so far, and with an outcome */
	int64_t queued, queue_end; /* as in struct campaign */
};

/* The runs in progress that are held back in some way, in order of send. */
const struct err *campaign_held(struct db *db, struct arena *a,
    struct campaign_held **list, size_t *n);

/* Cancel a run that is in progress, for a campaign that is about to be removed.
 * Of many messages that were put off, some are dropped only when they are due.
 */
const struct err *campaign_give_up(struct db *db, int64_t id);

#endif
