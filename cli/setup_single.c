/* SPDX-License-Identifier: MIT */
/*
 * outpost setup --single-user: a host that gives one database and one user of
 * it, and no right to make others. The tables are made in the database itself;
 * all programs have that user; secrets and socket lie beside the settings, and
 * calls start the sending program, because such a host has no daemon either.
 */
#include "cli/setup_part.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/conf_edit.h"
#include "lib/conf_secret.h"
#include "lib/mem.h"

#include "core/settings.h"

#include "cli/secret.h"

#define DIRECTORY_MAX 90 /* bytes: the name of a socket follows, of 107 */
#define LOG_WARNING 1	 /* [log] level: cron mails what is logged */

static void
put(char **setting, const char *value)
{
	char *old = *setting; /* may be the value */

	*setting = value != NULL ? xstrdup(value) : NULL;
	free(old);
}

/* --- questions -------------------------------------------------------- */

/* The one user is in the settings: none that differs by program. */
static bool
knows_user(const struct setup *s)
{
	return strstr(s->settings->database.user, "%p") == NULL;
}

static const char *
database_now(const struct setup *s)
{
	return knows_user(s) ? s->settings->database.name : NULL;
}

static const char *
user_now(const struct setup *s)
{
	return knows_user(s) ? s->settings->database.user : NULL;
}

static bool
needs_password(const struct setup *s)
{
	const char *file = s->settings->database.password_file;

	return !cli_flag(s->c, "admin-password-file") &&
	    (file == NULL || !secret_exists(file));
}

static const struct err *
take_name(char **setting, const char *answer)
{
	if (!conf_edit_takes(answer) || answer[0] == '\0')
		return err_new(ERR_INVALID, "give a name");
	put(setting, answer);
	return NULL;
}

static const struct err *
take_database(struct setup *s, const char *answer)
{
	return take_name(&s->c->settings.database.name, answer);
}

static const struct err *
take_user(struct setup *s, const char *answer)
{
	if (strstr(answer, "%p") != NULL)
		return err_new(ERR_INVALID, "it is one user, without %%p");
	return take_name(&s->c->settings.database.user, answer);
}

static const struct err *
take_one_password(struct setup *s, const char *answer)
{
	s->password = arena_text(s->c->mem, answer, strlen(answer));
	arena_wipe(s->c->mem, s->password, strlen(s->password));
	return NULL;
}

static const struct setup_question questions[] = {
	{{"database"}, "Name of the database, which exists",
	    .is_known = knows_user, .standard = database_now,
	    .take = take_database},
	{{"admin-user"}, "Its user", .is_known = knows_user,
	    .standard = user_now, .take = take_user},
	{{NULL}, "Password", .is_secret = true, .applies = needs_password,
	    .take = take_one_password},
};

/* --- where things are ------------------------------------------------- */

static const struct err *
find_directory(const struct setup *s, char dir[PATH_MAX])
{
	const struct err *e = NULL;

	if (realpath(s->settings->file, dir) == NULL)
		return err_errno("cannot find %s", s->settings->file);
	*strrchr(dir, '/') = '\0';
	if (strlen(dir) > DIRECTORY_MAX || !conf_edit_takes(dir))
		e = err_new(ERR_INVALID, "the settings lie in %s, which is "
		    "too long a name, or has a ';'", dir);
	return e;
}

/* Beside the settings, unless a person has set another place than that of a
 * host with services. */
static void
move_beside(struct setup *s, const char *dir, char **setting,
    const char *usual, const char *name)
{
	if ((*setting == NULL) != (usual == NULL) ||
	    (usual != NULL && strcmp(*setting, usual) != 0))
		return;
	put(setting, arena_fmt(s->c->mem, "%s/%s", dir, name));
}

static const struct err *
find_places(struct setup *s)
{
	struct settings *now = &s->c->settings;
	char dir[PATH_MAX];
	const struct err *e = find_directory(s, dir);

	if (e != NULL || knows_user(s))
		return e;
	move_beside(s, dir, &now->database.password_file, NULL, "db-password");
	move_beside(s, dir, &now->secrets.key_file,
	    "/etc/outpost/secret.key", "secret.key");
	move_beside(s, dir, &now->sendd.doorbell, "/run/outpost/sendd.sock",
	    "sendd.sock");
	put(&now->api.counters, NULL);
	now->api.deliver = DELIVER_AUTO;
	now->log.level = LOG_WARNING;
	return NULL;
}

/* The password by which setup connects, and the programs later. */
static const struct err *
find_password(struct setup *s)
{
	const char *file = cli_value(s->c, "admin-password-file");
	const struct err *e = NULL;
	char text[256];

	if (file == NULL)
		file = s->settings->database.password_file;
	if (s->password == NULL && file != NULL && secret_exists(file) &&
	    (e = conf_secret(file, text, sizeof text)) == NULL)
		(void)take_one_password(s, text);
	explicit_bzero(text, sizeof text);
	return e;
}

const struct err *
setup_single_ask(struct setup *s)
{
	const struct err *e;

	if (cli_flag(s->c, "web-user"))
		return cli_misused(s->c, "--web-user is for users of their "
		    "own, not for --single-user");
	if ((e = find_places(s)) != NULL ||
	    (e = setup_answer(s, questions, nitems(questions))) != NULL ||
	    (e = find_password(s)) != NULL)
		return e;
	if (!knows_user(s) || s->password == NULL)
		return cli_misused(s->c, "--single-user needs --database, "
		    "--admin-user and --admin-password-file");
	s->admin = s->settings->database.user;
	return NULL;
}

/* --- steps ------------------------------------------------------------ */

const struct err *
setup_single_password(struct setup *s)
{
	const char *file = s->settings->database.password_file;
	const struct err *e;

	if (secret_exists(file)) {
		setup_same(s, "password file %s", file);
		return NULL;
	}
	if ((e = secret_write(file, s->password, NULL, NULL)) == NULL)
		setup_did(s, "created password file %s", file);
	return e;
}

const struct err *
setup_single_database(struct setup *s)
{
	const char *name = s->schema.database;
	const struct err *e;

	s->schema.in_place = true;
	if (!s->schema.exists)
		return err_new(ERR_MISSING, "there is no database %s that %s "
		    "can see: make it first, and give this user all rights "
		    "on it", name, s->admin);
	if (s->schema.kind == SCHEMA_PUBLISHED)
		return err_new(ERR_CONFLICT, "database %s has the tables of "
		    "the published server: only an administrator can move "
		    "them, without --single-user", name);
	if (s->schema.kind == SCHEMA_NONE && s->schema.taken)
		return err_new(ERR_CONFLICT, "database %s has tables of "
		    "another program whose names begin with push_", name);
	setup_same(s, "database %s", name);
	if (s->schema.kind != SCHEMA_OURS || s->schema.version > 0)
		return NULL;
	if ((e = migrate_clear(s->db, &s->schema)) == NULL)
		setup_did(s, "removed what a setup that was stopped has left");
	return e;
}

const struct err *
setup_single_warn(struct setup *s)
{
	if (json_len(s->done) == 0)
		return NULL;
	setup_warn(s, "all programs have one database user: who breaks into "
	    "one of them has the keys, devices and messages of all, and can "
	    "change the audit trail, the tables themselves and whatever else "
	    "lies in this database");
	setup_warn(s, "all programs have one user of the system, who can read "
	    "the key file: so can every other program of this account");
	return NULL;
}
