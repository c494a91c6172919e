/* SPDX-License-Identifier: MIT */
#include "db/device_targets.h"

#include <stdlib.h>

#include "lib/json_text.h"

void
device_target_of_row(struct arena *a, const struct rows *r, struct device *d)
{
	d->id = db_i64(r, 0);
	d->platform = db_copy(a, r, 1);
	d->environment = db_copy(a, r, 2);
	d->token = db_copy(a, r, 3);
	d->active = db_u64(r, 4) != 0;
	d->activation_id = db_copy(a, r, 5);
	d->generation = (uint32_t)db_u64(r, 6);
}

const struct err *
device_targets(struct db *db, struct arena *a, const char *user_id,
    int64_t app, const char *activation_id, struct device **list, size_t *n,
    bool *more)
{
	struct rows *r;
	size_t wanted;
	const struct err *e = db_query(db, SQL_DEVICE_TARGETS,
	    VALUES(v_text(user_id), v_i64(app), v_text(activation_id),
		v_text(activation_id)), &r);

	if (e != NULL)
		return e;
	*more = db_count(r) > DEVICE_TARGETS_MAX;
	wanted = *more ? 1 : db_count(r);
	*list = arena_zero(a, wanted * sizeof **list);
	for (*n = 0; *n < wanted && db_next(r); (*n)++)
		device_target_of_row(a, r, &(*list)[*n]);
	db_done(r);
	return NULL;
}

/* --- of many users ---------------------------------------------------- */

struct owned_device {
	uint64_t user; /* position in the list, from 1 */
	struct device d;
};

static int
by_user_and_id(const void *a, const void *b)
{
	const struct owned_device *x = a, *y = b;

	if (x->user != y->user)
		return x->user < y->user ? -1 : 1;
	return x->d.id < y->d.id ? -1 : x->d.id > y->d.id;
}

static const struct err *
query_users(struct db *db, int64_t app, const struct device_user *users,
    size_t n, struct rows **r)
{
	struct buf list = BUF(DB_LIST_MAX);
	const struct err *e;

	for (size_t i = 0; i < n; i++) {
		(void)buf_text(&list, i > 0 ? "," : "[");
		(void)json_quote(users[i].user_id, &list);
	}
	if (buf_text(&list, n > 0 ? "]" : "[]"))
		e = db_query(db, SQL_DEVICE_TARGETS_OF_USERS,
		    VALUES(v_blob(list.data, list.len), v_i64(app)), r);
	else
		e = err_new(ERR_TOOBIG, "a list of users is too large");
	buf_done(&list);
	return e;
}

/* The rows come in any order. */
static struct owned_device *
read_owned(struct arena *a, struct rows *r, size_t *n)
{
	struct owned_device *list = arena_alloc(a,
	    (db_count(r) + 1) * sizeof *list);

	for (*n = 0; db_next(r); ++*n) {
		list[*n] = (struct owned_device){.user = db_u64(r, 7)};
		device_target_of_row(a, r, &list[*n].d);
	}
	qsort(list, *n, sizeof *list, by_user_and_id);
	return list;
}

/* The owner of a device is the place of its user in the list, from 1. */
static const struct err *
share_out(struct arena *a, const struct owned_device *list, size_t n,
    struct device_user *users, size_t n_users)
{
	struct device *devices = arena_alloc(a, (n + 1) * sizeof *devices);

	for (size_t i = 0; i < n; i++) {
		struct device_user *u;

		if (list[i].user == 0 || list[i].user > n_users)
			return err_new(ERR_FAULT, "a device of no user");
		u = &users[list[i].user - 1];
		devices[i] = list[i].d;
		if (u->n++ == 0)
			u->devices = &devices[i];
	}
	return NULL;
}

const struct err *
device_targets_of_users(struct db *db, struct arena *a, int64_t app,
    struct device_user *users, size_t n, bool *more)
{
	struct owned_device *list;
	struct rows *r = NULL;
	const struct err *e = query_users(db, app, users, n, &r);
	size_t rows;

	if (e != NULL)
		return e;
	*more = db_count(r) > DEVICE_TARGETS_MAX;
	if (!*more) {
		list = read_owned(a, r, &rows);
		e = share_out(a, list, rows, users, n);
	}
	db_done(r);
	return e;
}
