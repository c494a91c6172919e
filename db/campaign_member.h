/* SPDX-License-Identifier: MIT */
/* One user of a campaign: whether it is for the user, the user's devices, and
 * what is kept of what became of them. */
#ifndef DB_CAMPAIGN_MEMBER_H
#define DB_CAMPAIGN_MEMBER_H

#include "db/campaign_reach.h"
#include "db/db.h"
#include "lib/arena.h"

#define MEMBER_DEVICES_MAX 1000

struct member_device {
	int64_t id;
	unsigned platform; /* PLATFORM__COUNT or more: none that we know */
	unsigned why;	   /* enum audience_why, as of now */
	int64_t registered_ms, gone_ms; /* gone_ms 0: not in quarantine */
	const char *gone_reason;	/* NULL: none */
	/* of the run, or NULL: a word, the provider's reason or NULL */
	const char *outcome, *reason;
	uint64_t tries;
};

/* Is the campaign for the user? *since_ms: when the user was added to it; 0: it
 * is for everybody, or not for the user. ERR_MISSING: there is no such
 * campaign. */
const struct err *campaign_has_user(struct db *db, int64_t campaign,
    const char *user_id, bool *member, int64_t *since_ms);

/* The devices that the user has in the campaign's application, by their ids, at
 * most MEMBER_DEVICES_MAX, in the arena. development: as in struct
 * campaign_run. */
const struct err *campaign_member_devices(struct db *db, struct arena *a,
    int64_t campaign, const char *user_id, bool development,
    struct member_device **list, size_t *n);

/* Fill in what became of them in a run, from the history and from the stored
 * messages; stays NULL where neither has it. */
const struct err *campaign_member_outcomes(struct db *db, struct arena *a,
    const char *user_id, uint64_t send, struct member_device *list, size_t n);

#endif
