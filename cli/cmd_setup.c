/* SPDX-License-Identifier: MIT */
/*
 * outpost setup: from nothing, or from the published server's database, to
 * a database that our programs can use. Each step finds out what exists; a
 * second run finds nothing to do, and a run after a kill does the rest.
 */
#include "cli/setup_part.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/conf_expand.h"
#include "lib/mem.h"

#include "db/audit.h"
#include "db/migrate_lock.h"
#include "db/sealed_walk.h"
#include "db/server.h"

#include "cli/audited.h"
#include "cli/doctor.h"
#include "cli/secret.h"
#include "cli/terminal.h"

#define SUMMARY_MAX 60 /* sentences of at most 512 bytes each */

static const struct cli_option options[] = {
	{"socket", "FILE", "of MariaDB, on this machine"},
	{"host", "HOST", "or HOST:PORT, MariaDB on another machine"},
	{"admin-user", "USER", "MariaDB's administrator (default root)"},
	{"admin-password-file", "FILE", "his password; else by the socket"},
	{"key-file", "FILE", "the key that seals credentials"},
	{"doorbell-key", "FILE", "the key to ring sendd of other machines"},
	{"web-user", "USER",
	    "lets a web server of this user start the responders"},
	{"integration", "NAME", "a first program that may call"},
	{"role", "ROLES", "what it may do (default device,send)"},
	{"secret-file", "FILE", "for its token and secret"},
	{"old-time-zone", "ZONE",
	    "of a published server that moves in (default +00:00)"},
	{"single-user", NULL, "one database that exists, with one user"},
	{"database", "NAME", "with it: the name of that database"},
	{"yes", NULL, "ask nothing, take the defaults"},
	{"no-doctor", NULL, "do not end with the doctor"},
	{NULL}};

/* --- reports ---------------------------------------------------------- */

__attribute__((format(printf, 5, 0))) static void
tell(struct json *list, bool aloud, FILE *out, const char *before,
    const char *fmt, va_list ap)
{
	char text[512];

	(void)vsnprintf(text, sizeof text, fmt, ap);
	json_add_text(list, text);
	if (aloud) {
		(void)fprintf(out, "%s%s\n", before, text);
		(void)fflush(out);
	}
}

void
setup_did(struct setup *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	tell(s->done, !s->c->json, stdout, "", fmt, ap);
	va_end(ap);
}

void
setup_same(struct setup *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	tell(s->unchanged, false, stdout, "", fmt, ap);
	va_end(ap);
}

void
setup_warn(struct setup *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	tell(s->warnings, true, stderr, "warning: ", fmt, ap);
	va_end(ap);
}

/* A finding of the doctor is no fault of setup: sendd may not run yet. */
static void
report_json(struct setup *s, bool with_doctor)
{
	struct json *j = json_new_object(s->c->mem);

	json_set(j, "done", s->done);
	json_set(j, "unchanged", s->unchanged);
	json_set(j, "warnings", s->warnings);
	if (s->cluster)
		json_set(j, "copy", s->copy);
	if (with_doctor)
		(void)cli_doctor(s->c, true, json_set_object(j, "doctor"));
	cli_print(j);
}

static void
report_text(struct setup *s, bool with_doctor)
{
	if (json_len(s->done) == 0) {
		puts("nothing to do");
	} else {
		for (size_t i = 0; i < json_len(s->unchanged); i++)
			printf("unchanged: %s\n",
			    json_text(json_at(s->unchanged, i), ""));
	}
	if (s->cluster)
		puts("\nThe other machines need these files as they are here; "
		    "outpost-scale(7) says which:");
	for (size_t i = 0; s->cluster && i < json_len(s->copy); i++)
		printf("  %s\n", json_text(json_at(s->copy, i), ""));
	if (!with_doctor)
		return;
	puts("\nThe doctor:");
	(void)cli_doctor(s->c, true, NULL);
}

static void
report(struct setup *s)
{
	bool with_doctor = !cli_flag(s->c, "no-doctor");

	if (s->c->json)
		report_json(s, with_doctor);
	else
		report_text(s, with_doctor);
}

/* --- the steps -------------------------------------------------------- */

const struct err *
setup_key_file(struct setup *s)
{
	const char *path = s->settings->secrets.key_file;
	struct keyring *keyring = NULL;
	const struct err *e;

	if (path == NULL)
		return err_new(ERR_INVALID, "secrets.key_file is not set");
	if (secret_exists(path)) {
		e = keyring_new(path, &keyring);
		keyring_free(keyring);
		setup_same(s, "key file %s", path);
		return e;
	}
	if ((e = secret_make(path, SETUP_GROUP)) == NULL)
		setup_did(s, "created key file %s: keep a copy of it apart "
		    "from the database", path);
	return e;
}

