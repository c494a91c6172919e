/* SPDX-License-Identifier: MIT */
/* Database users, one per program, with their passwords and privileges. */
#include "cli/setup_part.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/conf_expand.h"
#include "lib/conf_secret.h"
#include "lib/mem.h"
#include "lib/net.h"

#include "db/rights.h"

#include "cli/secret.h"

const char *const setup_programs[SETUP_PROGRAMS] = {
    "push", "inbox", "admin", "sendd", "cli", "maintain"};

struct user {
	const char *program;
	char *name, *file; /* file NULL: login by the socket */
	bool fresh; /* the file was made in this run */
};

/* --- hosts ------------------------------------------------------------ */

/* The hosts of MariaDB's user@host, for net_item. */
static const char *
hosts_of(const struct settings *s)
{
	if (s->database.user_hosts != NULL)
		return s->database.user_hosts;
	return s->database.socket != NULL ? "localhost" : "%";
}

/* For people: with its host where there may be several. */
static const char *
user_text(const struct setup *s, const struct user *u, const char *host)
{
	return s->settings->database.user_hosts == NULL ? u->name :
	    arena_fmt(s->c->mem, "%s@%s", u->name, host);
}

/* --- one user at one host --------------------------------------------- */

static const struct err *
exists_at(struct setup *s, const struct user *u, const char *host,
    bool *exists)
{
	struct rows *r;
	const struct err *e = db_query(s->db, SQL_ADMIN_USER,
	    VALUES(v_text(u->name), v_text(host)), &r);

	if (e != NULL)
		return e;
	*exists = db_next(r) && db_u64(r, 0) != 0;
	db_done(r);
	return NULL;
}

static const struct err *
user_script(struct setup *s, const struct user *u, const char *host,
    const char *text, const char *password)
{
	const struct script_var vars[] = {
	    {"user", u->name, true},
	    {"host", host, true},
	    {"password", password, true}};

	return db_script(s->db, text, strlen(text), vars, nitems(vars));
}

/* password NULL: login by the socket. change: an existing one gets it, too. */
static const struct err *
make_at(struct setup *s, const struct user *u, const char *host,
    const char *password, bool change)
{
	const char *text = user_text(s, u, host);
	const struct err *e;
	bool exists;

	if ((e = exists_at(s, u, host, &exists)) != NULL)
		return e;
	if (exists && !change) {
		setup_same(s, "user %s", text);
		return NULL;
	}
	if (password == NULL)
		e = user_script(s, u, host, sql_create_user_socket, "");
	else
		e = user_script(s, u, host, exists ? sql_set_password :
		    sql_create_user_password, password);
	if (e == NULL)
		setup_did(s, "%s user %s%s", exists ? "set password of" :
		    "created", text, password == NULL ?
		    ", known by the socket" : "");
	return e;
}

static const struct err *
make_at_hosts(struct setup *s, const struct user *u, const char *password,
    bool change)
{
	const char *list = hosts_of(s->settings);
	const struct err *e = NULL;
	char host[NET_ITEM];

	while (e == NULL && net_item(&list, host))
		e = make_at(s, u, host, password, change);
	return e;
}

/* --- one user --------------------------------------------------------- */

static const struct err *
by_socket(struct setup *s, struct user *u)
{
	if (s->settings->database.socket == NULL)
		return err_new(ERR_INVALID, "database.password_file is not "
		    "set, and without a socket there is no other way in");
	return make_at_hosts(s, u, NULL, false);
}

/* First the database, then the file: after a kill in between there is no file,
 * and the next run starts again. */
static const struct err *
new_password(struct setup *s, struct user *u)
{
	char password[SECRET_TEXT], os_user[64];
	const struct err *e;

	(void)snprintf(os_user, sizeof os_user, "outpost-%s", u->program);
	secret_new(password);
	e = make_at_hosts(s, u, password, true);
	if (e == NULL)
		e = secret_write(u->file, password, os_user, NULL);
	explicit_bzero(password, sizeof password);
	if (e != NULL)
		return e;
	u->fresh = true;
	setup_did(s, "created password file %s", u->file);
	return NULL;
}

/* shared: this database user also has the new password of another program. */
static const struct err *
known_password(struct setup *s, struct user *u, bool shared)
{
	char password[256];
	const struct err *e;

	if ((e = conf_secret(u->file, password, sizeof password)) == NULL)
		e = make_at_hosts(s, u, password, shared);
	explicit_bzero(password, sizeof password);
	return e;
}

static const struct err *
make_user(struct setup *s, struct user *users, size_t i)
{
	struct user *u = &users[i];
	bool fresh = false;

	for (size_t k = 0; k < i; k++) {
		if (strcmp(users[k].name, u->name) == 0)
			return NULL;
		if (u->file != NULL && users[k].file != NULL &&
		    strcmp(users[k].file, u->file) == 0)
			fresh = users[k].fresh;
	}
	if (u->file == NULL)
		return by_socket(s, u);
	if (!secret_exists(u->file))
		return new_password(s, u);
	return known_password(s, u, fresh);
}

const struct err *
setup_users(struct setup *s)
{
	struct user users[SETUP_PROGRAMS] = {{NULL}};
	const struct err *e = NULL;

	for (size_t i = 0; i < SETUP_PROGRAMS; i++) {
		users[i].program = setup_programs[i];
		users[i].name = conf_expand(s->settings->database.user,
		    setup_programs[i]);
		users[i].file = conf_expand(
		    s->settings->database.password_file, setup_programs[i]);
	}
	for (size_t i = 0; e == NULL && i < SETUP_PROGRAMS; i++)
		e = make_user(s, users, i);
	for (size_t i = 0; i < SETUP_PROGRAMS; i++) {
		free(users[i].name);
		free(users[i].file);
	}
	return e;
}

const struct err *
setup_rights(struct setup *s)
{
	struct rights_user users[SETUP_PROGRAMS];
	char *names[SETUP_PROGRAMS];
	bool given = false, taken = false;
	const char *list = hosts_of(s->settings);
	const struct err *e = NULL;
	char host[NET_ITEM];

	for (size_t i = 0; i < SETUP_PROGRAMS; i++) {
		names[i] = conf_expand(s->settings->database.user,
		    setup_programs[i]);
		users[i] = (struct rights_user){setup_programs[i], names[i]};
	}
	while (e == NULL && net_item(&list, host))
		e = rights_set(s->db, s->schema.database, host, users,
		    SETUP_PROGRAMS, &given, &taken);
	for (size_t i = 0; i < SETUP_PROGRAMS; i++)
		free(names[i]);
	if (e != NULL)
		return e;
	if (given)
		setup_did(s, "gave the users their rights");
	if (taken)
		setup_did(s, "took rights from the users that they need not");
	if (!given && !taken)
		setup_same(s, "rights of the users");
	return NULL;
}
