/* SPDX-License-Identifier: MIT */
/* Rows that gather for one statement, and are posted many at a time
 * (db_post_rows). Their texts are borrowed until they are posted. */
#ifndef DB_ROW_LIST_H
#define DB_ROW_LIST_H

#include "db/db.h"

struct row_list {
	enum sql_id id;
	struct value *values; /* of all rows, row after row */
	size_t width;	      /* values of a row */
	size_t n, room;	      /* rows */
	uint64_t *matched;    /* as of db_post; or NULL */
};

/* An empty list for a statement: struct row_list l = ROW_LIST(SQL_...); */
#define ROW_LIST(statement) {.id = (statement)}

/* Add a row of n values, always as many; a full list is posted. */
const struct err *row_list_add(struct db *db, struct row_list *l,
    const struct value *values, size_t n);

/* Post the rows that are in the list. */
const struct err *row_list_flush(struct db *db, struct row_list *l);

/* Discard the rows; the memory is kept. */
void row_list_reset(struct row_list *l);
void row_list_done(struct row_list *l);

#endif
