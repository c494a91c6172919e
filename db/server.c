/* SPDX-License-Identifier: MIT */
#include "db/server.h"

#include <string.h>

#include "lib/clock.h"

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

const struct err *
server_values_read(struct db *db, struct arena *a, struct server_values *out)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_SERVER_VALUES, NO_VALUES, &r);

	*out = (struct server_values){.n = 0};
	if (e != NULL)
		return e;
	out->names = arena_zero(a, db_count(r) * sizeof *out->names);
	out->values = arena_zero(a, db_count(r) * sizeof *out->values);
	for (; db_next(r); out->n++) {
		out->names[out->n] = db_copy(a, r, 0);
		out->values[out->n] = db_is_null(r, 1) ? "" :
		    db_copy(a, r, 1);
	}
	db_done(r);
	return NULL;
}

const struct err *
server_ahead(struct db *db, int64_t *ms)
{
	int64_t asked_ms = clock_mono_ms();
	struct rows *r;
	const struct err *e = db_query(db, SQL_SERVER_NOW, NO_VALUES, &r);

	if (e != NULL)
		return e;
	(void)db_next(r); /* always one */
	*ms = db_i64(r, 0) - (asked_ms + clock_mono_ms()) / 2;
	db_done(r);
	return NULL;
}

const char *
server_value(const struct server_values *v, const char *name)
{
	for (size_t i = 0; i < v->n; i++)
		if (strcmp(v->names[i], name) == 0)
			return v->values[i];
	return "";
}
