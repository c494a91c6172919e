/* SPDX-License-Identifier: MIT */
#include "db/send_cancel.h"

#include "db/outbox.h"

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

struct cancel_portion {
	enum sql_id id;
	int64_t app;
	unsigned shard;
	uint64_t before, n;
};

static const struct err *
run_cancel_portion(struct db *db, void *arg)
{
	struct cancel_portion *p = arg;
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
	struct cancel_portion p = {SQL_SEND_CANCEL_APP, app, shard, before, 0};
	const struct err *e = db_transact(db, run_cancel_portion, &p);

	*n = p.n;
	return e;
}

const struct err *
send_make_due_app(struct db *db, int64_t app, unsigned shard)
{
	struct cancel_portion p = {SQL_OUTBOX_MAKE_DUE_APP, app, shard, 0, 0};

	return db_transact(db, run_cancel_portion, &p);
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
