/* SPDX-License-Identifier: MIT */
#include "db/upkeep.h"

#include <stdio.h>

const struct err *
upkeep_take(struct db *db, const char *program, uint64_t owner,
    int64_t lease_ms, bool *got)
{
	const struct err *e = db_exec(db, SQL_UPKEEP_TAKE, VALUES(v_u64(owner),
	    v_i64(lease_ms), v_text(program), v_u64(owner)));

	if (e == NULL)
		*got = db_affected(db) > 0;
	return e;
}

const struct err *
upkeep_give(struct db *db, const char *program, uint64_t owner)
{
	return db_exec(db, SQL_UPKEEP_GIVE, VALUES(v_text(program),
	    v_u64(owner)));
}

const struct err *
upkeep_ran(struct db *db, const char *program, uint64_t rows)
{
	return db_exec(db, SQL_UPKEEP_RAN, VALUES(v_u64(rows),
	    v_text(program)));
}

const struct err *
upkeep_list(struct db *db, struct upkeep list[UPKEEP_PROGRAMS], size_t *n)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_UPKEEP_LIST, NO_VALUES, &r);

	if (e != NULL)
		return e;
	for (*n = 0; *n < UPKEEP_PROGRAMS && db_next(r); (*n)++) {
		(void)snprintf(list[*n].program, UPKEEP_NAME, "%.16s",
		    db_text(r, 0));
		list[*n].ended_ms = db_i64(r, 1);
		list[*n].rows = db_u64(r, 2);
	}
	db_done(r);
	return NULL;
}
