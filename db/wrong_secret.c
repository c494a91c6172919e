/* SPDX-License-Identifier: MIT */
#include "db/wrong_secret.h"

struct wrong_secret {
	unsigned slot;
	int64_t step_ms, full_ms;
	int64_t left_ms; /* out */
};

static const struct err *
fill_bucket(struct db *db, void *arg)
{
	struct wrong_secret *w = arg;
	struct rows *r;
	const struct err *e = db_query(db, SQL_WRONG_SECRET,
	    VALUES(v_u64(w->slot), v_i64(w->step_ms), v_i64(w->step_ms),
		v_i64(w->full_ms)), &r);

	if (e != NULL)
		return e;
	w->left_ms = db_next(r) ? db_i64(r, 0) : 0;
	db_done(r);
	return NULL;
}

const struct err *
wrong_secret_count(struct db *db, unsigned slot, int64_t step_ms,
    int64_t full_ms, int64_t *left_ms)
{
	struct wrong_secret w = {slot, step_ms, full_ms, 0};
	const struct err *e = db_transact(db, fill_bucket, &w);

	*left_ms = w.left_ms;
	return e;
}
