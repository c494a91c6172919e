/* SPDX-License-Identifier: MIT */
#include "db/migrate.h"

#include <stdio.h>
#include <string.h>

#include "lib/mem.h"

#define BESIDE "_being_set_up" /* behind the database's name */
#define NAME_MAX_LEN 64

/* --- the scripts, linked in by ld -b binary --------------------------- */

#define SCRIPT(file)                                                           \
	extern const char _binary_db_##file##_sql_start[];                     \
	extern const char _binary_db_##file##_sql_end[]

SCRIPT(schema);
SCRIPT(swap);
SCRIPT(migrations_0001_published);
SCRIPT(migrations_0002_audit);
SCRIPT(migrations_0003_compatible);
SCRIPT(migrations_0004_blanks);
SCRIPT(migrations_0005_tokens);
SCRIPT(migrations_0006_changed);
SCRIPT(migrations_0007_incarnation);
SCRIPT(migrations_0008_turns);
SCRIPT(migrations_0009_refused);
SCRIPT(migrations_0010_history);
SCRIPT(migrations_0011_maintenance);
SCRIPT(migrations_0012_runs);
SCRIPT(migrations_0013_persons);
SCRIPT(migrations_0014_approved);
SCRIPT(migrations_0015_webpush);
SCRIPT(migrations_0016_draining);
SCRIPT(migrations_0017_console);
SCRIPT(migrations_0018_leases);
SCRIPT(migrations_0019_folded);
SCRIPT(migrations_0020_ring_key);
SCRIPT(migrations_0021_spread);

struct linked_script {
	const char *start, *end;
};

