/* SPDX-License-Identifier: MIT */
#include "db/campaign_user.h"

#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/json_text.h"
#include "lib/mem.h"

/* Users of one transaction: so few that nobody waits long for those of another,
 * so many that its commit costs little for each. */
#define CHUNK 2000
#define ADD_VALUES 2

/* The users of a call, sorted: callers with the same users do not deadlock. */
struct user_change {
	int64_t campaign;
	const char *by;
	const char **users;
	size_t n;
	size_t from, to; /* the chunk */
	/* Is the change noted in the campaign's row? Noting it locks the row
	 * against all others, so that is done only where it is needed. */
	bool noted;
	const struct err *(*write)(struct db *db, struct user_change *c);
	struct value *values; /* of the rows of a chunk */
	struct buf list;      /* or its users as a JSON array */
};

static int
compare_users(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void
sort_users(struct user_change *c, const char *const *users, size_t n)
{
	c->users = xcalloc(n + 1, sizeof *c->users);
	for (size_t i = 0; i < n; i++)
		if (users[i] != NULL)
			c->users[c->n++] = users[i];
	qsort(c->users, c->n, sizeof *c->users, compare_users);
}

/* --- a chunk ---------------------------------------------------------- */

static const struct err *
add_chunk(struct db *db, struct user_change *c)
{
	struct value *v = c->values;

	for (size_t i = c->from; i < c->to; i++) {
		*v++ = v_i64(c->campaign);
		*v++ = v_text(c->users[i]);
	}
	return db_exec_rows(db, SQL_CAMPAIGN_USER_ADD, c->values, ADD_VALUES,
	    c->to - c->from);
}

static const struct err *
remove_chunk(struct db *db, struct user_change *c)
{
	buf_reset(&c->list);
	for (size_t i = c->from; i < c->to; i++) {
		(void)buf_text(&c->list, i > c->from ? "," : "[");
		(void)json_quote(c->users[i], &c->list);
	}
	(void)buf_text(&c->list, "]");
	return db_exec(db, SQL_CAMPAIGN_USER_REMOVE,
	    VALUES(v_blob(c->list.data, c->list.len), v_i64(c->campaign)));
}

static const struct err *
no_campaign(const struct user_change *c)
{
	return err_new(ERR_MISSING, "no campaign %lld",
	    (long long)c->campaign);
}

static const struct err *
note_change(struct db *db, const struct user_change *c)
{
	const struct err *e = db_exec(db, SQL_CAMPAIGN_TOUCH,
	    VALUES(v_text(c->by), v_i64(c->campaign)));

	if (e == NULL && db_affected(db) == 0)
		e = no_campaign(c);
	return e;
}

/* Keep the campaign from being removed, approved and changed by others, and
 * see whether the change is noted. */
static const struct err *
share_campaign(struct db *db, struct user_change *c)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_CAMPAIGN_LOCK,
	    VALUES(v_text(c->by), v_i64(c->campaign)), &r);

	if (e != NULL)
		return e;
	if (db_next(r))
		c->noted = db_u64(r, 0) != 0;
	else
		e = no_campaign(c);
	db_done(r);
	return e;
}

/* A shared lock is not made an exclusive one: two callers would deadlock. If
 * the change is not noted, this transaction does nothing, and the next one
 * begins with it. */
static const struct err *
change_chunk(struct db *db, void *arg)
{
	struct user_change *c = arg;
	const struct err *e;

	if (!c->noted) {
		e = note_change(db, c);
		return e != NULL ? e : c->write(db, c);
	}
	e = share_campaign(db, c);
	return e != NULL || !c->noted ? e : c->write(db, c);
}

static const struct err *
change_chunks(struct db *db, struct user_change *c)
{
	const struct err *e = NULL;

	while (e == NULL && c->from < c->n) {
		bool noted = c->noted;

		c->to = c->n - c->from < CHUNK ? c->n : c->from + CHUNK;
		e = db_transact(db, change_chunk, c);
		if (noted && !c->noted)
			continue; /* it has done nothing */
		c->noted = true;
		c->from = c->to;
	}
	return e;
}

static const struct err *
change_users(struct db *db, struct user_change *c, const char *const *users,
    size_t n)
{
	const struct err *e;

	c->noted = true; /* until its row is read */
	sort_users(c, users, n);
	c->values = xcalloc(CHUNK * ADD_VALUES, sizeof *c->values);
	e = change_chunks(db, c);
	free(c->values);
	free(c->users);
	buf_done(&c->list);
	return e;
}

/* --- the calls -------------------------------------------------------- */

const struct err *
campaign_user_add(struct db *db, int64_t id, const char *const *users,
    size_t n, const char *by)
{
	struct user_change c = {.campaign = id, .by = by, .write = add_chunk};

	return change_users(db, &c, users, n);
}

const struct err *
campaign_user_remove(struct db *db, int64_t id, const char *const *users,
    size_t n, const char *by)
{
	struct user_change c = {.campaign = id, .by = by,
	    .write = remove_chunk, .list = BUF(DB_LIST_MAX)};

	return change_users(db, &c, users, n);
}

const struct err *
campaign_user_list(struct db *db, struct arena *a, int64_t id,
    const struct campaign_user_page *page, const char ***users, size_t *n)
{
	struct value after = v_text(page->after);
	struct rows *r;
	const struct err *e = db_query(db, SQL_CAMPAIGN_USER_LIST,
	    VALUES(v_i64(id), after, after, v_i64(page->limit),
		v_i64(page->offset)), &r);

	if (e != NULL)
		return e;
	*users = arena_zero(a, db_count(r) * sizeof **users);
	for (*n = 0; db_next(r); (*n)++)
		(*users)[*n] = db_copy(a, r, 0);
	db_done(r);
	return NULL;
}
