/* SPDX-License-Identifier: MIT */
/* The accounts of sends: counts, cancelling, stored rows, repeats. */
#include "db/outbox.h"

const struct err *
send_by_id(struct db *db, struct arena *a, uint64_t id,
    struct send_counters *out)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_SEND_BY_ID, VALUES(v_u64(id)),
	    &r);

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
	for (unsigned p = 0; p < OUTBOX_PLATFORMS; p++)
		out->by[p] = (struct send_counts){db_u64(r, 10 + 4 * p),
		    db_u64(r, 11 + 4 * p), db_u64(r, 12 + 4 * p),
		    db_u64(r, 13 + 4 * p)};
	out->scheduled = db_u64(r, 22);
	out->removed = db_u64(r, 23);
	out->inactive = db_u64(r, 24);
	db_done(r);
	return NULL;
}

const struct err *
send_cancel(struct db *db, uint64_t id, bool *asked)
{
	const struct err *e = db_exec(db, SQL_SEND_CANCEL,
	    VALUES(v_u64(id)));

	if (e == NULL)
		*asked = db_affected(db) == 1;
	return e;
}

const struct err *
send_make_due(struct db *db, uint64_t id)
{
	const struct err *e = NULL;

	for (unsigned shard = 0; e == NULL && shard < OUTBOX_SHARDS; shard++)
		e = db_exec(db, SQL_OUTBOX_MAKE_DUE,
		    VALUES(v_u64(shard), v_u64(id)));
	return e;
}

/* --- a whole application's -------------------------------------------- */

struct portion {
	enum sql_id id;
	int64_t app;
	unsigned shard;
	uint64_t before, n;
};

static const struct err *
run_portion(struct db *db, void *arg)
{
	struct portion *p = arg;
	/* the last is for SQL_SEND_CANCEL_APP only */
	const struct value values[] = {v_u64(p->shard), v_i64(p->app),
	    v_u64(p->before)};
	const struct err *e = db_exec(db, p->id, values,
	    p->id == SQL_SEND_CANCEL_APP ? 3 : 2);

	if (e == NULL)
		p->n = db_affected(db);
	return e;
}

const struct err *
send_cancel_app(struct db *db, int64_t app, unsigned shard, uint64_t before,
    uint64_t *n)
{
	struct portion p = {SQL_SEND_CANCEL_APP, app, shard, before, 0};
	const struct err *e = db_transact(db, run_portion, &p);

	*n = p.n;
	return e;
}

const struct err *
send_make_due_app(struct db *db, int64_t app, unsigned shard)
{
	struct portion p = {SQL_OUTBOX_MAKE_DUE_APP, app, shard, 0, 0};

	return db_transact(db, run_portion, &p);
}

const struct err *
send_dropping(struct db *db, int64_t app, uint64_t *sends, uint64_t *rows)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_SEND_DROPPING,
	    VALUES(v_i64(app)), &r);

	if (e != NULL)
		return e;
	*sends = *rows = 0;
	if (db_next(r)) {
		*sends = db_u64(r, 0);
		*rows = db_u64(r, 1);
	}
	db_done(r);
	return NULL;
}

const struct err *
send_cancelled(struct db *db, struct arena *a, uint64_t **list, size_t *n)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_SEND_CANCELLED, NO_VALUES, &r);

	if (e != NULL)
		return e;
	*list = arena_zero(a, db_count(r) * sizeof **list);
	for (*n = 0; db_next(r); (*n)++)
		(*list)[*n] = db_u64(r, 0);
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

const struct err *
idempotency_by_name(struct db *db, struct arena *a, const char *name,
    const char **request, uint64_t *send)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_IDEMPOTENCY_BY_NAME,
	    VALUES(v_text(name)), &r);

	if (e != NULL)
		return e;
	if (db_next(r)) {
		*request = db_copy(a, r, 0);
		*send = db_u64(r, 1);
	} else {
		e = err_new(ERR_MISSING, "no such key");
	}
	db_done(r);
	return e;
}

const struct err *
idempotency_put(struct db *db, const char *name, const char *request,
    uint64_t send)
{
	const struct err *e;

	if (name == NULL)
		return NULL;
	e = db_exec(db, SQL_IDEMPOTENCY_FORGET, VALUES(v_text(name)));
	if (e != NULL)
		return e;
	return db_exec(db, SQL_IDEMPOTENCY_PUT, VALUES(v_text(name),
	    v_text(request), v_u64(send)));
}
