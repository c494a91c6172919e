/* SPDX-License-Identifier: MIT */
/*
 * Walking over a list without a natural limit, by a cursor: one portion is in
 * memory at a time, and the next statement reads on behind the key at which
 * the one before ended.
 */
#ifndef DB_WALK_H
#define DB_WALK_H

#include "db/db.h"

#define WALK_VALUES 8

struct db_walk {
	enum sql_id id;	 /* its last values: key, key (null: from the start),
			    at most, left out */
	size_t n;	 /* values before those */
	struct value values[WALK_VALUES];
	unsigned key;	 /* column by which the statement orders; unique */
	int64_t portion; /* rows a statement */
};

/* The part of the list that a caller wants. */
struct part {
	const char *apps;     /* of these, a JSON array of names; NULL: all */
	int64_t size, offset; /* size 0: the rest */
};

/* Called for each row; the row's texts and what is made in the arena are valid
 * during the call. */
typedef const struct err *walk_take(struct arena *a, const struct rows *r,
    void *arg);

/* The first error of take ends the walk. ERR_BUSY when the connection was lost
 * within a portion. */
const struct err *db_walk(struct db *db, const struct db_walk *w,
    const struct part *part, walk_take *take, void *arg);

#endif
