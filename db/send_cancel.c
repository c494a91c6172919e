/* SPDX-License-Identifier: MIT */
#include "db/send_cancel.h"

#include "db/campaign_control.h"
#include "db/outbox.h"
#include "db/sooner.h"

const struct err *
send_cancel(struct db *db, const struct send_counters *send, bool *asked)
{
	const struct err *e = NULL;

	*asked = false;
	if (send_is_of_run(send))
		e = campaign_cancel(db, send->campaign, send->id, asked);
	if (e != NULL || *asked)
		return e;
	e = db_exec(db, SQL_SEND_CANCEL, VALUES(v_u64(send->id)));
	if (e == NULL)
		*asked = db_affected(db) == 1;
	return e;
}

/* The rows in one shard of a send, or of all cancelled sends of an
 * application. */
struct dropping {
	enum sql_id id;
	unsigned shard;
	struct value whose;
};

static const struct err *
drop_sooner(struct db *db, int64_t ahead_ms, void *arg, uint64_t *n)
{
	const struct dropping *d = arg;
	const struct err *e = db_exec(db, d->id, VALUES(v_u64(d->shard),
	    v_i64(ahead_ms), d->whose));

	if (e == NULL)
		*n = db_affected(db);
	return e;
}

const struct err *
send_make_due(struct db *db, uint64_t id)
{
	struct dropping d = {SQL_OUTBOX_MAKE_DUE, 0, v_u64(id)};
	const struct err *e = NULL;
	uint64_t n;

	for (; e == NULL && d.shard < OUTBOX_SHARDS; d.shard++)
		e = rows_sooner(db, SEND_SOON_MS, drop_sooner, &d, &n);
	return e;
}

/* --- a whole application's -------------------------------------------- */

struct cancel_portion {
	int64_t app;
	unsigned shard;
	uint64_t before, n;
};

static const struct err *
run_cancel_portion(struct db *db, void *arg)
{
	struct cancel_portion *p = arg;
	const struct err *e = db_exec(db, SQL_SEND_CANCEL_APP,
	    VALUES(v_u64(p->shard), v_i64(p->app), v_u64(p->before)));

	if (e == NULL)
		p->n = db_affected(db);
	return e;
}

const struct err *
send_cancel_app(struct db *db, int64_t app, unsigned shard, uint64_t before,
    uint64_t *n)
{
	struct cancel_portion p = {app, shard, before, 0};
	const struct err *e = db_transact(db, run_cancel_portion, &p);

	*n = p.n;
	return e;
}

const struct err *
send_make_due_app(struct db *db, int64_t app, unsigned shard)
{
	struct dropping d = {SQL_OUTBOX_MAKE_DUE_APP, shard, v_i64(app)};
	const struct err *e;
	uint64_t n;

	do
		e = rows_sooner(db, SEND_SOON_MS, drop_sooner, &d, &n);
	while (e == NULL && n >= SQL_ROWS_RECALLED);
	return e;
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
