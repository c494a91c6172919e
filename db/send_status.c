/* SPDX-License-Identifier: MIT */
#include "db/send_status.h"

#include <string.h>

#include "lib/buf.h"
#include "lib/clock.h"

#include "db/app_name.h"
#include "db/kept.h"

/* The counters of the platforms, in columns from at on. */
static void
read_platforms(const struct rows *r, unsigned at,
    struct send_counts by[PLATFORM__COUNT])
{
	for (unsigned p = 0; p < PLATFORM__COUNT; p++, at += 4)
		by[p] = (struct send_counts){db_u64(r, at), db_u64(r, at + 1),
		    db_u64(r, at + 2), db_u64(r, at + 3)};
}

bool
send_is_of_run(const struct send_counters *n)
{
	return n->campaign != 0 && strcmp(n->mode, "CAMPAIGN") == 0;
}

const struct err *
send_by_id(struct db *db, struct arena *a, uint64_t id,
    struct send_counters *out)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_SEND_BY_ID, VALUES(v_u64(id)),
	    &r);
	const unsigned at = 9 + 4 * PLATFORM__COUNT;

	if (e != NULL)
		return e;
	if (!db_next(r)) {
		db_done(r);
		return err_new(ERR_MISSING, "no message %llu",
		    (unsigned long long)id);
	}
	out->id = db_u64(r, 0);
	out->app = db_i64(r, 1);
	out->campaign = db_i64(r, 2);
	out->mode = db_copy(a, r, 3);
	out->created_ms = db_i64(r, 4);
	out->total = db_u64(r, 5);
	out->answered = db_u64(r, 6);
	out->done = db_u64(r, 7);
	out->cancelled_ms = db_i64(r, 8);
	read_platforms(r, 9, out->by);
	out->scheduled = db_u64(r, at);
	out->removed = db_u64(r, at + 1);
	out->inactive = db_u64(r, at + 2);
	db_done(r);
	return app_name_by_id(db, a, out->app, &out->app_id);
}

const struct err *
send_stores(struct db *db, bool *stores)
{
	const struct err *e;
	struct rows *r;

	if (kept_has_stores(db_kept(db), clock_mono_ms(), stores))
		return NULL;
	if ((e = db_query(db, SQL_SEND_STORES, NO_VALUES, &r)) != NULL)
		return e;
	*stores = db_next(r);
	db_done(r);
	kept_stores(db_kept(db), *stores, clock_mono_ms());
	return NULL;
}

/* Their places are those of the list; what is not of this kind is a 0. */
static const struct err *
query_accounts(struct db *db, enum sql_id id, const struct send_account *list,
    size_t n, struct rows **r)
{
	bool of_campaigns = id == SQL_CAMPAIGN_VERSIONS;
	struct buf ids = BUF(DB_LIST_MAX);
	const struct err *e;

	for (size_t i = 0; i < n; i++) {
		bool fits = of_campaigns == (list[i].campaign != 0);
		uint64_t of = of_campaigns ? (uint64_t)list[i].campaign
					   : list[i].send;

		(void)buf_fmt(&ids, "%s%llu", i > 0 ? "," : "[",
		    (unsigned long long)(fits ? of : 0));
	}
	(void)buf_text(&ids, n > 0 ? "]" : "[]");
	e = db_query(db, id, VALUES(v_blob(ids.data, ids.len)), r);
	buf_done(&ids);
	return e;
}

static const struct err *
read_accounts(struct db *db, struct send_account *list, size_t n)
{
	struct rows *r;
	const struct err *e = query_accounts(db, SQL_SEND_ACCOUNTS, list, n,
	    &r);

	if (e != NULL)
		return e;
	while (db_next(r)) {
		struct send_account *a = &list[db_u64(r, 0) - 1];

		a->found = true;
		a->answered = db_u64(r, 2) >= db_u64(r, 1);
		read_platforms(r, 3, a->by);
	}
	db_done(r);
	return NULL;
}

static const struct err *
read_versions(struct db *db, struct send_account *list, size_t n)
{
	struct rows *r;
	const struct err *e = query_accounts(db, SQL_CAMPAIGN_VERSIONS, list,
	    n, &r);

	if (e != NULL)
		return e;
	while (db_next(r)) {
		list[db_u64(r, 0) - 1].found = true;
		list[db_u64(r, 0) - 1].version = db_u64(r, 1);
	}
	db_done(r);
	return NULL;
}

const struct err *
send_accounts(struct db *db, struct send_account *list, size_t n)
{
	const struct err *e = NULL;
	size_t campaigns = 0;

	for (size_t i = 0; i < n; i++) {
		list[i].found = false;
		campaigns += list[i].campaign != 0;
	}
	if (campaigns < n || n == 0)
		e = read_accounts(db, list, n);
	if (e == NULL && campaigns > 0)
		e = read_versions(db, list, n);
	return e;
}

const struct err *
send_messages(struct db *db, struct arena *a, uint64_t id,
    struct stored_message **list, size_t *n, bool *more)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_MESSAGE_BY_SEND,
	    VALUES(v_u64(id)), &r);

	if (e != NULL)
		return e;
	*more = db_count(r) > STORED_LIST_MAX;
	*list = arena_zero(a, db_count(r) * sizeof **list);
	for (*n = 0; *n < STORED_LIST_MAX && db_next(r); (*n)++)
		(*list)[*n] = (struct stored_message){.id = db_u64(r, 0),
		    .device = db_i64(r, 1), .user_id = db_copy(a, r, 2),
		    .platform = (unsigned)db_u64(r, 3),
		    .state = db_copy(a, r, 4),
		    .tries = (unsigned)db_u64(r, 5),
		    .provider_id = db_copy(a, r, 6),
		    .reason = db_copy(a, r, 7), .created_ms = db_i64(r, 8),
		    .finished_ms = db_i64(r, 9)};
	db_done(r);
	return NULL;
}
