/* SPDX-License-Identifier: MIT */
#include "db/activation.h"

#include <string.h>

#include "lib/mem.h"

bool
activation_status_known(const char *status)
{
	static const char *const known[] = {"CREATED", "PENDING_COMMIT",
	    "ACTIVE", "BLOCKED", "REMOVED"};

	for (size_t i = 0; i < nitems(known); i++)
		if (strcmp(status, known[i]) == 0)
			return true;
	return false;
}

const struct err *
activation_by_id(struct db *db, struct arena *a, const char *activation_id,
    struct activation *out)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_ACTIVATION_BY_ID,
	    VALUES(v_text(activation_id)), &r);

	if (e != NULL)
		return e;
	if (db_next(r)) {
		out->activation_id = db_copy(a, r, 0);
		out->user_id = db_copy(a, r, 1);
		out->app_id = db_copy(a, r, 2);
		out->status = db_copy(a, r, 3);
		out->created_ms = db_i64(r, 4);
		out->changed_ms = db_i64(r, 5);
	} else {
		e = err_new(ERR_MISSING, "no activation \"%s\"",
		    activation_id);
	}
	db_done(r);
	return e;
}

/* An activation without an application may be used by every application. */
const struct err *
activation_own(struct db *db, const struct activation *act)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_ACTIVATION_APP,
	    VALUES(v_text(act->activation_id)), &r);

	if (e != NULL)
		return e;
	if (db_next(r) && !db_is_null(r, 0) &&
	    strcmp(db_text(r, 0), act->app_id) != 0)
		e = err_new(ERR_DENIED, "an activation of another "
		    "application");
	db_done(r);
	return e;
}

const struct err *
activation_add(struct db *db, struct row_list *rows,
    const struct activation *act)
{
	return row_list_add(db, rows, VALUES(v_text(act->activation_id),
	    v_text(act->user_id), v_text(act->app_id), v_text(act->status)));
}

const struct err *
activation_put(struct db *db, const struct activation *act)
{
	const struct err *e = db_post(db, SQL_ACTIVATION_PUT,
	    VALUES(v_text(act->activation_id), v_text(act->user_id),
		v_text(act->app_id), v_text(act->status)), NULL);

	if (e != NULL)
		return e;
	return db_post(db, SQL_DEVICE_SET_ACTIVE,
	    VALUES(v_i64(strcmp(act->status, "ACTIVE") == 0),
		v_text(act->activation_id), v_null(), v_null()), NULL);
}
