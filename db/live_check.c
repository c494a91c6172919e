/* SPDX-License-Identifier: MIT */
#include "db/live_check.h"

const struct err *
live_check_ask(struct db *db, int64_t app)
{
	return db_exec(db, SQL_LIVE_CHECK_ASK, VALUES(v_i64(app)));
}

const struct err *
live_check_answer(
    struct db *db, struct arena *a, int64_t app, const char **answer)
{
	struct rows *r;
	const struct err *e =
	    db_query(db, SQL_LIVE_CHECK_ANSWER, VALUES(v_i64(app)), &r);

	if (e != NULL)
		return e;
	*answer = db_next(r) ? db_copy(a, r, 0) : NULL;
	db_done(r);
	return NULL;
}

const struct err *
live_check_take(struct db *db, struct arena *a, const char *owner,
    int64_t **apps, size_t *n)
{
	struct rows *r;
	const struct err *e =
	    db_exec(db, SQL_LIVE_CHECK_TAKE, VALUES(v_text(owner)));

	if (e == NULL)
		e = db_query(db, SQL_LIVE_CHECK_TAKEN,
		    VALUES(v_text(owner)), &r);
	if (e != NULL)
		return e;
	*apps = arena_zero(a, db_count(r) * sizeof **apps);
	for (*n = 0; db_next(r); (*n)++)
		(*apps)[*n] = db_i64(r, 0);
	db_done(r);
	return NULL;
}

const struct err *
live_check_done(
    struct db *db, const char *owner, int64_t app, const char *answer)
{
	return db_exec(db, SQL_LIVE_CHECK_DONE,
	    VALUES(v_text(answer), v_i64(app), v_text(owner)));
}
