/* SPDX-License-Identifier: MIT */
#include "db/app_name.h"

#include <string.h>

#include "lib/buf.h"
#include "lib/clock.h"

#include "db/application.h"
#include "db/kept.h"

#define LIST_MAX (KEPT_APPS_MAX * 24) /* bytes of as many ids */

/* Keep the applications that a statement finds, and copy the name of the wanted
 * one, which another one may displace. */
static const struct err *
keep_found(struct db *db, enum sql_id sql_id, struct value which,
    struct arena *a, int64_t wanted, const char **name)
{
	struct rows *r;
	const struct err *e = db_query(db, sql_id, VALUES(which), &r);

	if (e != NULL)
		return e;
	while (db_next(r)) {
		int64_t id = db_i64(r, 0);

		kept_app(db_kept(db), id, db_text(r, 1), clock_mono_ms());
		if (id == wanted)
			*name = db_copy(a, r, 1);
	}
	db_done(r);
	return NULL;
}

static const struct err *
ask_id(struct db *db, const char *name, int64_t *id)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_APP_ID, VALUES(v_text(name)),
	    &r);

	if (e != NULL)
		return e;
	if (db_next(r)) {
		*id = db_i64(r, 0);
		kept_app(db_kept(db), *id, name, clock_mono_ms());
	} else {
		e = application_missing(name);
	}
	db_done(r);
	return e;
}

const struct err *
app_id_by_name(struct db *db, const char *name, int64_t *id)
{
	*id = kept_app_id(db_kept(db), name, clock_mono_ms());
	return *id != 0 ? NULL : ask_id(db, name, id);
}

const struct err *
app_id_again(struct db *db, const char *name, int64_t *id, bool *changed)
{
	int64_t before = *id;
	const struct err *e = ask_id(db, name, id);

	*changed = e == NULL && *id != before;
	return e;
}

static const char *
copy_kept(struct db *db, struct arena *a, int64_t id)
{
	const char *name = kept_app_name(db_kept(db), id, clock_mono_ms());

	return name != NULL ? arena_text(a, name, strlen(name)) : NULL;
}

const struct err *
app_name_by_id(struct db *db, struct arena *a, int64_t id, const char **name)
{
	if ((*name = copy_kept(db, a, id)) != NULL)
		return NULL;
	return keep_found(db, SQL_APP_NAME, v_i64(id), a, id, name);
}

/* --- of a list -------------------------------------------------------- */

struct unknown_apps {
	struct db *db;
	unsigned column;
	size_t n;
	int64_t ids[KEPT_APPS_MAX];
};

/* As many as can be kept. */
static void
note_unknown(const struct rows *r, void *arg)
{
	struct unknown_apps *u = arg;
	int64_t id = db_i64(r, u->column);

	for (size_t i = 0; i < u->n; i++)
		if (u->ids[i] == id)
			return;
	if (u->n < KEPT_APPS_MAX &&
	    kept_app_name(db_kept(u->db), id, clock_mono_ms()) == NULL)
		u->ids[u->n++] = id;
}

static const struct err *
ask_unknown(const struct unknown_apps *u, struct arena *a, const char **name)
{
	struct buf list = BUF(LIST_MAX);
	const struct err *e;

	for (size_t i = 0; i < u->n; i++)
		(void)buf_fmt(&list, "%s%lld", i > 0 ? "," : "[",
		    (long long)u->ids[i]);
	(void)buf_text(&list, "]");
	e = keep_found(u->db, SQL_APP_NAMES, v_blob(list.data, list.len), a,
	    u->ids[0], name);
	buf_done(&list);
	return e;
}

const struct err *
app_name_of_row(struct db *db, struct arena *a, struct rows *r,
    unsigned column, const char **name)
{
	struct unknown_apps u = {.db = db, .column = column};

	if ((*name = copy_kept(db, a, db_i64(r, column))) != NULL)
		return NULL;
	note_unknown(r, &u);
	db_look_ahead(r, note_unknown, &u);
	return ask_unknown(&u, a, name);
}
