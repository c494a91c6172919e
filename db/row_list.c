/* SPDX-License-Identifier: MIT */
#include "db/row_list.h"

#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"

#define ROWS_FIRST 4
#define ROWS_MAX 1024

static void
make_room(struct row_list *l, size_t n)
{
	if (l->n < l->room)
		return;
	l->width = n;
	l->room = l->room > 0 ? 4 * l->room : ROWS_FIRST;
	l->values = xrealloc(l->values, l->room * n * sizeof *l->values);
}

const struct err *
row_list_add(struct db *db, struct row_list *l, const struct value *values,
    size_t n)
{
	make_room(l, n);
	memcpy(l->values + l->n * n, values, n * sizeof *values);
	return ++l->n < ROWS_MAX ? NULL : row_list_flush(db, l);
}

const struct err *
row_list_flush(struct db *db, struct row_list *l)
{
	const struct err *e = NULL;

	if (l->n == 1) /* what a single row needs is less */
		e = db_post(db, l->id, l->values, l->width, l->matched);
	else if (l->n > 1)
		e = db_post_rows(db, l->id, l->values, l->width, l->n,
		    l->matched);
	row_list_reset(l);
	return e;
}

void
row_list_reset(struct row_list *l)
{
	l->n = 0;
}

void
row_list_done(struct row_list *l)
{
	free(l->values);
	l->values = NULL;
	l->n = l->room = 0;
}
