/* SPDX-License-Identifier: MIT */
/* The rights of the programs' database users: those of grants.sql, all of
 * them and no others. For setup, on an administrator's connection. */
#ifndef DB_RIGHTS_H
#define DB_RIGHTS_H

#include <stdbool.h>
#include <stddef.h>

#include "db/db.h"

#define RIGHTS_PROGRAMS 8 /* at most */

struct rights_user {
	const char *program; /* its name in grants.sql */
	const char *user;    /* several programs may have the same */
};

/*
 * Give each user what is missing, and take away what grants.sql no longer
 * gives it on this database: what goes on needing a right never lacks it for
 * longer than a moment. *given, *taken: whether it did.
 */
const struct err *rights_set(struct db *db, const char *database,
    const char *host, const struct rights_user *users, size_t n, bool *given,
    bool *taken);

#endif
