/* SPDX-License-Identifier: MIT */
/* What setup asks: two tables, and what makes an answer right. */
#include "cli/setup_part.h"

#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/conf_edit.h"
#include "lib/conf_secret.h"
#include "lib/keyring.h"
#include "lib/mem.h"
#include "lib/secure_line.h"
#include "lib/text.h"

#include "db/integration.h"
#include "db/migrate_lock.h"
#include "db/node.h"

#include "cli/secret.h"
#include "cli/words.h"

#define HOST_MAX 253

static bool
ran_here(const struct setup *s)
{
	return s->ran_here;
}

static const struct err *
not_a_value(void)
{
	return err_new(ERR_INVALID, "at most 160 characters, none of them ';' "
	    "or a control character");
}

static void
set(char **setting, const char *value)
{
	free(*setting);
	*setting = xstrdup(value);
}

/* --- MariaDB ---------------------------------------------------------- */

static const char *
where_now(const struct setup *s)
{
	const struct db_settings *d = &s->settings->database;

	if (d->socket != NULL)
		return d->socket;
	if (strpbrk(d->host, ":,") != NULL)
		return d->host;
	return arena_fmt(s->c->mem, "%s:%lld", d->host, (long long)d->port);
}

/* HOST, or HOST:PORT; an address of IPv6 has no port behind it. Several are
 * kept as they are. */
static const struct err *
set_host(struct db_settings *d, const char *answer)
{
	const char *colon = strchr(answer, ':');
	size_t len = strlen(answer);
	int64_t port = d->port;
	char host[HOST_MAX + 1];
	struct node_list nodes;

	if (strchr(answer, ',') != NULL) {
		set(&d->host, answer);
		return node_list_read(answer, (unsigned)port, &nodes);
	}
	if (colon != NULL && strchr(colon + 1, ':') == NULL) {
		len = (size_t)(colon - answer);
		if (!text_i64(colon + 1, 1, 65535, &port))
			return err_new(ERR_INVALID, "a port is a number from "
			    "1 to 65535");
	}
	(void)snprintf(host, sizeof host, "%.*s", (int)len, answer);
	if (len > HOST_MAX || !text_class_match("[a-zA-Z0-9.:_-]{1,253}", host))
		return err_new(ERR_INVALID, "give an absolute path, HOST or "
		    "HOST:PORT");
	set(&d->host, host);
	d->port = port;
	return NULL;
}

/* d has no socket yet. */
static const struct err *
set_where(struct db_settings *d, const char *answer)
{
	const struct err *e = NULL;

	if (!conf_edit_takes(answer))
		return not_a_value();
	if (answer[0] == '/')
		set(&d->socket, answer);
	else if ((e = set_host(d, answer)) == NULL && d->password_file == NULL)
		e = err_new(ERR_INVALID, "database.password_file is not set, "
		    "and without a socket there is no other way in");
	return e;
}

static const struct err *
connect_as(struct setup *s, const char *password, enum db_refusal *why)
{
	return err_at(db_open_admin(&s->settings->database, s->admin, password,
	    &s->db, why), "as %s", s->admin);
}

/* Without a person to ask, a refusal is the end, and names the flags. A person
 * is told, and asked by the questions behind this one. */
static const struct err *
refused(const struct setup *s, const struct err *e)
{
	struct err kept = *e;

	if (cli_flag(s->c, "admin-password-file"))
		return e;
	if (s->asks) {
		printf("%s\n", e->text);
		return NULL;
	}
	return err_new(kept.code, "%s; --admin-user and --admin-password-file "
	    "say who is let in", kept.text);
}

/* With what is known now. */
static const struct err *
connect_first(struct setup *s)
{
	const char *file = cli_value(s->c, "admin-password-file");
	const struct err *e = NULL;
	enum db_refusal why;
	char password[256];

	if (file != NULL &&
	    (e = conf_secret(file, password, sizeof password)) != NULL)
		return err_at(e, "--admin-password-file");
	e = connect_as(s, file != NULL ? password : s->password,
	    &why);
	explicit_bzero(password, sizeof password);
	return e != NULL && why == DB_LOGIN_REFUSED ? refused(s, e) : e;
}

/* What the settings say is not examined again. After a wrong answer they are as
 * they were. */
