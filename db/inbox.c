/* SPDX-License-Identifier: MIT */
#include "db/inbox.h"

#include <string.h>

#include "db/idempotency.h"
#include "lib/buf.h"
#include "lib/json.h"
#include "lib/json_text.h"

#include "db/app_name.h"

#define INBOX_LIST_MAX (1024 * 1024) /* bytes of names or numbers */
#define INBOX_APPS_DEPTH 2

/* --- applications ----------------------------------------------------- */

static const struct err *
query_apps(struct db *db, struct arena *a, const struct buf *names,
    struct inbox_app **apps, size_t *found)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_INBOX_APPS,
	    VALUES(v_blob(names->data, names->len)), &r);

	if (e != NULL)
		return e;
	*apps = arena_zero(a, db_count(r) * sizeof **apps);
	for (*found = 0; db_next(r); (*found)++)
		(*apps)[*found] = (struct inbox_app){db_i64(r, 0),
		    db_copy(a, r, 1)};
	db_done(r);
	return NULL;
}

const struct err *
inbox_apps(struct db *db, struct arena *a, const char *const *names,
    size_t n, struct inbox_app **apps, size_t *found)
{
	struct buf list = BUF(INBOX_LIST_MAX);
	const struct err *e;

	(void)buf_text(&list, "[");
	for (size_t i = 0; i < n; i++) {
		(void)buf_text(&list, i > 0 ? "," : "");
		(void)json_quote(names[i], &list);
	}
	(void)buf_text(&list, "]");
	e = list.overflowed ? err_new(ERR_TOOBIG, "too many applications")
			    : query_apps(db, a, &list, apps, found);
	buf_done(&list);
	return e;
}

/* Write the ids as "[1,5]" or, for FIND_IN_SET, as "1,5". */
static void
write_ids(struct buf *b, const struct inbox_app *apps, size_t n, bool json)
{
	(void)buf_text(b, json ? "[" : "");
	for (size_t i = 0; i < n; i++)
		(void)buf_fmt(b, "%s%lld", i > 0 ? "," : "",
		    (long long)apps[i].id);
	(void)buf_text(b, json ? "]" : "");
}

/* --- adding ----------------------------------------------------------- */

struct inbox_adding {
	struct inbox_message *m;
	const char *key, *request;
	struct buf apps;
};

static const struct err *
inbox_add_once(struct db *db, void *arg)
{
	struct inbox_adding *ad = arg;
	struct inbox_message *m = ad->m;
	int64_t row = 0;
	const struct err *e;
	struct rows *r;

	id_uuid(m->id);
	e = db_query(db, SQL_INBOX_ADD, VALUES(v_text(m->id),
	    v_text(m->user_id), v_text(m->type), v_text(m->subject),
	    v_text(m->summary), v_text(m->body)), &r);
	if (e != NULL)
		return e;
	if (db_next(r)) {
		row = db_i64(r, 0);
		m->created_ms = db_i64(r, 1);
	}
	db_done(r);
	e = db_exec(db, SQL_INBOX_APP_ADD, VALUES(v_i64(row),
	    v_blob(ad->apps.data, ad->apps.len)));
	return e != NULL ? e : idempotency_put(db, ad->key,
	    &(struct idempotency_use){ad->request, (uint64_t)row, NULL});
}

const struct err *
inbox_add(struct db *db, struct inbox_message *m,
    const struct inbox_app *apps, size_t n, const char *key,
    const char *request)
{
	struct inbox_adding ad = {m, key, request, BUF(INBOX_LIST_MAX)};
	const struct err *e;

	write_ids(&ad.apps, apps, n, true);
	e = db_transact(db, inbox_add_once, &ad);
	buf_done(&ad.apps);
	return e;
}

/* --- looking ---------------------------------------------------------- */

/* The columns of INBOX_COLUMNS in sql.c. */
static void
row_to_inbox(struct arena *a, const struct rows *r, struct inbox_message *m)
{
	size_t len;
	const char *id = db_blob(r, 0, &len);

	if (len >= sizeof m->id)
		len = sizeof m->id - 1;
	memcpy(m->id, id, len);
	m->id[len] = '\0';
	m->type = db_copy(a, r, 1);
	m->subject = db_copy(a, r, 2);
	m->summary = db_copy(a, r, 3);
	m->read = db_u64(r, 4) != 0;
	m->created_ms = db_i64(r, 5);
}

static const struct err *
query_list(struct db *db, const struct inbox_page *p, int64_t app,
    const struct buf *apps, struct rows **r)
{
	struct value user = v_text(p->user_id);
	struct value limit = v_i64(p->limit), offset = v_i64(p->offset);


	if (p->app != NULL)
		return db_query(db, p->unread ? SQL_INBOX_LIST_APP_UNREAD
			: SQL_INBOX_LIST_APP,
		    VALUES(v_i64(app), user, limit, offset), r);
	return db_query(db, p->unread ? SQL_INBOX_LIST_UNREAD : SQL_INBOX_LIST,
	    VALUES(user, v_blob(apps->data, apps->len), limit, offset), r);
}

static const struct err *
list_in_apps(struct db *db, struct arena *a, const struct inbox_page *p,
    int64_t app, const struct buf *apps, struct inbox_message **list,
    size_t *n)
{
	struct rows *r;
	const struct err *e = query_list(db, p, app, apps, &r);

	if (e != NULL)
		return e;
	*list = arena_zero(a, db_count(r) * sizeof **list);
	for (*n = 0; db_next(r); (*n)++)
		row_to_inbox(a, r, &(*list)[*n]);
	db_done(r);
	return NULL;
}

