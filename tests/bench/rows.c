/* SPDX-License-Identifier: MIT */
/*
 * Writes rows of bodies (SQL_OUTBOX_BODY_ADD) by db_exec_rows, for
 * tests/api/14-rows.t:
 *
 *   rows -c CONF CASE...        each case by its name in the table below;
 *                               prints: name, ok or why not, rows affected
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/settings.h"
#include "db/db.h"
#include "lib/log.h"
#include "lib/mem.h"

#define WIDTH 3
#define MANY 70000
#define LARGE ((size_t)4 * 1024 * 1024)

struct rows_case {
	const char *name;
	uint64_t first; /* id of the first row; the others follow */
	size_t n, len;	/* of the rows; bytes of a body, 0: its number */
	/* change a value of this row: */
	size_t at;
	enum { SAME, TWICE, NO_BODY, NUMBER, TOO_LARGE } how;
};

/* clang-format off */
static const struct rows_case cases[] = {
	{"none",	   0,	     0},
	{"one",		   1,	     1},
	{"some",	   10,	     5},
	{"no-body",	   20,	     3, 0, 1, NO_BODY},
	{"no-bodies",	   30,	     1, 0, 0, NO_BODY},
	{"twice",	   40,	     3, 0, 2, TWICE},
	{"unlike",	   50,	     3, 0, 1, NUMBER},
	{"many",	   100000,   MANY},
	{"twice-of-many",  200000,   MANY, 0, MANY - 1, TWICE},
	{"pieces",	   300000,   9, LARGE},
	{"twice-of-pieces", 310000,  9, LARGE, 8, TWICE},
	{"too-large",	   320000,   2, 1, 1, TOO_LARGE},
	{NULL}
};
/* clang-format on */

static void
change(const struct rows_case *c, struct value *row, const char *large)
{
	switch (c->how) {
	case SAME:
		break;
	case TWICE:
		row[0] = v_u64(c->first);
		break;
	case NO_BODY:
		row[2] = v_null();
		break;
	case NUMBER:
		row[2] = v_u64(7);
		break;
	case TOO_LARGE:
		row[2] = v_blob(large, DB_LIST_MAX);
		break;
	}
}

static struct value *
make_rows(const struct rows_case *c, struct arena *a, const char *large)
{
	struct value *v = arena_alloc(a, (c->n + 1) * WIDTH * sizeof *v);

	for (size_t i = 0; i < c->n; i++) {
		struct value *row = v + i * WIDTH;

		row[0] = v_u64(c->first + i);
		row[1] = v_u64(i % 3);
		row[2] = c->len > 0 ? v_blob(large, c->len)
				    : v_text(arena_fmt(a, "%zu", i));
		if (i == c->at)
			change(c, row, large);
	}
	return v;
}

static void
run_case(struct db *db, const struct rows_case *c, const char *large)
{
	struct arena *a = arena_new();
	const struct err *e = db_exec_rows(db, SQL_OUTBOX_BODY_ADD,
	    make_rows(c, a, large), WIDTH, c->n);

	printf("%s\t%s\t%llu\n", c->name, e != NULL ? e->text : "ok",
	    e != NULL ? 0ULL : (unsigned long long)db_affected(db));
	arena_free(a);
}

static const struct rows_case *
case_of(const char *name)
{
	for (const struct rows_case *c = cases; c->name != NULL; c++)
		if (strcmp(c->name, name) == 0)
			return c;
	fatalx("no case %s", name);
}

int
main(int argc, char *argv[])
{
	char *large = xmalloc(DB_LIST_MAX);
	const struct err *e;
	struct settings s;
	struct db *db;

	memset(large, 'x', DB_LIST_MAX);
	if (argc < 3 || strcmp(argv[1], "-c") != 0)
		fatalx("rows -c CONF CASE...");
	if ((e = settings_load(argv[2], &s)) != NULL ||
	    (e = db_open(&s.database, "cli", DB_LONG, &db)) != NULL)
		fatalx("%s", e->text);
	for (int i = 3; i < argc; i++)
		run_case(db, case_of(argv[i]), large);
	db_close(db);
	settings_done(&s);
	free(large);
	return 0;
}
