/* SPDX-License-Identifier: MIT */
#include "db/app_targets.h"

#include <stdlib.h>
#include <string.h>

#include "lib/json_text.h"

/* The columns behind those of DEVICE_TARGET in sql.c. */
enum { POSITION = 7, APP };

#define DEVICES_FIRST 4 /* has room for so many */

/* Is the list full? It has room for 4, 8, 16 and so on. */
static bool
is_full(size_t n)
{
	return n == 0 || (n >= DEVICES_FIRST && (n & (n - 1)) == 0);
}

static void
add_device(struct app_targets *q, const struct rows *r)
{
	struct device_user *u = &q->user;
	struct device *grown;

	if (is_full(u->n)) {
		grown = arena_alloc(q->mem,
		    (u->n > 0 ? 2 * u->n : DEVICES_FIRST) * sizeof *grown);
		if (u->n > 0)
			memcpy(grown, u->devices, u->n * sizeof *grown);
		u->devices = grown;
	}
	u->devices[u->n] = (struct device){0};
	device_target_of_row(q->mem, r, &u->devices[u->n++]);
}

static void
take_found_row(struct app_targets *q, const struct rows *r)
{
	if (!q->found)
		application_of_row(q->mem, r, APP, &q->app);
	q->found = true;
	if (!db_is_null(r, 0))
		add_device(q, r);
}

static int
by_id(const void *a, const void *b)
{
	const struct device *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

static const struct err *
take_all_rows(struct app_targets *const *list, size_t n, struct rows *r)
{
	while (db_next(r)) {
		uint64_t at = db_u64(r, POSITION);

		if (at == 0 || at > n)
			return err_new(ERR_FAULT, "a device of no message");
		take_found_row(list[at - 1], r);
	}
	for (size_t i = 0; i < n; i++)
		if (list[i]->user.n > 1)
			qsort(list[i]->user.devices, list[i]->user.n,
			    sizeof *list[i]->user.devices, by_id);
	return NULL;
}

static const struct err *
ask_many(struct db *db, struct app_targets *const *list, size_t n,
    struct rows **r)
{
	struct buf text = BUF(DB_LIST_MAX);
	const struct err *e;
	bool fits = true;

	for (size_t i = 0; i < n; i++) {
		(void)buf_text(&text, i > 0 ? ",[" : "[[");
		(void)json_quote(list[i]->app_id, &text);
		(void)buf_text(&text, ",");
		(void)json_quote(list[i]->user_id, &text);
		fits = buf_text(&text, "]");
	}
	if (fits && buf_text(&text, "]"))
		e = db_query(db, SQL_APP_TARGETS_OF_MANY,
		    VALUES(v_blob(text.data, text.len)), r);
	else
		e = err_new(ERR_TOOBIG, "a list of users is too large");
	buf_done(&text);
	return e;
}

static const struct err *
ask_one(struct db *db, const struct app_targets *q, struct rows **r)
{
	return db_query(db, SQL_APP_TARGETS,
	    VALUES(v_text(q->user_id), v_text(q->app_id)), r);
}

const struct err *
app_targets_read(struct db *db, struct app_targets *const *list, size_t n)
{
	struct rows *r = NULL;
	const struct err *e = n == 1 ? ask_one(db, list[0], &r)
				     : ask_many(db, list, n, &r);
	bool more;

	if (e != NULL)
		return e;
	more = db_count(r) > DEVICE_TARGETS_MAX;
	for (size_t i = 0; i < n; i++) {
		list[i]->found = false;
		list[i]->user = (struct device_user){0};
		list[i]->more = more;
	}
	if (!more)
		e = take_all_rows(list, n, r);
	db_done(r);
	return e;
}