static const struct err *
make_tables(struct setup *s)
{
	const char *zone = cli_value(s->c, "old-time-zone");
	const struct schema *schema = &s->schema;
	const struct err *e;

	if (zone == NULL)
		zone = "+00:00";
	if (schema->kind == SCHEMA_PUBLISHED && !s->c->json)
		puts("moving the published server's tables ...");
	(void)fflush(stdout);
	if ((e = migrate_create(s->db, schema, zone)) != NULL)
		return e;
	if (schema->kind == SCHEMA_PUBLISHED)
		setup_did(s, "moved the published server's tables to schema "
		    "version %d, taking their times as %s", SQL_SCHEMA_NOW,
		    zone);
	else
		setup_did(s, "created tables, schema version %d",
		    SQL_SCHEMA_NOW);
	return NULL;
}

static const struct err *
step_tables(struct setup *s)
{
	const struct err *e;

	if (s->schema.version == SQL_SCHEMA_NOW)
		setup_same(s, "tables, schema version %d", SQL_SCHEMA_NOW);
	for (unsigned v = s->schema.version + 1; v <= SQL_SCHEMA_NOW; v++) {
		if ((e = migrate_step(s->db, &s->schema, v)) != NULL)
			return e;
		setup_did(s, "brought tables to schema version %u", v);
	}
	return NULL;
}

static void
warn_alive(void *arg, const char *name, const char *host)
{
	setup_warn(arg, "sendd \"%s\"%s%s works on these tables: programs of "
	    "the release before should be stopped before they change, or be "
	    "restarted as those of this release right after", name,
	    host[0] != '\0' ? " on host " : "", host);
}

/* Warn before the first change of programs that run: they see the tables
 * change. */
static const struct err *
look_who_runs(struct setup *s)
{
	if (s->schema.kind != SCHEMA_OURS ||
	    s->schema.version == SQL_SCHEMA_NOW)
		return NULL;
	return migrate_alive(s->db, &s->schema, s->settings->sendd.lease_ms,
	    warn_alive, s);
}

/* Report these devices, because an administrator will miss them. */
static const struct err *
tell_tokens(struct setup *s)
{
	struct migrated m;
	const struct err *e = migrate_tokens(s->db, &m);

	if (e != NULL)
		return e;
	if (m.merged > 0)
		setup_did(s, "removed %llu registrations: their token was "
		    "registered later in another spelling",
		    (unsigned long long)m.merged);
	if (m.set_aside > 0)
		setup_did(s, "put %llu devices into quarantine: what they "
		    "have is not a token", (unsigned long long)m.set_aside);
	return NULL;
}

static const struct err *
make_database(struct setup *s)
{
	const char *name = s->schema.database;
	const struct err *e = NULL;

	if (s->schema.exists)
		setup_same(s, "database %s", name);
	else if ((e = migrate_create_database(s->db, &s->schema)) == NULL)
		setup_did(s, "created database %s", name);
	if (e != NULL || !s->schema.leftover)
		return e;
	if ((e = migrate_tidy(s->db, &s->schema)) == NULL)
		setup_did(s, "removed what a setup that was stopped has left");
	return e;
}

const struct err *
setup_tables(struct setup *s)
{
	const char *name = s->schema.database;
	const struct err *e;

	if ((e = migrate_lock(s->db, name, s->single)) != NULL)
		return e;
	s->has_lock = true;
	if ((e = migrate_look(s->db, &s->schema)) != NULL ||
	    (e = s->single ? setup_single_database(s) : NULL) != NULL ||
	    (e = look_who_runs(s)) != NULL ||
	    (e = s->single ? NULL : make_database(s)) != NULL)
		return e;
	e = s->schema.kind != SCHEMA_OURS ? make_tables(s) : step_tables(s);
	s->has_tables = e == NULL;
	return e != NULL ? e : tell_tokens(s);
}

static void
tell_sealed(const struct sealed_found *b, void *arg)
{
	if (b->state == SEALED_PLAINTEXT && b->resealed)
		setup_did(arg, "sealed %s of application %s", b->column,
		    b->app_id);
	else if (b->state == SEALED_UNREADABLE)
		setup_warn(arg, "%s of application %s does not open under "
		    "the key file: give it anew", b->column, b->app_id);
}

const struct err *
setup_seal(struct setup *s)
{
	struct keyring *keyring;
	const struct err *e = migrate_use(s->db, &s->schema);

	if (e != NULL ||
	    (e = keyring_new(s->settings->secrets.key_file, &keyring)) != NULL)
		return e;
	e = sealed_walk(s->db, keyring, SEALED_SEAL, tell_sealed, s);
	keyring_free(keyring);
	return e;
}

/* --- the command ------------------------------------------------------ */

/* Warn of settings of the server that break a guarantee of ours; refuse, before
 * any change, a setting with which none of our programs could write. */
