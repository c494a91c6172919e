/* SPDX-License-Identifier: MIT */
#include "db/server.h"

#include <string.h>

static void
warn(struct server_look *l, const char *sentence)
{
	l->warnings[l->n++] = sentence;
}

const struct err *
server_look(struct db *db, struct arena *a, struct server_look *out)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_SERVER, NO_VALUES, &r);
	uint64_t flush, sync;
	bool logs;

	*out = (struct server_look){.n = 0};
	if (e != NULL)
		return e;
	(void)db_next(r); /* always one */
	flush = db_u64(r, 0);
	logs = db_u64(r, 1) != 0;
	sync = db_u64(r, 2);
	out->cannot_log = logs && strcmp(db_text(r, 3), "STATEMENT") == 0;
	db_done(r);
	if (flush != 1)
		warn(out, arena_fmt(a, "innodb_flush_log_at_trx_commit is "
		    "%llu: a message that was accepted in the latest second "
		    "is lost when the machine fails; set it to 1",
		    (unsigned long long)flush));
	if (logs && sync != 1)
		warn(out, arena_fmt(a, "sync_binlog is %llu: after a failure "
		    "of the machine the binary log may lack messages that "
		    "were accepted, and replicas with it; set it to 1",
		    (unsigned long long)sync));
	return NULL;
}
