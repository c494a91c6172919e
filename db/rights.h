/* SPDX-License-Identifier: MIT */
/* The privileges of the programs' database users: exactly those of grants.sql.
 * For setup, on an administrator's connection. */
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
 * Grant each user the privileges that it lacks, then revoke those on this
 * database that grants.sql does not give it. A privilege that stays is missing
 * for a moment at most. *given, *taken become true when something was granted,
 * revoked.
 */
const struct err *rights_set(struct db *db, const char *database,
    const char *host, const struct rights_user *users, size_t n, bool *given,
    bool *taken);

/* The text of grants.sql, of *len bytes; a NUL does not follow. */
const char *rights_text(size_t *len);

#endif
