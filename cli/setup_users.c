/* SPDX-License-Identifier: MIT */
/* Database users, one per program, with their passwords and privileges. */
#include "cli/setup_part.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/conf_expand.h"
#include "lib/conf_secret.h"
#include "lib/mem.h"

#include "db/rights.h"

#include "cli/secret.h"

/* %p of the settings; the system's user of a program is "outpost-" and it. */
static const char *const programs[] = {
    "push", "inbox", "admin", "sendd", "cli", "maintain"};

struct user {
	const char *program;
	char *name, *file; /* file NULL: login by the socket */
	bool exists;
	bool fresh;  /* the file was made in this run */
};

static const char *
host_of(const struct settings *s)
{
	return s->database.socket != NULL ? "localhost" : "%";
}

static const struct err *
look(struct setup *s, struct user *u)
{
	struct rows *r;
	const struct err *e = db_query(s->db, SQL_ADMIN_USER,
	    VALUES(v_text(u->name), v_text(host_of(s->settings))), &r);

	if (e != NULL)
		return e;
	u->exists = db_next(r) && db_u64(r, 0) != 0;
	db_done(r);
	return NULL;
}

static const struct err *
script(struct setup *s, const struct user *u, const char *text,
    const char *password)
{
	const struct script_var vars[] = {
	    {"user", u->name, true},
	    {"host", host_of(s->settings), true},
	    {"password", password, true}};

	return db_script(s->db, text, strlen(text), vars, nitems(vars));
}

static const struct err *
by_socket(struct setup *s, struct user *u)
{
	const struct err *e;

	if (s->settings->database.socket == NULL)
		return err_new(ERR_INVALID, "database.password_file is not "
		    "set, and without a socket there is no other way in");
	if (u->exists) {
		setup_same(s, "user %s", u->name);
		return NULL;
	}
	if ((e = script(s, u, sql_create_user_socket, "")) == NULL)
		setup_did(s, "created user %s, known by the socket", u->name);
	return e;
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
	e = script(s, u, u->exists ? sql_set_password :
	    sql_create_user_password, password);
	if (e == NULL)
		e = secret_write(u->file, password, os_user, NULL);
	explicit_bzero(password, sizeof password);
	if (e != NULL)
		return e;
	u->fresh = true;
	setup_did(s, "%s user %s", u->exists ? "set password of" : "created",
	    u->name);
	setup_did(s, "created password file %s", u->file);
	return NULL;
}

/* shared: this database user also has the new password of another program. */
static const struct err *
known_password(struct setup *s, struct user *u, bool fresh)
{
	char password[256];
	const struct err *e;

	if (u->exists && !fresh) {
		setup_same(s, "user %s", u->name);
		return NULL;
	}
	if ((e = conf_secret(u->file, password, sizeof password)) == NULL)
		e = script(s, u, u->exists ? sql_set_password :
		    sql_create_user_password, password);
	explicit_bzero(password, sizeof password);
	if (e == NULL)
		setup_did(s, "%s user %s", u->exists ? "set password of" :
		    "created", u->name);
	return e;
}

static const struct err *
make_user(struct setup *s, struct user *users, size_t i)
{
	struct user *u = &users[i];
	const struct err *e;
	bool fresh = false;

	for (size_t k = 0; k < i; k++) {
		if (strcmp(users[k].name, u->name) == 0)
			return NULL;
		if (u->file != NULL && users[k].file != NULL &&
		    strcmp(users[k].file, u->file) == 0)
			fresh = users[k].fresh;
	}
	if ((e = look(s, u)) != NULL)
		return e;
	if (u->file == NULL)
		return by_socket(s, u);
	if (!secret_exists(u->file))
		return new_password(s, u);
	return known_password(s, u, fresh);
}

const struct err *
setup_users(struct setup *s)
{
	struct user users[nitems(programs)] = {{NULL}};
	const struct err *e = NULL;

	for (size_t i = 0; i < nitems(programs); i++) {
		users[i].program = programs[i];
		users[i].name = conf_expand(s->settings->database.user,
		    programs[i]);
		users[i].file = conf_expand(
		    s->settings->database.password_file, programs[i]);
	}
	for (size_t i = 0; e == NULL && i < nitems(programs); i++)
		e = make_user(s, users, i);
	for (size_t i = 0; i < nitems(programs); i++) {
		free(users[i].name);
		free(users[i].file);
	}
	return e;
}

const struct err *
setup_rights(struct setup *s)
{
	struct rights_user users[nitems(programs)];
	char *names[nitems(programs)];
	const struct err *e;
	bool given, taken;

	for (size_t i = 0; i < nitems(programs); i++) {
		names[i] = conf_expand(s->settings->database.user,
		    programs[i]);
		users[i] = (struct rights_user){programs[i], names[i]};
	}
	e = rights_set(s->db, s->schema.database, host_of(s->settings), users,
	    nitems(programs), &given, &taken);
	for (size_t i = 0; i < nitems(programs); i++)
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
