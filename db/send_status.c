/* SPDX-License-Identifier: MIT */
#include "db/send_status.h"

#include "lib/buf.h"

/* The counters of the platforms, in columns from at on. */
static void
read_platforms(const struct rows *r, unsigned at,
    struct send_counts by[PLATFORM__COUNT])
{
	for (unsigned p = 0; p < PLATFORM__COUNT; p++, at += 4)
		by[p] = (struct send_counts){db_u64(r, at), db_u64(r, at + 1),
		    db_u64(r, at + 2), db_u64(r, at + 3)};
}

const struct err *
send_by_id(struct db *db, struct arena *a, uint64_t id,
    struct send_counters *out)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_SEND_BY_ID, VALUES(v_u64(id)),
	    &r);
	const unsigned at = 10 + 4 * PLATFORM__COUNT;

	if (e != NULL)
		return e;
	if (!db_next(r)) {
		db_done(r);
		return err_new(ERR_MISSING, "no message %llu",
		    (unsigned long long)id);
	}
	out->id = db_u64(r, 0);
	out->app = db_i64(r, 1);
	out->app_id = db_copy(a, r, 2);
	out->campaign = db_i64(r, 3);
	out->mode = db_copy(a, r, 4);
	out->created_ms = db_i64(r, 5);
	out->total = db_u64(r, 6);
	out->answered = db_u64(r, 7);
	out->done = db_u64(r, 8);
	out->cancelled_ms = db_i64(r, 9);
	read_platforms(r, 10, out->by);
	out->scheduled = db_u64(r, at);
	out->removed = db_u64(r, at + 1);
	out->inactive = db_u64(r, at + 2);
	out->stored = db_u64(r, at + 3) != 0;
	db_done(r);
	return NULL;
}

const struct err *
send_accounts(struct db *db, struct send_account *list, size_t n)
{
	struct buf ids = BUF(DB_LIST_MAX);
	const struct err *e;
	struct rows *r;

	for (size_t i = 0; i < n; i++) {
		list[i].found = false;
		(void)buf_fmt(&ids, "%s%llu", i > 0 ? "," : "[",
		    (unsigned long long)list[i].send);
	}
	(void)buf_text(&ids, n > 0 ? "]" : "[]");
	e = db_query(db, SQL_SEND_ACCOUNTS, VALUES(v_blob(ids.data, ids.len)),
	    &r);
	buf_done(&ids);
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
