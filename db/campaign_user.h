/* SPDX-License-Identifier: MIT */
/*
 * The users of a campaign. Many of them are written in chunks, each in a
 * transaction of its own: callers who add to one campaign at once wait for each
 * other only where they name the same user, and what a failure leaves behind is
 * the users of whole chunks. A change is noted in the campaign's row (by: the
 * integration that makes it, or INTEGRATION_COMMAND_LINE, NULL: unknown), and
 * ends an approval.
 */
#ifndef DB_CAMPAIGN_USER_H
#define DB_CAMPAIGN_USER_H

#include "db/db.h"
#include "lib/arena.h"

#define CAMPAIGN_USER_MAX 255 /* UTF-16 units of a user id */

/* Add users; a user who is already in the campaign stays, a NULL is skipped.
 * ERR_MISSING when there is no such campaign. Calling it again after a failure
 * adds the rest. */
const struct err *campaign_user_add(struct db *db, int64_t id,
    const char *const *users, size_t n, const char *by);

/* Remove users; one who is not in the campaign is no error. ERR_MISSING as
 * above. */
const struct err *campaign_user_remove(struct db *db, int64_t id,
    const char *const *users, size_t n, const char *by);

struct campaign_user_page {
	const char *after; /* only users behind this one; NULL: all */
	int64_t limit, offset;
};

/* The campaign's users, in order of the bytes of the user id. */
const struct err *campaign_user_list(struct db *db, struct arena *a,
    int64_t id, const struct campaign_user_page *page, const char ***users,
    size_t *n);

#endif
