/* SPDX-License-Identifier: MIT */
#include "db/minute.h"

#include "lib/buf.h"

#define MINUTE_MS 60000

const struct err *
minute_add(struct db *db, const struct minute_count *list, size_t n)
{
	struct buf b = BUF(DB_LIST_MAX);
	const struct err *e = NULL;

	for (size_t i = 0; i < n; i++)
		(void)buf_fmt(&b, "%c[%u,%u,%llu]", i == 0 ? '[' : ',',
		    list[i].platform, list[i].what,
		    (unsigned long long)list[i].n);
	if (n > 0 && buf_text(&b, "]"))
		e = db_exec(db, SQL_MINUTE_ADD, VALUES(v_blob(b.data, b.len)));
	buf_done(&b);
	return e;
}

const struct err *
minute_list(struct db *db, int64_t since_ms, int64_t step_minutes,
    minute_take *take, void *arg)
{
	int64_t step_ms = step_minutes * MINUTE_MS;
	struct rows *r;
	const struct err *e = db_query(db, SQL_MINUTE_LIST,
	    VALUES(v_i64(step_ms), v_i64(step_ms), v_i64(since_ms)), &r);

	if (e != NULL)
		return e;
	while (db_next(r)) {
		struct minute_count c = {.at_ms = db_i64(r, 0),
		    .platform = (unsigned)db_u64(r, 1),
		    .what = (unsigned)db_u64(r, 2), .n = db_u64(r, 3)};

		take(&c, arg);
	}
	db_done(r);
	return NULL;
}
