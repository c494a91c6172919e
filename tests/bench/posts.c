/* SPDX-License-Identifier: MIT */
/*
 * Posts statements (db_post) that fail in the middle, for
 * tests/api/14-posts.t, with rows of idempotency keys:
 *
 *   posts -c CONF               each case of the table below; prints: name,
 *                               ok or why not, the request of its key "k",
 *                               and what was told of rows that matched
 */
#include <stdio.h>
#include <string.h>

#include "core/settings.h"
#include "db/db.h"
#include "db/idempotency.h"
#include "lib/log.h"
#include "lib/mem.h"

#define UNTOLD 77 /* what the rows that matched are added to */

static struct db *db, *other;
static struct arena *memory;
static uint64_t matched;

static const struct err *
put_by(struct db *who, const char *name, uint64_t *rows)
{
	return db_post(who, SQL_IDEMPOTENCY_PUT, VALUES(v_text(name),
	    v_text("first"), v_u64(1), v_null()), rows);
}

static const struct err *
put(const char *name, uint64_t *rows)
{
	return put_by(db, name, rows);
}

static const struct err *
turn(struct db *who, const char *token)
{
	return db_post(who, SQL_DEVICE_TURN, VALUES(v_i64(1), v_text(token)),
	    NULL);
}

static const struct err *
read_key(const char *name, const char **request)
{
	struct idempotency_use use = {0};
	const struct err *e = idempotency_by_name(db, memory, name, &use);

	*request = use.request != NULL ? use.request : "-";
	return e;
}

/* --- cases ------------------------------------------------------------ */

static const struct err *
put_many(void)
{
	const struct err *e = put("k", &matched);

	for (int i = 0; e == NULL && i < 100; i++)
		e = put(arena_fmt(memory, "many-%d", i), NULL);
	return e;
}

static const struct err *
put_twice(void)
{
	const struct err *e = put("k", NULL);

	if (e == NULL)
		e = put("k", NULL);
	return e != NULL ? e : put("after", &matched);
}

/* The rows that it asks for are not to be taken for those of the next. */
static const struct err *
put_twice_and_read(void)
{
	const struct err *e = put_twice();
	const char *request;

	return e != NULL ? e : read_key("k", &request);
}

/* Whoever goes on must not commit. */
static const struct err *
ignore_failure(void)
{
	(void)put_twice_and_read();
	return NULL;
}

/* Its variables have ended when the answers are read. */
static const struct err *
fail_before_answers(void)
{
	const struct err *e = put("k", &matched);

	return e != NULL ? e : err_new(ERR_CONFLICT, "another failure");
}

/* MariaDB rolls back ours, which has written less, and goes on with what is
 * posted behind. */
static const struct err *
deadlock(void)
{
	const struct err *e = turn(db, "a");

	if (e == NULL)
		e = db_answers(db);
	if (e == NULL)
		e = db_begin(other);
	for (int i = 0; e == NULL && i < 100; i++)
		e = put_by(other, arena_fmt(memory, "other-%d", i), NULL);
	if (e == NULL)
		e = turn(other, "b");
	if (e == NULL)
		e = db_answers(other);
	if (e == NULL)
		e = turn(db, "b");
	if (e == NULL)
		e = put("k", &matched);
	if (e == NULL)
		e = turn(other, "a");
	return db_end(other, e);
}

/* clang-format off */
static const struct {
	const char *name;
	const struct err *(*run)(void);
} cases[] = {
	{"twice",	put_twice},
	{"twice-read",	put_twice_and_read},
	{"ignored",	ignore_failure},
	{"fails",	fail_before_answers},
	{"deadlock",	deadlock},
	{"many",	put_many},
};
/* clang-format on */

static void
run_case(size_t i)
{
	const char *request;
	const struct err *e;

	matched = UNTOLD;
	if ((e = db_begin(db)) == NULL)
		e = db_end(db, cases[i].run());
	printf("%s\t%s%s", cases[i].name, e != NULL ? e->text : "ok",
	    e != NULL && e->code == ERR_DUPLICATE &&
	    db_duplicate(db, "PRIMARY") ? ", of PRIMARY" : "");
	e = read_key("k", &request);
	printf("\t%s\t%llu\n", e == NULL || e->code == ERR_MISSING
	    ? request : e->text, (unsigned long long)matched);
	arena_reset(memory);
}

int
main(int argc, char *argv[])
{
	const struct err *e;
	struct settings s;

	if (argc != 3 || strcmp(argv[1], "-c") != 0)
		fatalx("posts -c CONF");
	if ((e = settings_load(argv[2], &s)) != NULL ||
	    (e = db_open(&s.database, "push", DB_LONG, &db)) != NULL ||
	    (e = db_open(&s.database, "push", DB_LONG, &other)) != NULL)
		fatalx("%s", e->text);
	memory = arena_new();
	for (size_t i = 0; i < nitems(cases); i++)
		run_case(i);
	arena_free(memory);
	db_close(other);
	db_close(db);
	settings_done(&s);
	return 0;
}
