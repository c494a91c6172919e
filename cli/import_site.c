/* SPDX-License-Identifier: MIT */
#include "cli/import_site.h"

#include <string.h>

#include "lib/env_file.h"

#include "push/provider.h"

#include "db/db_foreign.h"

#include "core/credentials.h"
#include "core/import_webpush.h"

#define TABLE "push_subscriptions"
#define PORT_MAX 65535

/* What a site in Laravel has in its .env file. */
enum {
	SITE_URL, SITE_SUBJECT, SITE_PUBLIC, SITE_PRIVATE, SITE_TABLE,
	SITE_KIND, SITE_SOCKET, SITE_HOST, SITE_PORT, SITE_DATABASE, SITE_USER,
	SITE_PASSWORD, SITE__COUNT
};

static const char *const site_names[SITE__COUNT] = {
    [SITE_URL] = "APP_URL",
    [SITE_SUBJECT] = "VAPID_SUBJECT",
    [SITE_PUBLIC] = "VAPID_PUBLIC_KEY",
    [SITE_PRIVATE] = "VAPID_PRIVATE_KEY",
    [SITE_TABLE] = "WEBPUSH_DB_TABLE",
    [SITE_KIND] = "DB_CONNECTION",
    [SITE_SOCKET] = "DB_SOCKET",
    [SITE_HOST] = "DB_HOST",
    [SITE_PORT] = "DB_PORT",
    [SITE_DATABASE] = "DB_DATABASE",
    [SITE_USER] = "DB_USERNAME",
    [SITE_PASSWORD] = "DB_PASSWORD"};

struct site {
	const char *values[SITE__COUNT];
	struct application app;
	struct import_vapid pair;
	struct import_webpush how;
};

/* --- its key ----------------------------------------------------------- */

/* Without a pair of the site, browsers belong to the key that is here. */
static const struct err *
find_pair(struct importing *i, struct site *s)
{
	const char *subject = cli_value(i->c, "subject");

	if (s->values[SITE_PRIVATE] != NULL) {
		s->pair = (struct import_vapid){subject != NULL ? subject
		    : s->values[SITE_SUBJECT], s->values[SITE_PUBLIC],
		    s->values[SITE_PRIVATE], s->values[SITE_URL]};
		s->how.pair = &s->pair;
		return keyring_new(i->c->settings.secrets.key_file,
		    &s->pair.keyring);
	}
	s->how.key = credentials_value(&s->app, provider_by_name("webpush"),
	    FIELD_TOPIC);
	return s->how.key != NULL ? NULL : err_new(ERR_INVALID,
	    "the VAPID key of the browsers is not known: say --env, or set it "
	    "first by \"outpost app webpush %s\"", s->app.app_id);
}

/* --- its subscriptions ------------------------------------------------- */

static const struct err *
read_login(const struct site *s, struct foreign_login *l)
{
	const char *kind = s->values[SITE_KIND];
	int64_t port = 0;

	if (kind != NULL && strcmp(kind, "mysql") != 0 &&
	    strcmp(kind, "mariadb") != 0)
		return err_new(ERR_INVALID, "the site's database is not "
		    "MariaDB: say --csv, with its table as CSV");
	if (s->values[SITE_DATABASE] == NULL)
		return err_new(ERR_INVALID, "the .env file has no DB_DATABASE: "
		    "say --csv, with its table as CSV");
	if (s->values[SITE_PORT] != NULL &&
	    !text_i64(s->values[SITE_PORT], 1, PORT_MAX, &port))
		return err_new(ERR_INVALID, "DB_PORT of the .env file is no "
		    "port");
	*l = (struct foreign_login){s->values[SITE_SOCKET],
	    s->values[SITE_HOST], s->values[SITE_USER],
	    s->values[SITE_PASSWORD], s->values[SITE_DATABASE],
	    (unsigned)port};
	if (l->socket != NULL)
		l->host = "localhost";
	return NULL;
}

static const struct err *
take_table(struct importing *i, const struct site *s)
{
	const char *table = cli_value(i->c, "table");
	struct foreign_login login;
	const struct err *e;

	if (table == NULL)
		table = s->values[SITE_TABLE] != NULL ? s->values[SITE_TABLE]
						      : TABLE;
	if ((e = read_login(s, &login)) == NULL &&
	    (e = foreign_open(&login, &i->im.foreign)) == NULL)
		e = import_webpush(&i->im, table, &s->how);
	foreign_close(i->im.foreign);
	i->im.foreign = NULL;
	return e;
}

const struct err *
import_site(struct importing *i)
{
	const char *env = cli_value(i->c, "env"), *csv = cli_value(i->c,
	    "csv");
	struct site s = {.how = {.app = NULL}};
	const struct err *e = application_by_name(i->c->db, i->c->mem,
	    cli_value(i->c, "app"), &s.app);

	s.how.app = &s.app;
	s.how.type = cli_value(i->c, "type");
	if (e == NULL && env != NULL)
		e = env_file_read(i->c->mem, env, site_names, SITE__COUNT,
		    s.values);
	if (e == NULL)
		e = find_pair(i, &s);
	if (e == NULL)
		e = csv != NULL ? import_webpush(&i->im, csv, &s.how)
				: take_table(i, &s);
	keyring_free(s.pair.keyring);
	return e;
}
