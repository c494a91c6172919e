/* SPDX-License-Identifier: MIT */
/* Connections. */
#include "db/db_part.h"

#include <stdlib.h>
#include <string.h>

#include "lib/conf.h"
#include "lib/log.h"
#include "lib/mem.h"

void
db_disconnect(struct db *db)
{
	for (int i = 0; i < SQL__COUNT; i++) {
		if (db->stmts[i] != NULL)
			(void)mysql_stmt_close(db->stmts[i]);
		db->stmts[i] = NULL;
	}
	if (db->mysql != NULL)
		mysql_close(db->mysql);
	db->mysql = NULL;
	db->in_transaction = false;
}

static void
set_options(struct db *db, MYSQL *m)
{
	const struct settings *s = &db->settings;
	unsigned connect_s = 5;
	unsigned io_s = db->admin ? 0 : 60; /* moving tables takes long */
	my_bool yes = 1, verify = (my_bool)s->database.tls_verify;

	(void)mysql_options(m, MYSQL_OPT_CONNECT_TIMEOUT, &connect_s);
	(void)mysql_options(m, MYSQL_OPT_READ_TIMEOUT, &io_s);
	(void)mysql_options(m, MYSQL_OPT_WRITE_TIMEOUT, &io_s);
	(void)mysql_options(m, MYSQL_SET_CHARSET_NAME, "utf8mb4");
	(void)mysql_options(m, MYSQL_INIT_COMMAND, sql_session);
	(void)mysql_options(m, MYSQL_INIT_COMMAND, sql_isolation);
	if (s->database.socket != NULL || s->database.tls_ca == NULL)
		return;
	(void)mysql_options(m, MYSQL_OPT_SSL_ENFORCE, &yes);
	(void)mysql_options(m, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify);
	(void)mysql_ssl_set(m, NULL, NULL, s->database.tls_ca, NULL, NULL);
}

static const struct err *
connect_now(struct db *db)
{
	const struct settings *s = &db->settings;
	unsigned long flags = CLIENT_FOUND_ROWS;
	MYSQL *m;

	db_disconnect(db);
	if ((m = mysql_init(NULL)) == NULL)
		fatalx("out of memory: mysql_init");
	set_options(db, m);
	if (db->admin)
		flags |= CLIENT_MULTI_STATEMENTS;
	if (mysql_real_connect(m, s->database.socket != NULL ? "localhost" :
		s->database.host, db->user, db->password, db->schema,
		(unsigned)s->database.port, s->database.socket,
		flags) == NULL) {
		const struct err *e = db_failure(db, mysql_errno(m),
		    mysql_error(m), "cannot connect");

		mysql_close(m);
		return e;
	}
	db->mysql = m;
	return NULL;
}

/* Before anything that may begin: a connection there is. */
const struct err *
db_ready(struct db *db)
{
	return db->mysql != NULL ? NULL : connect_now(db);
}

static const struct err *
read_password(struct db *db, const char *program)
{
	char *path = settings_expand(db->settings.database.password_file,
	    program);
	const struct err *e;
	char secret[256];

	if (path == NULL)
		return NULL;
	if ((e = conf_secret(path, secret, sizeof secret)) == NULL)
		db->password = xstrdup(secret);
	free(path);
	return e;
}

static const struct err *
schema_number(struct db *db, enum sql_id id, const struct value *values,
    size_t n, uint64_t *number)
{
	struct rows *r;
	const struct err *e = db_query(db, id, values, n, &r);

	if (e != NULL)
		return e;
	*number = db_next(r) ? db_u64(r, 0) : 0;
	db_done(r);
	return NULL;
}

/* Ours, or a later one that says it serves our programs too: so an upgrade
 * may begin with the database, while we run. */
static const struct err *
check_version(struct db *db)
{
	uint64_t version = 0, oldest = UINT64_MAX;
	const struct err *e = schema_number(db, SQL_SCHEMA_VERSION, NO_VALUES,
	    &version);

	if (e != NULL || version == SQL_SCHEMA_NOW)
		return e;
	if (version > SQL_SCHEMA_NOW &&
	    (e = schema_number(db, SQL_SCHEMA_OLDEST,
		 VALUES(v_u64(version)), &oldest)) != NULL)
		return e;
	if (oldest <= SQL_SCHEMA_NOW)
		return NULL;
	return err_new(ERR_BUSY, "the database has schema version %llu, this "
	    "program wants %d: %s", (unsigned long long)version,
	    SQL_SCHEMA_NOW, version < SQL_SCHEMA_NOW
		? "run \"outpost setup\"" : "it is of an earlier release");
}

static struct db *
make(const struct settings *s)
{
	struct db *db = xcalloc(1, sizeof *db);

	db->settings = *s;
	return db;
}

const struct err *
db_open(const struct settings *s, const char *program, struct db **out)
{
	struct db *db = make(s);
	const struct err *e;

	db->user = settings_expand(s->database.user, program);
	db->schema = xstrdup(s->database.name);
	if ((e = read_password(db, program)) != NULL ||
	    (e = connect_now(db)) != NULL || (e = check_version(db)) != NULL) {
		db_close(db);
		return e;
	}
	*out = db;
	return NULL;
}

const struct err *
db_open_admin(const struct settings *s, const char *user, const char *password,
    struct db **out)
{
	struct db *db = make(s);
	const struct err *e;

	db->admin = true;
	db->user = xstrdup(user);
	db->password = password != NULL ? xstrdup(password) : NULL;
	if ((e = connect_now(db)) != NULL) {
		db_close(db);
		return e;
	}
	*out = db;
	return NULL;
}

void
db_close(struct db *db)
{
	if (db == NULL)
		return;
	db_disconnect(db);
	free(db->user);
	free(db->password);
	free(db->schema);
	free(db->endings);
	free(db);
}