#define LINKED(file)                                                           \
	{_binary_db_##file##_sql_start, _binary_db_##file##_sql_end}

static const struct linked_script schema = LINKED(schema);
static const struct linked_script swap = LINKED(swap);
static const struct linked_script published = LINKED(migrations_0001_published);
static const struct linked_script tokens = LINKED(migrations_0005_tokens);

/* The migrations from one version of our schema to the next, in order. Each
 * ends by setting the version and the oldest programs that it serves, and can
 * be run again if it was killed. */
static const struct {
	unsigned version;
	struct linked_script script;
} steps[] = {
	/* version 1 was the first; 0001 leads from the published server to
	 * schema.sql, whatever its version */
	{2, LINKED(migrations_0002_audit)},
	{3, LINKED(migrations_0003_compatible)},
	{4, LINKED(migrations_0004_blanks)},
	{5, LINKED(migrations_0005_tokens)},
	{6, LINKED(migrations_0006_changed)},
	{7, LINKED(migrations_0007_incarnation)},
	{8, LINKED(migrations_0008_turns)},
	{9, LINKED(migrations_0009_refused)},
	{10, LINKED(migrations_0010_history)},
	{11, LINKED(migrations_0011_maintenance)},
	{12, LINKED(migrations_0012_runs)},
	{13, LINKED(migrations_0013_persons)},
	{14, LINKED(migrations_0014_approved)},
	{15, LINKED(migrations_0015_webpush)},
	{16, LINKED(migrations_0016_draining)},
	{17, LINKED(migrations_0017_console)},
	{18, LINKED(migrations_0018_leases)},
	{19, LINKED(migrations_0019_folded)},
	{20, LINKED(migrations_0020_ring_key)},
	{21, LINKED(migrations_0021_spread)},
};

static const struct err *
run_linked(struct db *db, const struct linked_script *s,
    const struct script_var *vars, size_t n)
{
	return db_script(db, s->start, (size_t)(s->end - s->start), vars, n);
}

static const struct err *
run_text(struct db *db, const char *text, const struct script_var *vars,
    size_t n)
{
	return db_script(db, text, strlen(text), vars, n);
}

/* --- looking ---------------------------------------------------------- */

static const struct err *
query_number(struct db *db, enum sql_id id, const struct value *values,
    size_t n, uint64_t *out)
{
	struct rows *r;
	const struct err *e = db_query(db, id, values, n, &r);

	if (e != NULL)
		return e;
	*out = db_next(r) ? db_u64(r, 0) : 0;
	db_done(r);
	return NULL;
}

static const struct err *
name_beside(const struct schema *s, char name[NAME_MAX_LEN + 1])
{
	int n = snprintf(name, NAME_MAX_LEN + 1, "%s" BESIDE, s->database);

	if (n > NAME_MAX_LEN)
		return err_new(ERR_INVALID, "the database's name \"%s\" is "
		    "longer than %d characters", s->database,
		    NAME_MAX_LEN - (int)sizeof BESIDE + 1);
	return NULL;
}

/* Which edition has these tables and columns? */
static const struct err *
judge_columns(struct rows *r, struct schema *s)
{
	bool ours = false, credentials = false, inbox = false, named = false;

	s->taken = db_count(r) > 0;
	while (db_next(r)) {
		const char *table = db_text(r, 0), *column = db_text(r, 1);

		ours |= strcmp(table, "push_schema") == 0;
		inbox |= strcmp(table, "push_inbox") == 0;
		if (strcmp(table, "push_app_credentials") != 0)
			continue;
		credentials = true;
		named |= strcmp(column, "app_id") == 0 &&
		    strcmp(db_text(r, 2), "varchar") == 0;
	}
	s->credentials = credentials;
	s->kind = ours ? SCHEMA_OURS :
	    credentials ? SCHEMA_PUBLISHED : SCHEMA_NONE;
	if (s->kind == SCHEMA_PUBLISHED && (!named || !inbox))
		return err_new(ERR_INVALID, "database %s has tables of a push "
		    "server older than 1.4: bring it to 1.4.4 first",
		    s->database);
	return NULL;
}

static const struct err *
read_version(struct db *db, struct schema *s)
{
	const struct err *e = migrate_use(db, s);
	struct rows *r;

	if (e != NULL ||
	    (e = db_query(db, SQL_SCHEMA_VERSION, NO_VALUES, &r)) != NULL)
		return e;
	s->version = db_next(r) ? (unsigned)db_u64(r, 0) : 0;
	db_done(r);
	if (s->version > SQL_SCHEMA_NOW)
		return err_new(ERR_CONFLICT, "database %s has schema version "
		    "%u, newer than this program's %d: its setup is that of "
		    "the later release", s->database, s->version,
		    SQL_SCHEMA_NOW);
	return NULL;
}

const struct err *
migrate_look(struct db *db, struct schema *s)
{
	char name[NAME_MAX_LEN + 1];
	uint64_t exists = 0, leftover = 0;
	const struct err *e;
	struct rows *r;

	if ((e = name_beside(s, name)) != NULL ||
	    (e = query_number(db, SQL_ADMIN_DATABASE,
		 VALUES(v_text(s->database)), &exists)) != NULL ||
	    (e = query_number(db, SQL_ADMIN_DATABASE, VALUES(v_text(name)),
		 &leftover)) != NULL ||
	    (e = db_query(db, SQL_ADMIN_COLUMNS, VALUES(v_text(s->database)),
		 &r)) != NULL)
		return e;
	s->exists = exists != 0;
	s->leftover = leftover != 0;
	s->version = 0;
	e = judge_columns(r, s);
	db_done(r);
	if (e == NULL && s->kind == SCHEMA_OURS)
		e = read_version(db, s);
	return e;
}

#define HOSTS_SINCE 7 /* push_instance.host */

const struct err *
migrate_alive(struct db *db, const struct schema *s, int64_t lease_ms,
    void (*tell)(void *arg, const char *name, const char *host), void *arg)
{
	struct rows *r;
	const struct err *e = db_query(db, s->version < HOSTS_SINCE
		? SQL_ADMIN_ALIVE_NAMES
		: SQL_ADMIN_ALIVE, VALUES(v_i64(lease_ms)), &r);

	if (e != NULL)
		return e;
	while (db_next(r))
		tell(arg, db_text(r, 0), db_text(r, 1));
	db_done(r);
	return NULL;
}

const struct err *
migrate_tokens(struct db *db, struct migrated *m)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_ADMIN_TOKENS, NO_VALUES, &r);

	if (e != NULL)
		return e;
	*m = (struct migrated){0, 0};
	if (db_next(r))
		*m = (struct migrated){db_u64(r, 0), db_u64(r, 1)};
	db_done(r);
	return NULL;
}

