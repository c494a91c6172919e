/* SPDX-License-Identifier: MIT */
/* Campaigns: one message to many users. Their runs are in campaign_run.h. */
#ifndef DB_CAMPAIGN_H
#define DB_CAMPAIGN_H

#include "db/db.h"
#include "db/walk.h"
#include "lib/arena.h"

#define CAMPAIGN_USER_MAX 255	    /* UTF-16 units of a user id */
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
};

const struct err *campaign_add(struct db *db, int64_t app,
    const char *message, size_t len, int64_t *id);

/* ERR_MISSING when there is none. */
const struct err *campaign_by_id(struct db *db, struct arena *a, int64_t id,
    struct campaign *out);

/* Campaigns in order of id; sent NULL: sent or not. A campaign is valid during
 * the call of take; the first error of take ends the list. Only a few are in
 * memory at a time. */
typedef const struct err *campaign_take(const struct campaign *c, void *arg);
const struct err *campaign_list(struct db *db, const bool *sent,
    const struct part *part, campaign_take *take, void *arg);

/* Remove the campaign, then its users in portions; users left behind by an
 * interrupted call are removed too. Rows already in the outbox are sent. */
const struct err *campaign_remove(struct db *db, int64_t id, bool *existed);

/* --- users ------------------------------------------------------------ */

/* Add users; a user who is already in the campaign stays, a NULL is skipped.
 * ERR_MISSING when there is no such campaign. */
const struct err *campaign_user_add(struct db *db, int64_t id,
    const char *const *users, size_t n);
const struct err *campaign_user_remove(struct db *db, int64_t id,
    const char *const *users, size_t n);

/* The campaign's users, in order of the user id. */
const struct err *campaign_user_list(struct db *db, struct arena *a,
    int64_t id, int64_t limit, int64_t offset, const char ***users,
    size_t *n);

#endif