static const struct err *
check_server(struct setup *s)
{
	struct server_look l;
	const struct err *e = server_look(s->db, s->c->mem, &l);

	if (e != NULL)
		return e;
	if (l.cannot_log)
		return err_new(ERR_INVALID, "the server's binlog_format is "
		    "STATEMENT, which cannot log what our programs write "
		    "(READ COMMITTED): set it to MIXED or ROW");
	for (unsigned i = 0; i < l.n; i++)
		setup_warn(s, "%s", l.warnings[i]);
	return NULL;
}

/* The summary for the audit trail, bounded: it does not list the key of each of
 * a thousand applications. */
static const char *
summary(const struct setup *s)
{
	struct json *list = json_new_array(s->c->mem);
	size_t n = json_len(s->done);

	for (size_t i = 0; i < n && i < SUMMARY_MAX; i++)
		json_add(list, json_at(s->done, i));
	if (n > SUMMARY_MAX)
		json_add_text(list, arena_fmt(s->c->mem, "and %zu more",
		    n - SUMMARY_MAX));
	return json_write(list, NULL);
}

/* Setup has many transactions, and statements that commit implicitly; one of
 * them may create the table of the audit trail. So the audit row is written
 * last, when another setup may begin, and it reports what was done even when
 * setup failed. */
static const struct err *
leave_row(struct setup *s, const struct err *failure)
{
	struct err kept = failure != NULL ? *failure : (struct err){0};
	const struct err *e = NULL;

	if (s->has_lock)
		migrate_unlock(s->db, s->schema.database);
	if (json_len(s->done) > 0 && s->has_tables)
		e = audit_add(s->db, &(struct audit){.who = cli_who(s->c),
		    .action = "setup", .object = s->schema.database,
		    .detail = summary(s)});
	return failure != NULL ? err_new(kept.code, "%s", kept.text) : e;
}

/* Is what the flags say possible together? */
static const struct err *
check_flags(struct setup *s)
{
	const char *socket = cli_value(s->c, "socket");
	const char *host = cli_value(s->c, "host");

	if (socket != NULL && host != NULL)
		return cli_misused(s->c, "give --socket or --host");
	if (socket != NULL && socket[0] != '/')
		return cli_misused(s->c, "--socket takes an absolute path");
	if (!s->single && cli_flag(s->c, "database"))
		return cli_misused(s->c, "--database goes with --single-user; "
		    "else set database.name");
	if (host != NULL && host[0] == '/')
		return cli_misused(s->c, "--host takes HOST or HOST:PORT");
	return NULL;
}

/* Without a lock, which would be held while somebody thinks. */
static const struct err *
look_for_tables(struct setup *s)
{
	s->schema.database = s->settings->database.name;
	return migrate_look(s->db, &s->schema);
}

/* Were the password file of this command's user made here, or if there are to
 * be none, the key file? */
static bool
has_run_here(const struct settings *settings)
{
	char *file = conf_expand(settings->database.password_file, "cli");
	const char *made = file != NULL ? file : settings->secrets.key_file;
	bool has = made != NULL && secret_exists(made);

	free(file);
	return has;
}

typedef const struct err *step(struct setup *s);

/* The order matters: each step needs the results of the steps before it.
 * Nothing is changed before setup_conf. */
static const struct err *
take_steps(struct setup *s)
{
	static step *const usual[] = {check_flags, setup_reach, check_server,
	    look_for_tables, setup_ask, setup_conf, setup_key_file,
	    setup_doorbell_key, setup_tables, setup_seal, setup_users,
	    setup_rights, setup_web_user, setup_integration, setup_machines,
	    NULL};
	static step *const single[] = {check_flags, setup_single_ask,
	    setup_reach, check_server, look_for_tables, setup_ask, setup_conf,
	    setup_key_file, setup_single_password, setup_tables, setup_seal,
	    setup_integration, setup_single_warn, NULL};
	const struct err *e = NULL;

	for (step *const *i = s->single ? single : usual; *i != NULL &&
	    e == NULL; i++)
		e = (*i)(s);
	return leave_row(s, e);
}

static const struct err *
run_setup(struct cli *c)
{
	struct setup s = {.c = c, .settings = &c->settings, .admin = "root"};
	const struct err *e;

	s.single = cli_flag(c, "single-user");
	if (cli_flag(c, "admin-user"))
		s.admin = cli_value(c, "admin-user");
	s.asks = terminal_is() && !c->json && !cli_flag(c, "yes");
	s.ran_here = has_run_here(&c->settings);
	s.done = json_new_array(c->mem);
	s.unchanged = json_new_array(c->mem);
	s.warnings = json_new_array(c->mem);
	s.copy = json_new_array(c->mem);
	e = take_steps(&s);
	db_close(s.db);
	if (e == NULL)
		report(&s);
	return e;
}

const struct command setup_commands[] = {
	{"setup", NULL, {NULL},
	    "make or update database, tables, users and key file",
	    options, run_setup, NEEDS_SETTINGS},
	{NULL}};
