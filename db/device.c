/* SPDX-License-Identifier: MIT */
#include "db/device.h"

/* The columns of DEVICE_COLUMNS in sql.c. */
static void
row_to_device(struct arena *a, const struct rows *r, struct device *d)
{
	d->id = db_i64(r, 0);
	d->activation_id = db_copy(a, r, 1);
	d->user_id = db_copy(a, r, 2);
	d->app = db_i64(r, 3);
	d->platform = db_copy(a, r, 4);
	d->environment = db_copy(a, r, 5);
	d->token = db_copy(a, r, 6);
	d->registered_ms = db_i64(r, 7);
	d->active = db_u64(r, 8) != 0;
	d->gone_ms = db_i64(r, 9);
	d->gone_reason = db_copy(a, r, 10);
}

/* --- registering ------------------------------------------------------ */

struct found {
	uint64_t count;
	int64_t id; /* of the first */
};

static const struct err *
find(struct db *db, enum sql_id id, const struct value *values, size_t n,
    struct found *f)
{
	struct rows *r;
	const struct err *e;

	if (f->count > 0)
		return NULL; /* an earlier lookup won */
	if ((e = db_query(db, id, values, n, &r)) != NULL)
		return e;
	f->count = db_count(r);
	if (db_next(r))
		f->id = db_i64(r, 0);
	db_done(r);
	return NULL;
}

/* The published order: the first lookup that finds anything wins. */
static const struct err *
look_up(struct db *db, const struct registration *r, struct found *f)
{
	struct value activation = v_text(r->activation_id);
	struct value token = v_text(r->token);
	const struct err *e;

	if ((e = find(db, SQL_DEVICE_BY_ACTIVATION_TOKEN,
		 VALUES(activation, token), f)) != NULL ||
	    (e = find(db, SQL_DEVICE_BY_ACTIVATION, VALUES(activation), f)) !=
		NULL)
		return e;
	return find(db, SQL_DEVICE_BY_APP_TOKEN, VALUES(v_i64(r->app), token),
	    f);
}

static const struct err *
write_row(struct db *db, const struct registration *r, int64_t id)
{
	struct value v[] = {v_text(r->activation_id), v_text(r->user_id),
	    v_i64(r->app), v_text(r->platform), v_text(r->environment),
	    v_text(r->token), v_i64(r->active), v_i64(id)};
	size_t n = sizeof v / sizeof v[0];

	if (id == 0)
		return db_exec(db, SQL_DEVICE_ADD, v, n - 1);
	return db_exec(db, SQL_DEVICE_UPDATE, v, n);
}

static const struct err *
register_once(struct db *db, void *arg)
{
	const struct registration *r = arg;
	struct found f = {0, 0};
	const struct err *e = look_up(db, r, &f);

	if (e != NULL)
		return e;
	if (f.count > 1)
		return err_new(ERR_CONFLICT, "several");
	return write_row(db, r, f.id);
}

const struct err *
device_register(struct db *db, const struct registration *r)
{
	const struct err *e = NULL;

	/* who loses the race for the unique key finds the winner's row the
	 * second time */
	for (int i = 0; i < 3; i++) {
		e = db_transact(db, register_once, (void *)(uintptr_t)r);
		if (e == NULL || !db_duplicate(db, "push_device_activation"))
			break;
	}
	return e;
}

const struct err *
device_remove(struct db *db, int64_t app, const char *token)
{
	return db_exec(db, SQL_DEVICE_REMOVE,
	    VALUES(v_i64(app), v_text(token)));
}

const struct err *
device_set_active(struct db *db, const char *activation_id, bool active)
{
	return db_exec(db, SQL_DEVICE_SET_ACTIVE,
	    VALUES(v_i64(active), v_text(activation_id)));
}

/* --- looking ---------------------------------------------------------- */

const struct err *
device_list(struct db *db, struct arena *a, const char *user_id,
    const char *app_id, struct device **list, size_t *n)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_DEVICE_LIST,
	    VALUES(v_text(user_id), v_text(app_id), v_text(app_id)), &r);

	if (e != NULL)
		return e;
	*list = arena_zero(a, db_count(r) * sizeof **list);
	for (*n = 0; db_next(r); (*n)++) {
		row_to_device(a, r, &(*list)[*n]);
		(*list)[*n].app_id = db_copy(a, r, 11);
	}
	db_done(r);
	return NULL;
}

const struct err *
device_targets(struct db *db, struct arena *a, const char *user_id,
    int64_t app, const char *activation_id, struct device **list, size_t *n)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_DEVICE_TARGETS,
	    VALUES(v_text(user_id), v_i64(app), v_text(activation_id),
		v_text(activation_id)), &r);

	if (e != NULL)
		return e;
	*list = arena_zero(a, db_count(r) * sizeof **list);
	for (*n = 0; db_next(r); (*n)++) {
		struct device *d = &(*list)[*n];

		d->id = db_i64(r, 0);
		d->platform = db_copy(a, r, 1);
		d->environment = db_copy(a, r, 2);
		d->token = db_copy(a, r, 3);
		d->active = db_u64(r, 4) != 0;
		d->activation_id = db_copy(a, r, 5);
	}
	db_done(r);
	return NULL;
}