/* --- making ----------------------------------------------------------- */

struct migrate_names {
	char beside[NAME_MAX_LEN + 1];
	struct script_var vars[6];
};

static const struct err *
fill_names(const struct schema *s, const char *zone, struct migrate_names *n)
{
	n->vars[0] = (struct script_var){"db", s->database, false};
	n->vars[1] = (struct script_var){"new", n->beside, false};
	n->vars[2] = (struct script_var){"db_name", s->database, true};
	n->vars[3] = (struct script_var){"new_name", n->beside, true};
	n->vars[4] = (struct script_var){"moving",
	    s->kind == SCHEMA_PUBLISHED ? "yes" : "no", true};
	n->vars[5] = (struct script_var){"zone", zone, true};
	return name_beside(s, n->beside);
}

const struct err *
migrate_tidy(struct db *db, const struct schema *s)
{
	struct migrate_names n;
	const struct err *e = fill_names(s, "", &n);

	if (e != NULL)
		return e;
	return run_text(db, sql_drop_tables, n.vars, nitems(n.vars));
}

const struct err *
migrate_create_database(struct db *db, const struct schema *s)
{
	struct script_var var = {"db", s->database, false};

	return run_text(db, sql_create_database, &var, 1);
}

/* All else in the tables belongs to an application. */
static const struct err *
expect_empty(struct db *db, const struct schema *s)
{
	uint64_t apps = 0;
	const struct err *e = query_number(db, SQL_SCHEMA_APPS, NO_VALUES,
	    &apps);

	return e != NULL || apps == 0 ? e : err_new(ERR_CONFLICT, "database "
	    "%s holds applications, and its table push_schema is empty: "
	    "restore that table, too, or remove the tables by hand",
	    s->database);
}

const struct err *
migrate_clear(struct db *db, struct schema *s)
{
	const struct err *e = migrate_use(db, s);

	if (e == NULL && s->credentials)
		e = expect_empty(db, s);
	if (e == NULL)
		e = run_text(db, sql_clear_tables, NULL, 0);
	if (e == NULL)
		s->kind = SCHEMA_NONE;
	return e;
}

/* The first table is that of the versions, and its row comes last: without it
 * no program takes the tables for whole. */
static const struct err *
create_in_place(struct db *db, const struct schema *s)
{
	const struct err *e = migrate_use(db, s);

	return e != NULL ? e : run_linked(db, &schema, NULL, 0);
}

const struct err *
migrate_create(struct db *db, const struct schema *s, const char *zone)
{
	struct migrate_names n;
	const struct err *e = fill_names(s, zone, &n);
	const size_t all = nitems(n.vars);

	if (s->in_place)
		return create_in_place(db, s);
	if (e != NULL ||
	    (e = run_text(db, sql_begin_tables, n.vars, all)) != NULL ||
	    (e = run_linked(db, &schema, NULL, 0)) != NULL)
		return e;
	if (s->kind == SCHEMA_PUBLISHED &&
	    ((e = run_linked(db, &published, n.vars, all)) != NULL ||
		(e = run_linked(db, &tokens, NULL, 0)) != NULL))
		return err_at(e, "taking over the published server's tables");
	if ((e = run_linked(db, &swap, n.vars, all)) != NULL)
		return e;
	return migrate_tidy(db, s);
}

const struct err *
migrate_step(struct db *db, const struct schema *s, unsigned to)
{
	for (size_t i = 0; i < nitems(steps); i++)
		if (steps[i].version == to)
			return run_linked(db, &steps[i].script, NULL, 0);
	return err_new(ERR_FAULT, "nothing leads database %s to schema "
	    "version %u", s->database, to);
}

const struct err *
migrate_use(struct db *db, const struct schema *s)
{
	struct script_var var = {"db", s->database, false};

	return run_text(db, sql_use, &var, 1);
}