static const struct err *
take_where(struct setup *s, const char *answer)
{
	struct db_settings *d = &s->c->settings.database, other = *d;
	const struct err *e;

	if (strcmp(answer, where_now(s)) == 0)
		return connect_first(s);
	d->socket = NULL;
	d->host = other.host != NULL ? xstrdup(other.host) : NULL;
	if ((e = set_where(d, answer)) == NULL)
		e = connect_first(s);
	if (e != NULL) {
		struct db_settings wrong = *d;

		*d = other;
		other = wrong;
	}
	free(other.socket);
	free(other.host);
	return e;
}

static bool
is_refused(const struct setup *s)
{
	return s->db == NULL;
}

static const char *
root(const struct setup *s)
{
	(void)s;
	return "root";
}

static const struct err *
take_admin(struct setup *s, const char *answer)
{
	s->admin = arena_fmt(s->c->mem, "%s", answer);
	return NULL;
}

static const struct err *
take_password(struct setup *s, const char *answer)
{
	enum db_refusal why;

	return connect_as(s, answer, &why);
}

/* --- the key file ----------------------------------------------------- */

static const char *
key_file_now(const struct setup *s)
{
	return s->settings->secrets.key_file;
}

static bool
knows_key_file(const struct setup *s)
{
	const char *file = key_file_now(s);

	return s->ran_here || (file != NULL && secret_exists(file));
}

/* setup makes one directory, not two. */
static bool
has_place(struct arena *a, const char *path)
{
	const char *dir = path;

	for (int up = 0; up < 2; up++) {
		const char *slash = strrchr(dir, '/');

		if (slash == NULL || slash == dir)
			return true;
		dir = arena_text(a, dir, (size_t)(slash - dir));
		if (access(dir, F_OK) == 0)
			return true;
	}
	return false;
}

static const struct err *
check_key_file(struct setup *s, const char *path)
{
	struct keyring *keyring = NULL;
	const struct err *e;

	if (!secret_exists(path))
		return has_place(s->c->mem, path) ? NULL :
		    err_new(ERR_INVALID, "there is no directory for %s", path);
	e = keyring_new(path, &keyring);
	keyring_free(keyring);
	return e;
}

/* Another key file would not open what is sealed under this one. */
static const struct err *
take_key_file(struct setup *s, const char *answer)
{
	char **setting = &s->c->settings.secrets.key_file;
	const struct err *e;

	if (*setting != NULL && strcmp(*setting, answer) == 0)
		return NULL; /* its step looks at it */
	if (answer[0] != '/')
		return err_new(ERR_INVALID, "give an absolute path");
	if (!conf_edit_takes(answer))
		return not_a_value();
	if (*setting != NULL && secret_exists(*setting))
		return err_new(ERR_CONFLICT, "%s is the key file already: to "
		    "move it, do so and set secrets.key_file", *setting);
	if ((e = check_key_file(s, answer)) == NULL)
		set(setting, answer);
	return e;
}

/* --- the doorbell over machines --------------------------------------- */

static bool
has_machines(const struct setup *s)
{
	return s->cluster;
}

static bool
knows_doorbell_key(const struct setup *s)
{
	return s->ran_here || s->settings->sendd.listen_key_file != NULL;
}

static const char *
doorbell_key_now(const struct setup *s)
{
	return s->settings->sendd.listen_key_file;
}

static const struct err *
check_doorbell_key(struct setup *s, const char *path)
{
	struct secure_key *key = NULL;
	const struct err *e;

	if (!secret_exists(path))
		return has_place(s->c->mem, path) ? NULL :
		    err_new(ERR_INVALID, "there is no directory for %s", path);
	e = secure_key_read(path, &key);
	secure_key_free(key);
	return e;
}

/* Only who names it has it made: on a second machine it would be another key
 * than that of the first. */
static const struct err *
take_doorbell_key(struct setup *s, const char *answer)
{
	char **setting = &s->c->settings.sendd.listen_key_file;
	const struct err *e;

	if (answer[0] != '/')
		return err_new(ERR_INVALID, "give an absolute path");
	if (!conf_edit_takes(answer))
		return not_a_value();
	if ((e = check_doorbell_key(s, answer)) != NULL)
		return e;
	s->makes_doorbell_key = cli_flag(s->c, "doorbell-key") ||
	    *setting == NULL || strcmp(*setting, answer) != 0;
	if (*setting == NULL || strcmp(*setting, answer) != 0)
		set(setting, answer);
	return NULL;
}

