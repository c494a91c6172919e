/* SPDX-License-Identifier: MIT */
/* Campaigns: one message to many users. Their users are in campaign_user.h,
 * their runs in campaign_run.h. */
#ifndef DB_CAMPAIGN_H
#define DB_CAMPAIGN_H

#include "db/db.h"
#include "db/walk.h"
#include "lib/arena.h"

#define CAMPAIGN_MESSAGE_MAX 65000 /* bytes */

struct campaign {
	int64_t id, app;
	const char *app_id; /* the application's name */
	bool sent;	    /* its latest run is complete */
	const char *message; /* JSON, as the API got it */
	size_t message_len;
	const char *state;
	uint64_t send; /* of the latest run; 0: none */
	int64_t created_ms, started_ms, completed_ms; /* 0: not yet */
	/* while queueing: id of the last queued device, and of the last one */
	int64_t queued, queue_end;
	bool everybody; /* to all devices of the application that are active */
	/* integrations, or INTEGRATION_COMMAND_LINE; NULL: unknown */
	const char *created_by, *changed_by;
	const char *approved_by; /* NULL: it is not approved of */
	int64_t approved_ms;
};

/* Add c, of which are read: app, message, everybody and created_by. key: the
 * name of the Idempotency-Key that it is made under, and request the hash of
 * the call; NULL: none. ERR_DUPLICATE: the key was used meanwhile. */
const struct err *campaign_add(struct db *db, const struct campaign *c,
    const char *key, const char *request, int64_t *id);

/* ERR_MISSING when there is none. */
const struct err *campaign_by_id(struct db *db, struct arena *a, int64_t id,
    struct campaign *out);

struct campaign_choice {
	const bool *sent; /* NULL: sent or not */
	bool newest;	  /* the newest first; else in order of id */
};

/* A campaign is valid during the call of take, and has what a list tells: id,
 * app, app_id, sent and message. The first error of take ends the list. Only a
 * few are in memory at a time. */
typedef const struct err *campaign_take(const struct campaign *c, void *arg);
const struct err *campaign_list(struct db *db,
    const struct campaign_choice *choice, const struct part *part,
    campaign_take *take, void *arg);

/* Note that who approves of the campaign, until it is changed. Not *approved:
 * it is gone, or who has made it or was the last to change it. */
const struct err *campaign_approve(struct db *db, int64_t id, const char *who,
    bool *approved);

/* Cancel its run if one is in progress, remove the campaign, then its users in
 * portions; users left behind by an interrupted call are removed too. */
const struct err *campaign_remove(struct db *db, int64_t id, bool *existed);

#endif
