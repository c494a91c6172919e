/* SPDX-License-Identifier: MIT */
#include "db/idempotency.h"

const struct err *
idempotency_by_name(struct db *db, struct arena *a, const char *name,
    struct idempotency_use *use)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_IDEMPOTENCY_BY_NAME,
	    VALUES(v_text(name)), &r);

	if (e != NULL)
		return e;
	if (db_next(r)) {
		use->request = db_copy(a, r, 0);
		use->send = db_u64(r, 1);
		use->refused = db_copy(a, r, 2);
	} else {
		e = err_new(ERR_MISSING, "no such key");
	}
	db_done(r);
	return e;
}

const struct err *
idempotency_put(struct db *db, const char *name,
    const struct idempotency_use *use)
{
	const struct err *e;

	if (name == NULL)
		return NULL;
	e = db_post(db, SQL_IDEMPOTENCY_FORGET, VALUES(v_text(name)), NULL);
	if (e != NULL)
		return e;
	return db_post(db, SQL_IDEMPOTENCY_PUT, VALUES(v_text(name),
	    v_text(use->request), v_u64(use->send), v_text(use->refused)),
	    NULL);
}
