/* SPDX-License-Identifier: MIT */
/* Campaigns and their users; runs are in campaign_run.c. */
#include "db/campaign.h"

#include "lib/buf.h"
#include "lib/json.h"

#define PORTION 10000		   /* users removed by one statement */
#define LIST_MAX (15 * 1024 * 1024) /* below max_allowed_packet */

/* --- campaigns -------------------------------------------------------- */

const struct err *
campaign_add(struct db *db, int64_t app, const char *message, size_t len,
    int64_t *id)
{
	const struct err *e = db_exec(db, SQL_CAMPAIGN_ADD,
	    VALUES(v_i64(app), v_blob(message, len)));

	if (e == NULL)
		*id = (int64_t)db_insert_id(db);
	return e;
}

/* The columns of CAMPAIGN_COLUMNS in sql.c. */
static void
row_to_campaign(struct arena *a, const struct rows *r, struct campaign *c)
{
	c->id = db_i64(r, 0);
	c->app = db_i64(r, 1);
	c->app_id = db_copy(a, r, 2);
	c->sent = db_u64(r, 3) != 0;
	c->message = db_copy(a, r, 4);
	(void)db_blob(r, 4, &c->message_len);
	c->state = db_copy(a, r, 5);
	c->send = db_u64(r, 6);
	c->created_ms = db_i64(r, 7);
	c->started_ms = db_i64(r, 8);
	c->completed_ms = db_i64(r, 9);
	c->queued = db_i64(r, 10);
	c->queue_end = db_i64(r, 11);
}

const struct err *
campaign_by_id(struct db *db, struct arena *a, int64_t id,
    struct campaign *out)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_CAMPAIGN_BY_ID,
	    VALUES(v_i64(id)), &r);

	if (e != NULL)
		return e;
	if (db_next(r))
		row_to_campaign(a, r, out);
	else
		e = err_new(ERR_MISSING, "no campaign %lld", (long long)id);
	db_done(r);
	return e;
}

const struct err *
campaign_list(struct db *db, struct arena *a, const bool *sent,
    struct campaign **list, size_t *n)
{
	struct value which = sent != NULL ? v_i64(*sent) : v_null();
	struct rows *r;
	const struct err *e = db_query(db, SQL_CAMPAIGN_LIST,
	    VALUES(which, which), &r);

	if (e != NULL)
		return e;
	*list = arena_zero(a, db_count(r) * sizeof **list);
	for (*n = 0; db_next(r); (*n)++)
		row_to_campaign(a, r, &(*list)[*n]);
	db_done(r);
	return NULL;
}

/* The campaign goes first: from then on nobody adds a user to it, and one
 * who dies here has left nothing that is seen. */
const struct err *
campaign_remove(struct db *db, int64_t id, bool *existed)
{
	struct value campaign = v_i64(id);
	const struct err *e;

	if ((e = db_exec(db, SQL_CAMPAIGN_REMOVE, VALUES(campaign))) != NULL)
		return e;
	*existed = db_affected(db) > 0;
	if ((e = db_exec(db, SQL_CAMPAIGN_TWIN_PURGE, VALUES(campaign))) !=
	    NULL)
		return e;
	do
		e = db_exec(db, SQL_CAMPAIGN_USER_PURGE, VALUES(campaign));
	while (e == NULL && db_affected(db) == PORTION);
	return e;
}

/* --- users ------------------------------------------------------------ */

struct crowd {
	int64_t campaign;
	struct buf users; /* a JSON array */
};

static const struct err *
crowd_read(struct crowd *c, int64_t campaign, const char *const *users,
    size_t n)
{
	c->campaign = campaign;
	c->users = (struct buf)BUF(LIST_MAX);
	for (size_t i = 0; i < n; i++) {
		if (users[i] == NULL)
			continue;
		(void)buf_text(&c->users, c->users.len > 0 ? "," : "[");
		(void)json_quote(users[i], &c->users);
	}
	(void)buf_text(&c->users, c->users.len > 0 ? "]" : "[]");
	if (c->users.overflowed)
		return err_new(ERR_TOOBIG, "too many users in one request");
	return NULL;
}

static const struct err *
add_users(struct db *db, void *arg)
{
	struct crowd *c = arg;
	const struct err *e;
	struct rows *r;

	e = db_query(db, SQL_CAMPAIGN_KEEP, VALUES(v_i64(c->campaign)), &r);
	if (e != NULL)
		return e;
	if (db_count(r) == 0)
		e = err_new(ERR_MISSING, "no campaign %lld",
		    (long long)c->campaign);
	db_done(r);
	if (e != NULL)
		return e;
	return db_exec(db, SQL_CAMPAIGN_USER_ADD, VALUES(v_i64(c->campaign),
	    v_blob(c->users.data, c->users.len)));
}

static const struct err *
remove_users(struct db *db, void *arg)
{
	struct crowd *c = arg;

	return db_exec(db, SQL_CAMPAIGN_USER_REMOVE,
	    VALUES(v_blob(c->users.data, c->users.len),
		v_i64(c->campaign)));
}

static const struct err *
with_crowd(struct db *db, int64_t id, const char *const *users, size_t n,
    db_fn *fn)
{
	struct crowd c;
	const struct err *e = crowd_read(&c, id, users, n);

	if (e == NULL)
		e = db_transact(db, fn, &c);
	buf_done(&c.users);
	return e;
}

const struct err *
campaign_user_add(struct db *db, int64_t id, const char *const *users,
    size_t n)
{
	return with_crowd(db, id, users, n, add_users);
}

const struct err *
campaign_user_remove(struct db *db, int64_t id, const char *const *users,
    size_t n)
{
	return with_crowd(db, id, users, n, remove_users);
}

const struct err *
campaign_user_list(struct db *db, struct arena *a, int64_t id, int64_t limit,
    int64_t offset, const char ***users, size_t *n)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_CAMPAIGN_USER_LIST,
	    VALUES(v_i64(id), v_i64(limit), v_i64(offset)), &r);

	if (e != NULL)
		return e;
	*users = arena_zero(a, db_count(r) * sizeof **users);
	for (*n = 0; db_next(r); (*n)++)
		(*users)[*n] = db_copy(a, r, 0);
	db_done(r);
	return NULL;
}
