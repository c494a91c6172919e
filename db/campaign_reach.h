/* SPDX-License-Identifier: MIT */
/*
 * The devices that a campaign reaches: which of two ways finds them for less,
 * and how many there are. One way goes through the campaign's users and looks
 * up the devices of each; the other reads all devices in the order of their
 * key, and looks up the user of each.
 */
#ifndef DB_CAMPAIGN_REACH_H
#define DB_CAMPAIGN_REACH_H

#include "db/db.h"
#include "lib/platform.h"

/* *last_device: the id of the last device of all. *by_users: the campaign has
 * at most that many users (in a cluster fewer, if that many are to be queued at
 * once), and going through them costs less. */
const struct err *campaign_reach(struct db *db, int64_t campaign,
    int64_t most_users, int64_t *last_device, bool *by_users);

/* Why a run leaves a device out. As the numbers in AUDIENCE_COUNTS (sql.c). */
enum audience_why {
	AUDIENCE_REACHED,	 /* it does not */
	AUDIENCE_ENVIRONMENT,	 /* of development, the application is not */
	AUDIENCE_NO_CREDENTIALS, /* of the application, for its platform */
	AUDIENCE_QUARANTINE,
	AUDIENCE_INACTIVE, /* of a campaign to everybody */
	AUDIENCE_TWIN,	   /* another one with its token is reached */
	AUDIENCE__COUNT
};

struct audience {
	uint64_t users, no_device; /* no_device: users without any */
	uint64_t by[PLATFORM__COUNT][AUDIENCE__COUNT]; /* devices */
	uint64_t unknown; /* devices of a platform that no provider has */
};

/* Count, now. development: as in struct campaign_run. */
const struct err *campaign_audience(struct db *db, int64_t campaign,
    bool development, struct audience *out);

#endif
