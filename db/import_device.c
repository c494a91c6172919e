/* SPDX-License-Identifier: MIT */
#include "db/import_device.h"

#include <string.h>

#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/json_text.h"

#include "db/activation.h"
#include "db/row_list.h"

static const struct err *
wait_turns(struct db *db, const struct device *list, size_t n)
{
	struct row_list turns = ROW_LIST(SQL_DEVICE_TURN);
	const struct err *e = NULL;

	for (size_t i = 0; e == NULL && i < n; i++)
		e = row_list_add(db, &turns, VALUES(v_i64(list[i].app),
		    v_text(list[i].token)));
	if (e == NULL)
		e = row_list_flush(db, &turns);
	row_list_done(&turns);
	return e;
}

static const struct err *
query_found(struct db *db, const struct device *list, size_t n, bool lock,
    struct rows **rows)
{
	struct buf text = BUF(DB_LIST_MAX);
	const struct err *e;
	bool fits = true;

	for (size_t i = 0; i < n; i++) {
		(void)buf_fmt(&text, "%s[%lld,", i > 0 ? "," : "[",
		    (long long)list[i].app);
		(void)json_quote(list[i].token, &text);
		(void)buf_text(&text, ",");
		if (list[i].activation_id != NULL)
			(void)json_quote(list[i].activation_id, &text);
		else
			(void)buf_text(&text, "null");
		fits = buf_text(&text, "]");
	}
	if (fits && buf_text(&text, "]"))
		e = db_query(db, lock ? SQL_IMPORT_DEVICE_LOCK
			: SQL_IMPORT_DEVICE_FIND,
		    VALUES(v_blob(text.data, text.len),
			v_blob(text.data, text.len)), rows);
	else
		e = err_new(ERR_TOOBIG, "a list of devices is too large");
	buf_done(&text);
	return e;
}

const struct err *
import_device_find(struct db *db, struct arena *a, const struct device *list,
    size_t n, bool lock, struct import_found **found, size_t *n_found)
{
	const struct err *e = NULL;
	struct rows *r = NULL;

	*n_found = 0;
	if (n == 0)
		return NULL;
	if (lock && (e = wait_turns(db, list, n)) != NULL)
		return e;
	if ((e = query_found(db, list, n, lock, &r)) != NULL)
		return e;
	*found = arena_zero(a, (db_count(r) + 1) * sizeof **found);
	for (; db_next(r); (*n_found)++) {
		struct import_found *f = &(*found)[*n_found];

		f->of = db_u64(r, 0) - 1;
		f->by_activation = db_u64(r, 1) != 0;
		device_of_row(a, r, 2, &f->d);
		f->d.address = db_copy(a, r, 13);
	}
	db_done(r);
	return NULL;
}

/* --- writing ---------------------------------------------------------- */

struct device_rows_in {
	struct row_list activations, changed, added;
	int64_t now_ms;
};

static const struct err *
list_local(struct db *db, struct device_rows_in *rows, const struct device *d)
{
	const struct activation act = {.activation_id = d->activation_id,
	    .user_id = d->user_id, .app_id = d->app_id,
	    .status = d->active ? "ACTIVE" : "BLOCKED"};

	if (d->activation_id == NULL)
		return NULL;
	return activation_add(db, &rows->activations, &act);
}

static const struct err *
list_device_in(struct db *db, struct device_rows_in *rows,
    const struct device *d)
{
	struct value at = v_i64(d->registered_ms != 0 ? d->registered_ms
						      : rows->now_ms);
	struct value whose[] = {v_text(d->activation_id), v_text(d->user_id),
	    v_i64(d->app)};

	if (d->id == 0)
		return row_list_add(db, &rows->added, VALUES(whose[0],
		    whose[1], whose[2], v_text(d->platform),
		    v_text(d->environment), v_text(d->token),
		    v_text(d->address), v_i64(d->active), at));
	return row_list_add(db, &rows->changed, VALUES(whose[0], whose[1],
	    whose[2], whose[0], whose[1], whose[2], v_text(d->platform),
	    v_text(d->environment), v_text(d->token), v_text(d->address),
	    v_i64(d->active), at, at, at, v_i64(d->id)));
}

const struct err *
import_device_put(struct db *db, const struct device *const *list, size_t n,
    bool local)
{
	struct device_rows_in rows = {ROW_LIST(SQL_ACTIVATION_PUT),
	    ROW_LIST(SQL_IMPORT_DEVICE_UPDATE),
	    ROW_LIST(SQL_IMPORT_DEVICE_ADD), clock_now_ms()};
	const struct err *e = NULL;

	for (size_t i = 0; e == NULL && i < n; i++) {
		if (local)
			e = list_local(db, &rows, list[i]);
		if (e == NULL)
			e = list_device_in(db, &rows, list[i]);
	}
	if (e == NULL && (e = row_list_flush(db, &rows.activations)) == NULL &&
	    (e = row_list_flush(db, &rows.changed)) == NULL)
		e = row_list_flush(db, &rows.added);
	row_list_done(&rows.activations);
	row_list_done(&rows.changed);
	row_list_done(&rows.added);
	return e;
}

const struct err *
import_device_drop(struct db *db, int64_t id)
{
	return db_post(db, SQL_DEVICE_REMOVE_ID, VALUES(v_i64(id)), NULL);
}

/* --- what is here only ------------------------------------------------ */

const struct err *
import_device_after(struct db *db, struct arena *a, int64_t id,
    struct device **list, size_t *n)
{
	struct rows *r = NULL;
	const struct err *e = db_query(db, SQL_IMPORT_DEVICE_AFTER,
	    VALUES(v_i64(id)), &r);

	if (e != NULL)
		return e;
	*list = arena_zero(a, (db_count(r) + 1) * sizeof **list);
	for (*n = 0; db_next(r); (*n)++) {
		device_of_row(a, r, 0, &(*list)[*n]);
		(*list)[*n].app_id = db_copy(a, r, 11);
	}
	db_done(r);
	return NULL;
}

bool
import_device_is_aside(const struct device *d)
{
	return d->gone_ms != 0 && d->gone_reason != NULL &&
	    strcmp(d->gone_reason, SQL_NOT_IN_DUMP) == 0;
}

const struct err *
import_device_aside(struct db *db, const struct device *d)
{
	return db_exec(db, SQL_IMPORT_DEVICE_ASIDE, VALUES(v_i64(d->id),
	    v_i64(d->registered_ms)));
}
