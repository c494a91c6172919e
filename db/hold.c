/* SPDX-License-Identifier: MIT */
#include "db/hold.h"

#include <string.h>

const struct err *
hold_list(struct db *db, struct arena *a, struct hold **list, size_t *n)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_HOLD_LIST, NO_VALUES, &r);

	if (e != NULL)
		return e;
	*list = arena_zero(a, db_count(r) * sizeof **list);
	for (*n = 0; db_next(r); (*n)++)
		(*list)[*n] = (struct hold){.app = db_i64(r, 0),
		    .platform = (unsigned)db_u64(r, 1),
		    .since_ms = db_i64(r, 2), .reason = db_copy(a, r, 3),
		    .app_id = db_copy(a, r, 4), .host = db_copy(a, r, 5)};
	db_done(r);
	return NULL;
}

bool
hold_covers(const struct hold *h, unsigned platform, const char *host)
{
	return (h->platform == platform || h->platform == HOLD_ALL) &&
	    (h->host[0] == '\0' || strcmp(h->host, host) == 0);
}

const struct err *
hold_put(struct db *db, int64_t app, unsigned platform, const char *host,
    const char *reason)
{
	return db_exec(db, SQL_HOLD_PUT, VALUES(v_i64(app), v_u64(platform),
	    v_text(host), v_text(reason != NULL ? reason : "")));
}

const struct err *
hold_remove(struct db *db, int64_t app, unsigned platform, const char *host,
    uint64_t *n)
{
	const struct err *e = db_exec(db, SQL_HOLD_REMOVE,
	    VALUES(v_i64(app), v_u64(platform), v_u64(platform), v_text(host),
		v_text(host)));

	if (e == NULL)
		*n = db_affected(db);
	return e;
}