/* --- the web server --------------------------------------------------- */

static bool
may_give_rights(const struct setup *s)
{
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): the command has one thread */
	return geteuid() == 0 && getgrnam(SETUP_GROUP) != NULL &&
	    s->settings->database.password_file != NULL;
}

static const struct err *
take_web_user(struct setup *s, const char *answer)
{
	const struct err *e;

	s->web_user = arena_fmt(s->c->mem, "%s", answer);
	if ((e = setup_web_check(s)) != NULL)
		s->web_user = NULL;
	return e;
}

/* --- the first integration -------------------------------------------- */

static bool
callers_log_in(const struct setup *s)
{
	return s->settings->api.auth == AUTH_BASIC;
}

static bool
has_our_tables(const struct setup *s)
{
	return s->schema.kind == SCHEMA_OURS;
}

/* Its secret is shown to a person, or written where a flag says. */
static const struct err *
take_integration(struct setup *s, const char *answer)
{
	const char *file = cli_value(s->c, "secret-file");
	const struct err *e = integration_check_name(answer);

	if (e != NULL)
		return e;
	if (file == NULL && (!isatty(STDOUT_FILENO) || s->c->json))
		return cli_misused(s->c, "without a terminal, --secret-file "
		    "must say where its token and secret are to be written");
	if (file != NULL && !has_our_tables(s) && secret_exists(file))
		return err_new(ERR_CONFLICT, "%s exists", file);
	s->integration = arena_fmt(s->c->mem, "%s", answer);
	return NULL;
}

static bool
has_integration(const struct setup *s)
{
	return s->integration != NULL;
}

static const char *
usual_roles(const struct setup *s)
{
	(void)s;
	return "device,send";
}

static const struct err *
take_roles(struct setup *s, const char *answer)
{
	const char **words;
	size_t n;

	words = words_of(s->c->mem, answer, &n);
	return integration_roles(s->c->mem, words, n, &s->roles);
}

/* --- the tables ------------------------------------------------------- */

static const struct setup_question reach[] = {
	{{"socket", "host"}, "Socket of MariaDB, or its HOST or HOST:PORT",
	    .is_known = ran_here, .standard = where_now, .take = take_where},
	{{"admin-user"}, "MariaDB's administrator",
	    .applies = is_refused, .standard = root, .take = take_admin},
	{{NULL}, "Password", .is_secret = true,
	    .applies = is_refused, .take = take_password},
};

static const struct setup_question wishes[] = {
	{{"key-file"}, "File for the key that seals credentials",
	    .is_known = knows_key_file, .standard = key_file_now,
	    .take = take_key_file},
	{{"doorbell-key"}, "File for the key by which machines ring each "
	    "other's sendd",
	    .applies = has_machines, .is_known = knows_doorbell_key,
	    .standard = doorbell_key_now, .take = take_doorbell_key},
	{{"web-user"}, "User of a web server that starts the responders "
	    "itself",
	    .applies = may_give_rights, .is_known = ran_here,
	    .take = take_web_user},
	{{"integration"}, "Name of the first program that may call",
	    .applies = callers_log_in, .is_known = has_our_tables,
	    .take = take_integration},
	{{"role"}, "What it may do: device, send, campaign, inbox, admin, "
	    "status",
	    .applies = has_integration, .is_known = has_our_tables,
	    .standard = usual_roles, .take = take_roles},
};

const struct err *
setup_reach(struct setup *s)
{
	return setup_answer(s, reach, nitems(reach));
}

const struct err *
setup_ask(struct setup *s)
{
	const struct err *e = s->single ? NULL
	    : migrate_is_cluster(s->db, &s->cluster);

	if (e == NULL)
		e = setup_answer(s, wishes, nitems(wishes));
	if (e == NULL && s->integration == NULL &&
	    (cli_flag(s->c, "role") || cli_flag(s->c, "secret-file")))
		e = cli_misused(s->c, "--role and --secret-file are for an "
		    "--integration");
	return e;
}
