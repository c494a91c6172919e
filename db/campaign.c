/* SPDX-License-Identifier: MIT */
#include "db/campaign.h"

#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/json_text.h"
#include "lib/mem.h"

#define PORTION 10000 /* users of a removed campaign deleted at a time */
_Static_assert(PORTION == SQL_USERS_PURGED, "as in sql.h");
#define ONE_STATEMENT 1000	    /* users added or removed by one */
#define CAMPAIGNS_LISTED 50 /* read at a time: a message has 65 kilobytes */

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

struct campaign_listing {
	campaign_take *take;
	void *arg;
};

static const struct err *
take_campaign(struct arena *a, const struct rows *r, void *arg)
{
	struct campaign_listing *l = arg;
	struct campaign c;

	row_to_campaign(a, r, &c);
	/* cppcheck-suppress returnDanglingLifetime ; returns no parameter */
	return l->take(&c, l->arg);
}

const struct err *
campaign_list(struct db *db, const bool *sent, const struct part *part,
    campaign_take *take, void *arg)
{
	struct value is_sent = sent != NULL ? v_i64(*sent) : v_null();
	struct value apps = v_text(part->apps);
	struct db_walk all = {SQL_CAMPAIGN_LIST, 2, {is_sent, is_sent},
	    .key = 0, .portion = CAMPAIGNS_LISTED};
	struct db_walk some = {SQL_CAMPAIGN_LIST_OF, 3,
	    {is_sent, is_sent, apps}, .key = 0, .portion = CAMPAIGNS_LISTED};
	struct campaign_listing l = {take, arg};

	return db_walk(db, part->apps != NULL ? &some : &all, part,
	    take_campaign, &l);
}

/* The campaign is removed first: from then on no user can be added to it, and
 * a process that crashes here leaves nothing that a caller can see. */
const struct err *
campaign_remove(struct db *db, int64_t id, bool *existed)
{
	struct value campaign = v_i64(id);
	const struct err *e;

	if ((e = db_exec(db, SQL_CAMPAIGN_REMOVE, VALUES(campaign))) != NULL)
		return e;
	*existed = db_affected(db) > 0;
	if ((e = db_exec(db, SQL_CAMPAIGN_DUPLICATE_PURGE, VALUES(campaign))) !=
		NULL ||
	    (e = db_exec(db, SQL_CAMPAIGN_RUN_PURGE, VALUES(campaign))) !=
		NULL ||
	    (e = db_exec(db, SQL_CAMPAIGN_OUTCOME_PURGE, VALUES(campaign))) !=
		NULL)
		return e;
	do
		e = db_exec(db, SQL_CAMPAIGN_USER_PURGE, VALUES(campaign));
	while (e == NULL && db_affected(db) == PORTION);
	return e;
}

/* --- users ------------------------------------------------------------ */

/* Sorted users, and one portion of them as a JSON array. */
struct user_list {
	int64_t campaign;
	const char **users;
	size_t n;
	struct buf portion;
};

static int
compare_users(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void
user_list_open(struct user_list *c, int64_t campaign, const char *const *users,
    size_t n)
{
	*c = (struct user_list){.campaign = campaign,
	    .portion = BUF(DB_LIST_MAX)};
	c->users = xcalloc(n, sizeof *c->users);
	for (size_t i = 0; i < n; i++)
		if (users[i] != NULL)
			c->users[c->n++] = users[i];
	qsort(c->users, c->n, sizeof *c->users, compare_users);
}

static void
user_list_close(struct user_list *c)
{
	buf_done(&c->portion);
	free(c->users);
}

/* Write the portion that starts at *at; *at moves to the next portion. */
static void
user_list_portion(struct user_list *c, size_t *at)
{
	buf_reset(&c->portion);
	for (size_t i = 0; i < ONE_STATEMENT && *at < c->n; i++) {
		(void)buf_text(&c->portion, i > 0 ? "," : "[");
		(void)json_quote(c->users[(*at)++], &c->portion);
	}
	(void)buf_text(&c->portion, "]");
}

static const struct err *
lock_campaign(struct db *db, int64_t campaign)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_CAMPAIGN_LOCK,
	    VALUES(v_i64(campaign)), &r);

	if (e != NULL)
		return e;
	if (db_count(r) == 0)
		e = err_new(ERR_MISSING, "no campaign %lld",
		    (long long)campaign);
	db_done(r);
	return e;
}

static const struct err *
add_users(struct db *db, void *arg)
{
	struct user_list *c = arg;
	const struct err *e = lock_campaign(db, c->campaign);

	for (size_t at = 0; e == NULL && at < c->n;) {
		user_list_portion(c, &at);
		e = db_exec(db, SQL_CAMPAIGN_USER_ADD,
		    VALUES(v_i64(c->campaign),
			v_blob(c->portion.data, c->portion.len)));
	}
	return e;
}

static const struct err *
remove_users(struct db *db, void *arg)
{
	struct user_list *c = arg;
	const struct err *e = NULL;

	for (size_t at = 0; e == NULL && at < c->n;) {
		user_list_portion(c, &at);
		e = db_exec(db, SQL_CAMPAIGN_USER_REMOVE,
		    VALUES(v_blob(c->portion.data, c->portion.len),
			v_i64(c->campaign)));
	}
	return e;
}

/* Users are sorted, so that two callers with the same users do not deadlock.
 * Statements are short: each locks the AUTO_INCREMENT of the table while it
 * runs, and a statement that waits too long for it fails with error 1467. */
static const struct err *
with_user_list(struct db *db, int64_t id, const char *const *users, size_t n,
    db_fn *fn)
{
	const struct err *e;
	struct user_list c;

	user_list_open(&c, id, users, n);
	e = db_transact(db, fn, &c);
	user_list_close(&c);
	return e;
}

const struct err *
campaign_user_add(struct db *db, int64_t id, const char *const *users,
    size_t n)
{
	return with_user_list(db, id, users, n, add_users);
}

const struct err *
campaign_user_remove(struct db *db, int64_t id, const char *const *users,
    size_t n)
{
	return with_user_list(db, id, users, n, remove_users);
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
