/* SPDX-License-Identifier: MIT */
#include "db/device_now.h"

#include "lib/buf.h"

#define NOW_LIST_MAX (1024 * 1024)

void
device_now(const struct rows *r, unsigned column, struct device_now *out)
{
	out->there = !db_is_null(r, column) && db_u64(r, column + 1) == 0;
	out->generation = (uint32_t)db_u64(r, column);
	out->active = db_u64(r, column + 2) != 0;
	out->platform = db_text(r, column + 3);
	out->environment = db_text(r, column + 4);
	out->token = db_text(r, column + 5);
}

static const struct err *
query_devices(struct db *db, const int64_t *ids, size_t n, struct rows **r)
{
	struct buf list = BUF(NOW_LIST_MAX);
	const struct err *e;

	for (size_t i = 0; i < n; i++)
		(void)buf_fmt(&list, "%s%lld", i > 0 ? "," : "[",
		    (long long)ids[i]);
	if (buf_text(&list, n > 0 ? "]" : "[]"))
		e = db_query(db, SQL_DEVICE_NOW,
		    VALUES(v_blob(list.data, list.len)), r);
	else
		e = err_new(ERR_TOOBIG, "a list of devices is too large");
	buf_done(&list);
	return e;
}

const struct err *
device_look(struct db *db, struct arena *a, const int64_t *ids, size_t n,
    struct device_now *out)
{
	struct rows *r = NULL;
	const struct err *e = query_devices(db, ids, n, &r);

	if (e != NULL)
		return e;
	while (db_next(r)) {
		struct device_now *d = &out[(db_u64(r, 0) - 1) % n];

		device_now(r, 1, d);
		d->platform = db_copy(a, r, 4);
		d->environment = db_copy(a, r, 5);
		d->token = db_copy(a, r, 6);
	}
	db_done(r);
	return NULL;
}
