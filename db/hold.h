/* SPDX-License-Identifier: MIT */
/*
 * Operator holds: "outpost hold" puts a row for an application, for one of its
 * platforms, or for one host of a platform that has many, and sendd delivers
 * nothing for it until the row is removed. Messages are accepted and queued
 * meanwhile.
 */
#ifndef DB_HOLD_H
#define DB_HOLD_H

#include "db/db.h"
#include "lib/arena.h"

#define HOLD_ALL 255 /* as a platform: every platform of the application */
_Static_assert(HOLD_ALL == SQL_PLATFORM_ALL, "as in sql.h");

struct hold {
	int64_t app;
	const char *app_id;
	unsigned platform; /* enum platform, or HOLD_ALL */
	int64_t since_ms;
	const char *reason;
	const char *host; /* "": all hosts */
};

/* All holds, in order of the application's name; the arena owns the texts. */
const struct err *hold_list(struct db *db, struct arena *a,
    struct hold **list, size_t *n);

/* Does it hold what its application sends to the platform at that host? host
 * "": at any of them. */
bool hold_covers(const struct hold *h, unsigned platform, const char *host);

/* Add a hold, or set the reason of the existing one (NULL: none). host "": of
 * all hosts. */
const struct err *hold_put(struct db *db, int64_t app, unsigned platform,
    const char *host, const char *reason);

/* Remove one hold; HOLD_ALL removes all of the application, and host NULL all
 * of the platform. *n: how many were removed. */
const struct err *hold_remove(struct db *db, int64_t app, unsigned platform,
    const char *host, uint64_t *n);

#endif
