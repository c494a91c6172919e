/* SPDX-License-Identifier: MIT */
#include "db/device.h"

#include <stdlib.h>

#include "lib/mem.h"

#include "db/app_name.h"
#include "db/walk.h"

void
device_of_row(struct arena *a, const struct rows *r, unsigned at,
    struct device *d)
{
	d->id = db_i64(r, at);
	d->activation_id = db_copy(a, r, at + 1);
	d->user_id = db_copy(a, r, at + 2);
	d->app = db_i64(r, at + 3);
	d->platform = db_copy(a, r, at + 4);
	d->environment = db_copy(a, r, at + 5);
	d->token = db_copy(a, r, at + 6);
	d->registered_ms = db_i64(r, at + 7);
	d->active = db_u64(r, at + 8) != 0;
	d->gone_ms = db_i64(r, at + 9);
	d->gone_reason = db_copy(a, r, at + 10);
}

const struct err *
device_app(struct db *db, struct arena *a, const char *activation_id,
    int64_t *app, const char **app_id)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_DEVICE_APP,
	    VALUES(v_text(activation_id)), &r);

	*app = 0;
	*app_id = NULL;
	if (e != NULL)
		return e;
	if (db_next(r)) {
		*app = db_i64(r, 0);
		*app_id = db_copy(a, r, 1);
	}
	db_done(r);
	return NULL;
}

const struct err *
device_remove(struct db *db, int64_t app, const char *plain, const char *apns)
{
	return db_exec(db, SQL_DEVICE_REMOVE,
	    VALUES(v_i64(app), v_text(plain), v_text(apns)));
}

const struct err *
device_set_active(struct db *db, const char *activation_id, int64_t app,
    bool active)
{
	struct value which = app != 0 ? v_i64(app) : v_null();

	return db_exec(db, SQL_DEVICE_SET_ACTIVE, VALUES(v_i64(active),
	    v_text(activation_id), which, which));
}

/* --- looking ---------------------------------------------------------- */

static int
newest_first(const void *a, const void *b)
{
	const struct device *x = a, *y = b;

	if (x->registered_ms != y->registered_ms)
		return x->registered_ms < y->registered_ms ? 1 : -1;
	return (x->id < y->id) - (x->id > y->id);
}

static size_t
size_of(const struct part *part)
{
	return part->size > 0 ? (size_t)part->size : DEVICE_LIST_MAX;
}

/* In an application, whose name the rows do not tell. Sorting a few here costs
 * less than MariaDB takes to plan it, when all of them are wanted. */
static const struct err *
query_by_id(struct db *db, const char *user_id, int64_t app,
    const struct part *part, struct rows **r)
{
	const struct value user = v_text(user_id), id = v_i64(app);
	const struct err *e;

	if (part->size == 0) {
		e = db_query(db, SQL_DEVICE_LIST_APP, VALUES(user, id), r);
		if (e != NULL || db_count(*r) <= DEVICE_LIST_MAX)
			return e;
		db_done(*r);
	}
	return db_query(db, SQL_DEVICE_LIST_APP_NEWEST, VALUES(user, id,
	    v_i64((int64_t)size_of(part) + 1), v_i64(part->offset)), r);
}

static const struct err *
query_in_app(struct db *db, const char *user_id, const char *app_id,
    const struct part *part, struct rows **r)
{
	const struct err *e;
	bool changed;
	int64_t app = 0;

	e = app_id_by_name(db, app_id, &app);
	if ((e != NULL && e->code != ERR_MISSING) ||
	    (e = query_by_id(db, user_id, app, part, r)) != NULL ||
	    db_count(*r) > 0)
		return e;
	e = app_id_again(db, app_id, &app, &changed);
	if (!changed && (e == NULL || e->code == ERR_MISSING))
		return NULL;
	db_done(*r);
	return e != NULL ? e : query_by_id(db, user_id, app, part, r);
}

static const struct err *
query_devices_of(struct db *db, const char *user_id, const char *app_id,
    const struct part *part, struct rows **r)
{
	const struct value user = v_text(user_id);
	const struct value limit = v_i64((int64_t)size_of(part) + 1);
	const struct value offset = v_i64(part->offset);

	if (app_id != NULL)
		return query_in_app(db, user_id, app_id, part, r);
	if (part->apps != NULL)
		return db_query(db, SQL_DEVICE_LIST_OF, VALUES(user,
		    v_text(part->apps), limit, offset), r);
	return db_query(db, SQL_DEVICE_LIST, VALUES(user, limit, offset), r);
}

const struct err *
device_list(struct db *db, struct arena *a, const char *user_id,
    const char *app_id, const struct part *part, struct device **list,
    size_t *n, bool *more)
{
	const size_t max = size_of(part);
	struct rows *r;
	const struct err *e = query_devices_of(db, user_id, app_id, part, &r);

	if (e != NULL)
		return e;
	*more = db_count(r) > max;
	*list = arena_zero(a, db_count(r) * sizeof **list);
	for (*n = 0; *n < max && db_next(r); (*n)++) {
		device_of_row(a, r, 0, &(*list)[*n]);
		(*list)[*n].app_id = app_id != NULL ? app_id
						    : db_copy(a, r, 11);
	}
	db_done(r);
	if (*n > 0)
		qsort(*list, *n, sizeof **list, newest_first);
	return NULL;
}

/* --- quarantine ------------------------------------------------------- */

const struct err *
device_restore(struct db *db, int64_t app, const char *plain,
    const char *apns, const char *activation_id, const char *user_id,
    uint64_t *n, uint64_t *left)
{
	const struct value which[] = {v_i64(app), v_text(plain),
	    v_text(plain), v_text(apns), v_text(activation_id),
	    v_text(activation_id), v_text(user_id), v_text(user_id)};
	const struct err *e = db_exec(db, SQL_DEVICE_RESTORE, which,
	    nitems(which));
	struct rows *r;

	if (e != NULL)
		return e;
	*n = db_affected(db);
	e = db_query(db, SQL_DEVICE_NO_TOKENS, which, nitems(which), &r);
	if (e != NULL)
		return e;
	*left = db_next(r) ? db_u64(r, 0) : 0;
	db_done(r);
	return NULL;
}

static const struct err *
count_of(struct db *db, enum sql_id id, const struct value *which, size_t n_of,
    uint64_t *n)
{
	struct rows *r;
	const struct err *e = db_query(db, id, which, n_of, &r);

	if (e != NULL)
		return e;
	*n = db_next(r) ? db_u64(r, 0) : 0;
	db_done(r);
	return NULL;
}

const struct err *
device_quarantined(struct db *db, int64_t app, uint64_t *n)
{
	return count_of(db, SQL_DEVICE_QUARANTINED, VALUES(v_i64(app)), n);
}

const struct err *
device_of_platform(struct db *db, int64_t app, const char *platform,
    uint64_t *n)
{
	return count_of(db, SQL_DEVICE_OF_PLATFORM,
	    VALUES(v_i64(app), v_text(platform)), n);
}
