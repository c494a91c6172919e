/* SPDX-License-Identifier: MIT */
/* Whether a connection's user has the privileges that grants.sql gives to its
 * program. Every user can see its own. */
#ifndef DB_RIGHTS_LOOK_H
#define DB_RIGHTS_LOOK_H

#include "db/db.h"
#include "lib/arena.h"

/* A privilege of grants.sql, of one column or (column "") of the table. */
struct rights_wanted {
	char table[65], right[16], column[65];
};

typedef void rights_want(const struct rights_wanted *w, void *arg);

/* Call want for each privilege that the text, in the form of grants.sql and
 * with a NUL behind it, gives to the program. Pure. */
void rights_parse(const char *text, size_t len, const char *program,
    rights_want *want, void *arg);

struct rights_missing {
	size_t n;
	const char *first; /* its words, as in grants.sql */
};

const struct err *rights_look(struct db *db, struct arena *a,
    const char *program, struct rights_missing *out);

#endif
