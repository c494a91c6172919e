/* SPDX-License-Identifier: MIT */
#include "db/shard_doorbell.h"

#include <stdio.h>
#include <string.h>

const struct err *
shard_doorbells(struct db *db, struct shard_doorbells *out)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_SHARD_DOORBELLS, NO_VALUES, &r);

	if (e != NULL)
		return e;
	memset(out, 0, sizeof *out);
	while (db_next(r))
		(void)snprintf(out->of[db_u64(r, 0) % OUTBOX_SHARDS],
		    SHARD_DOORBELL, "%s", db_text(r, 1));
	db_done(r);
	return NULL;
}
