/* SPDX-License-Identifier: MIT */
#include "db/send_delta.h"

const struct err *
send_delta_post(struct db *db, uint64_t send, const struct buf *counts)
{
	return db_post(db, SQL_SEND_DELTA_ADD,
	    VALUES(v_u64(send), v_blob(counts->data, counts->len)), NULL);
}

struct fold {
	uint64_t shards;
	uint64_t n;
	struct buf counts, ids; /* JSON */
};

static const struct err *
list_deltas(struct db *db, struct fold *f)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_SEND_DELTAS,
	    VALUES(v_u64(f->shards)), &r);

	buf_reset(&f->counts);
	buf_reset(&f->ids);
	if (e != NULL)
		return e;
	for (f->n = 0; db_next(r); f->n++) {
		(void)buf_fmt(&f->counts, "%c%s", f->n > 0 ? ',' : '[',
		    db_text(r, 1));
		(void)buf_fmt(&f->ids, "%c%llu", f->n > 0 ? ',' : '[',
		    (unsigned long long)db_u64(r, 0));
	}
	db_done(r);
	(void)buf_text(&f->ids, "]");
	if (!buf_text(&f->counts, "]"))
		return err_new(ERR_TOOBIG, "too many counts to add up");
	return NULL;
}

/* A steward of before may do the same at the same time: who removes the rows
 * has added them. */
static const struct err *
fold_once(struct db *db, void *arg)
{
	struct fold *f = arg;
	const struct err *e = list_deltas(db, f);
	uint64_t removed = 0;

	if (e != NULL || f->n == 0)
		return e;
	e = db_post(db, SQL_SEND_DELTA_DELETE,
	    VALUES(v_blob(f->ids.data, f->ids.len)), &removed);
	if (e == NULL)
		e = db_post(db, SQL_SEND_FOLD,
		    VALUES(v_blob(f->counts.data, f->counts.len)), NULL);
	if (e == NULL)
		e = db_answers(db);
	if (e == NULL && removed != f->n)
		e = err_new(ERR_CONTENTION, "counts were added up meanwhile");
	return e;
}

const struct err *
send_delta_fold(struct db *db, uint64_t shards, bool *more)
{
	struct fold f = {.shards = shards, .counts = BUF(DB_LIST_MAX),
	    .ids = BUF(DB_LIST_MAX)};
	const struct err *e = db_transact(db, fold_once, &f);

	*more = e == NULL && f.n == SQL_DELTAS_FOLDED;
	buf_done(&f.counts);
	buf_done(&f.ids);
	return e;
}
