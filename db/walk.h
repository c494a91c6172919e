/* SPDX-License-Identifier: MIT */
/*
 * Walking over a list of any length by a cursor: one portion is in memory at a
 * time, and the next statement continues behind the last key of the portion
 * before.
 */
#ifndef DB_WALK_H
#define DB_WALK_H

#include "db/db.h"

#define WALK_VALUES 8

struct db_walk {
	enum sql_id id;	 /* its last values: key, key (null: from the start),
			    limit, offset */
	size_t n;	 /* number of values before those */
	struct value values[WALK_VALUES];
	unsigned key;	 /* column by which the statement orders; unique */
	int64_t portion; /* rows per statement */
	enum sql_id first; /* for the first portion, with the values limit and
			      offset alone; 0: id */
};

/* The part of the list that a caller wants. */
struct part {
	const char *apps; /* only of these: JSON array of names; NULL: all */
	int64_t size, offset; /* size 0: the rest */
};

/* Called for each row; the row's texts and the memory of the arena are valid
 * during the call. */
typedef const struct err *walk_take(struct arena *a, struct rows *r,
    void *arg);

/* The first error of take ends the walk. ERR_BUSY when the connection was lost
 * within a portion. */
const struct err *db_walk(struct db *db, const struct db_walk *w,
    const struct part *part, walk_take *take, void *arg);

#endif