/* In the application that the page names. */
static const struct err *
list_in_one(struct db *db, struct arena *a, const struct inbox_page *page,
    struct inbox_message **list, size_t *n)
{
	const struct err *e;
	bool changed;
	int64_t app;

	if ((e = app_id_by_name(db, page->app, &app)) != NULL ||
	    (e = list_in_apps(db, a, page, app, NULL, list, n)) != NULL ||
	    *n > 0 ||
	    (e = app_id_again(db, page->app, &app, &changed)) != NULL ||
	    !changed)
		return e;
	return list_in_apps(db, a, page, app, NULL, list, n);
}

const struct err *
inbox_list(struct db *db, struct arena *a, const struct inbox_page *page,
    struct inbox_message **list, size_t *n)
{
	struct buf apps = BUF(INBOX_LIST_MAX);
	const struct err *e;

	if (page->app != NULL)
		return list_in_one(db, a, page, list, n);
	write_ids(&apps, page->apps, page->n_apps, false);
	e = list_in_apps(db, a, page, 0, &apps, list, n);
	buf_done(&apps);
	return e;
}

static const struct err *
count_in(struct db *db, const char *user_id, int64_t app, uint64_t *n)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_INBOX_COUNT,
	    VALUES(v_i64(app), v_text(user_id)), &r);

	if (e != NULL)
		return e;
	*n = db_next(r) ? db_u64(r, 0) : 0;
	db_done(r);
	return NULL;
}

const struct err *
inbox_count(struct db *db, const char *user_id, const char *app_id,
    uint64_t *n)
{
	const struct err *e;
	bool changed;
	int64_t app;

	if ((e = app_id_by_name(db, app_id, &app)) != NULL ||
	    (e = count_in(db, user_id, app, n)) != NULL || *n > 0 ||
	    (e = app_id_again(db, app_id, &app, &changed)) != NULL ||
	    !changed)
		return e;
	return count_in(db, user_id, app, n);
}

static const struct err *
read_app_names(struct arena *a, const char *text, size_t len,
    struct inbox_message *m)
{
	struct json *array = NULL;
	const struct err *e;

	if (text == NULL)
		return NULL;
	if ((e = json_parse(a, text, len, INBOX_APPS_DEPTH, &array)) != NULL)
		return err_new(ERR_FAULT, "list of applications: %s", e->text);
	m->n_apps = json_len(array);
	m->apps = arena_zero(a, m->n_apps * sizeof *m->apps);
	for (size_t i = 0; i < m->n_apps; i++)
		m->apps[i] = json_text(json_at(array, i), "");
	return NULL;
}

const struct err *
inbox_by_id(struct db *db, struct arena *a, const char *id,
    const char *user_id, struct inbox_message *m)
{
	struct value user = v_text(user_id);
	const char *names;
	struct rows *r;
	const struct err *e = db_query(db, SQL_INBOX_BY_ID,
	    VALUES(v_text(id), user, user), &r);
	size_t len;

	if (e != NULL)
		return e;
	if (db_next(r)) {
		*m = (struct inbox_message){.user_id = db_copy(a, r, 6),
		    .body = db_copy(a, r, 7), .read_ms = db_i64(r, 8)};
		row_to_inbox(a, r, m);
		names = db_blob(r, 9, &len);
		e = read_app_names(a, names, len, m);
	} else {
		e = err_new(ERR_MISSING, "no message \"%s\"", id);
	}
	db_done(r);
	return e;
}

const struct err *
inbox_by_row(struct db *db, struct arena *a, uint64_t row,
    struct inbox_message *m)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_INBOX_ID, VALUES(v_u64(row)),
	    &r);
	const char *id = NULL;

	if (e != NULL)
		return e;
	if (db_next(r))
		id = db_copy(a, r, 0);
	db_done(r);
	return id != NULL ? inbox_by_id(db, a, id, NULL, m)
			  : err_new(ERR_MISSING, "no such message");
}

/* --- reading ---------------------------------------------------------- */

const struct err *
inbox_read(struct db *db, const char *id, const char *user_id)
{
	struct value user = v_text(user_id);

	return db_exec(db, SQL_INBOX_READ, VALUES(v_text(id), user, user));
}

struct read_all {
	const char *user_id;
	int64_t app;
};

static const struct err *
read_all_once(struct db *db, void *arg)
{
	const struct read_all *all = arg;

	return db_exec(db, SQL_INBOX_READ_ALL, VALUES(v_text(all->user_id),
	    v_i64(all->app)));
}

const struct err *
inbox_read_all(struct db *db, const char *user_id, int64_t app)
{
	struct read_all all = {user_id, app};

	return db_transact(db, read_all_once, &all);
}

/* --- deleting --------------------------------------------------------- */

const struct err *
inbox_delete_now(struct db *db, const struct inbox_deletion *d, bool *existed)
{
	struct value id = v_text(d->id), user = v_text(d->user_id);
	struct value apps = v_text(d->apps);
	uint64_t matched = 0;
	const struct err *e = db_post(db, SQL_INBOX_APP_REMOVE,
	    VALUES(id, user, user, apps, apps), &matched);

	if (e == NULL)
		e = db_exec(db, SQL_INBOX_REMOVE, VALUES(id, user, user));
	*existed = matched > 0;
	return e;
}

struct deleting {
	const struct inbox_deletion *d;
	bool existed;
};

static const struct err *
delete_once(struct db *db, void *arg)
{
	struct deleting *x = arg;

	return inbox_delete_now(db, x->d, &x->existed);
}

const struct err *
inbox_delete(struct db *db, const struct inbox_deletion *d, bool *existed)
{
	struct deleting x = {d, false};
	const struct err *e = db_transact(db, delete_once, &x);

	*existed = x.existed;
	return e;
}
