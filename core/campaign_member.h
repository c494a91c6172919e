/* SPDX-License-Identifier: MIT */
/* Why a user did not get a campaign's message, or did: what is known, in the
 * same words for the API and the command. */
#ifndef CORE_CAMPAIGN_MEMBER_H
#define CORE_CAMPAIGN_MEMBER_H

#include "db/campaign.h"
#include "db/campaign_figures.h"
#include "db/campaign_member.h"
#include "lib/json.h"

#include "core/settings.h"

struct campaign_member {
	struct campaign campaign;
	const char *user_id; /* borrowed */
	bool member, has_run; /* member: as of now */
	int64_t since_ms; /* when the user was added; 0: as campaign_has_user */
	bool kept; /* is what becomes of single devices? */
	struct run_figures run; /* the latest */
	struct member_device *devices;
	size_t n;
};

/* ERR_MISSING: there is no such campaign. */
const struct err *campaign_member(const struct settings *s, struct db *db,
    struct arena *a, int64_t id, const char *user_id,
    struct campaign_member *out);

/* A sentence each: of the user; of a device, with its state in a word. */
const char *campaign_member_why(const struct campaign_member *m);
const char *campaign_member_device_state(const struct campaign_member *m,
    const struct member_device *d, const char **why);

/* How single outcomes are kept; NULL: they are. */
const char *campaign_member_note(const struct campaign_member *m);

void campaign_member_view(struct json *into, const struct campaign_member *m);

#endif
