/* SPDX-License-Identifier: MIT */
#include "db/quarantine.h"

const struct err *
quarantine_counts(struct db *db, quarantine_take *take, void *arg)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_QUARANTINE_COUNTS, NO_VALUES,
	    &r);

	if (e != NULL)
		return e;
	while (db_next(r)) {
		struct quarantine_count q = {db_text(r, 0), db_text(r, 1),
		    db_text(r, 2), db_u64(r, 3)};

		take(&q, arg);
	}
	db_done(r);
	return NULL;
}

const struct err *
quarantine_list(struct db *db, struct arena *a,
    const struct quarantine_page *page, struct device **list, size_t *n)
{
	struct value app = v_text(page->app_id), apps = v_text(page->apps);
	struct rows *r;
	const struct err *e = db_query(db, SQL_QUARANTINE_LIST, VALUES(app,
	    app, apps, apps, v_i64(page->limit), v_i64(page->offset)), &r);

	if (e != NULL)
		return e;
	*list = arena_zero(a, db_count(r) * sizeof **list);
	for (*n = 0; db_next(r); (*n)++) {
		struct device *d = &(*list)[*n];

		d->id = db_i64(r, 0);
		d->app_id = db_copy(a, r, 1);
		d->user_id = db_copy(a, r, 2);
		d->activation_id = db_copy(a, r, 3);
		d->platform = db_copy(a, r, 4);
		d->environment = db_copy(a, r, 5);
		d->registered_ms = db_i64(r, 6);
		d->gone_ms = db_i64(r, 7);
		d->gone_reason = db_copy(a, r, 8);
	}
	db_done(r);
	return NULL;
}

const struct err *
quarantine_restore(struct db *db, int64_t app, int64_t device, uint64_t *n)
{
	const struct err *e = db_exec(db, SQL_QUARANTINE_RESTORE,
	    VALUES(v_i64(device), v_i64(app)));

	if (e == NULL)
		*n = db_affected(db);
	return e;
}
