/* SPDX-License-Identifier: MIT */
/* Connections: opened when a statement or transaction is about to begin, with
 * the password that the file has then, to a schema that serves this program. */
#include "db/db_part.h"

#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/conf_expand.h"
#include "lib/conf_secret.h"
#include "lib/log.h"
#include "lib/mem.h"

#define LONG_S 60	    /* for a statement over very many rows */
#define LONG_LOCK_S 5	    /* wait for a row lock for up to this */
#define LONG_AGAIN_MS 10000 /* repeat on contention for up to this */
#define CONNECT_S 5	    /* when no caller waits for the answer */
#define QUICK_MS 1000	    /* a dead connection fails within this time */

void
db_disconnect(struct db *db)
{
	db_forget_rows(db);
	for (int i = 0; i < SQL__COUNT; i++) {
		if (db->stmts[i] != NULL)
			(void)mysql_stmt_close(db->stmts[i]);
		db->stmts[i] = NULL;
	}
	if (db->mysql != NULL)
		mysql_close(db->mysql);
	db->mysql = NULL;
	db->n_posted = 0;
}

/* --- options ---------------------------------------------------------- */

/* Where a caller waits, one statement may be silent for [database] timeout, and
 * two waits for a lock fit into that. Moving tables has no time limit. */
static void
set_patience(struct db *db)
{
	int64_t ms = db->settings.timeout_ms;

	switch (db->kind) {
	case DB_QUICK:
		db->connect_s = db->io_s = (unsigned)((ms + 999) / 1000);
		db->lock_s = db->io_s / 2;
		db->again_ms = ms;
		break;
	case DB_LONG:
		db->io_s = LONG_S;
		db->connect_s = CONNECT_S;
		db->lock_s = LONG_LOCK_S;
		db->again_ms = LONG_AGAIN_MS;
		break;
	case DB_ADMIN:
		db->io_s = 0;
		db->connect_s = CONNECT_S;
		db->lock_s = LONG_LOCK_S;
		db->again_ms = LONG_AGAIN_MS;
		break;
	}
}

static void
set_session(const struct db *db, MYSQL *m)
{
	struct buf session = BUF(4096);

	(void)buf_fmt(&session, "%s%u", sql_session, db->lock_s);
	(void)mysql_options(m, MYSQL_OPT_CONNECT_TIMEOUT, &db->connect_s);
	(void)mysql_options(m, MYSQL_OPT_READ_TIMEOUT, &db->io_s);
	(void)mysql_options(m, MYSQL_OPT_WRITE_TIMEOUT, &db->io_s);
	(void)mysql_options(m, MYSQL_INIT_COMMAND, buf_str(&session));
	(void)mysql_options(m, MYSQL_INIT_COMMAND, sql_isolation);
	if (db->kind != DB_ADMIN)
		(void)mysql_options(m, MYSQL_INIT_COMMAND, sql_read_only);
	buf_done(&session);
}

/* By default the library uses a socket, without TLS, for "localhost". */
static void
set_transport(const struct db *db, MYSQL *m)
{
	const struct db_settings *s = &db->settings;
	unsigned way = s->socket != NULL ? MYSQL_PROTOCOL_SOCKET
						  : MYSQL_PROTOCOL_TCP;
	my_bool yes = 1, verify = (my_bool)s->tls_verify;

	(void)mysql_options(m, MYSQL_OPT_PROTOCOL, &way);
	if (s->socket != NULL || s->tls_ca == NULL)
		return;
	(void)mysql_options(m, MYSQL_OPT_SSL_ENFORCE, &yes);
	(void)mysql_options(m, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify);
	(void)mysql_ssl_set(m, NULL, NULL, s->tls_ca, NULL, NULL);
}

/* --- connecting ------------------------------------------------------- */

static const struct err *
log_in(struct db *db, MYSQL *m, const char *password)
{
	const struct db_settings *s = &db->settings;
	unsigned long flags = CLIENT_FOUND_ROWS;

	if (db->kind == DB_ADMIN)
		flags |= CLIENT_MULTI_STATEMENTS;
	if (mysql_real_connect(m, s->socket != NULL ? "localhost" :
		s->host, db->user, password, db->schema,
		(unsigned)s->port, s->socket, flags) != NULL)
		return NULL;
	db->refusal = db_is_login(mysql_errno(m)) ? DB_LOGIN_REFUSED
						  : DB_UNREACHED;
	return db_failure(db, mysql_errno(m), mysql_error(m),
	    "cannot connect");
}

/* The password is read at each connect: it may have been changed, and it stays
 * in memory only during the login. ERR_BUSY when the file cannot be read: the
 * caller did nothing wrong. */
static const struct err *
log_in_by_file(struct db *db, MYSQL *m)
{
	const struct err *e;
	char secret[256];

	if (db->password_file == NULL)
		return log_in(db, m, db->password);
	if ((e = conf_secret(db->password_file, secret, sizeof secret)) !=
	    NULL) {
		db->last_error = 0;
		db->refusal = DB_NO_PASSWORD;
		return err_new(ERR_BUSY, "database: %s", e->text);
	}
	e = log_in(db, m, secret);
	explicit_bzero(secret, sizeof secret);
	return e;
}

static const struct err *
connect_now(struct db *db)
{
	const struct err *e;
	MYSQL *m;

	db_disconnect(db);
	db->refusal = DB_NOT_REFUSED;
	if ((m = mysql_init(NULL)) == NULL)
		fatalx("out of memory: mysql_init");
	(void)mysql_options(m, MYSQL_SET_CHARSET_NAME, "utf8mb4");
	set_session(db, m);
	set_transport(db, m);
	if ((e = log_in_by_file(db, m)) != NULL) {
		mysql_close(m);
		return e;
	}
	db->mysql = m;
	if ((e = db_hear_clock(db)) != NULL ||
	    (db->kind != DB_ADMIN && (e = db_look_schema(db)) != NULL))
		db_disconnect(db);
	return e;
}

/* Replace a connection that is lost; do not wait twice for a database that
 * hangs. Any other failure is reported by the statement that follows. */
static const struct err *
keep_time(struct db *db)
{
	int64_t asked_ms = clock_mono_ms();
	const struct err *e = db_hear_clock(db);

	if (e == NULL || !db_is_gone(db->last_error))
		return NULL;
	db_disconnect(db);
	return clock_mono_ms() - asked_ms < QUICK_MS ? NULL : e;
}

/* A transaction that has lost its connection has ended: no statement of it may
 * run on another connection. */
const struct err *
db_ready(struct db *db)
{
	const struct err *e;

	if (db->in_transaction && db->broken)
		return err_new(ERR_BUSY, "database: the transaction was "
		    "rolled back");
	if (db->mysql != NULL && !db->in_transaction && clock_is_stale() &&
	    (e = keep_time(db)) != NULL)
		return e;
	return db->mysql != NULL ? NULL : connect_now(db);
}

bool
db_was_quick(const struct db *db, int64_t since_ms)
{
	return db->io_s == 0 ||
	    clock_mono_ms() - since_ms < (int64_t)db->io_s * 500;
}

/* --- the schema ------------------------------------------------------- */

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

static const struct err *
check_schema(struct db *db)
{
	uint64_t version = 0, oldest = UINT64_MAX;
	const struct err *e = schema_number(db, SQL_SCHEMA_VERSION, NO_VALUES,
	    &version);

	if (e != NULL && db->last_error == ER_NO_SUCH_TABLE) {
		db->refusal = DB_NO_TABLES;
		return err_new(ERR_BUSY, "database %s has no tables of ours: "
		    "run \"outpost setup\"", db->settings.name);
	}
	if (e != NULL || version == SQL_SCHEMA_NOW)
		return e;
	if (version > SQL_SCHEMA_NOW &&
	    (e = schema_number(db, SQL_SCHEMA_OLDEST,
		 VALUES(v_u64(version)), &oldest)) != NULL)
		return e;
	if (oldest <= SQL_SCHEMA_NOW)
		return NULL;
	db->refusal = version < SQL_SCHEMA_NOW ? DB_OLD_TABLES : DB_NEW_TABLES;
	return err_new(ERR_BUSY, "the database has schema version %llu, this "
	    "program wants %d: %s", (unsigned long long)version,
	    SQL_SCHEMA_NOW, version < SQL_SCHEMA_NOW
		? "run \"outpost setup\"" : "it is of an earlier release");
}

const struct err *
db_look_schema(struct db *db)
{
	const struct err *e;

	db->looking = true;
	e = check_schema(db);
	db->looking = false;
	return e;
}

/* --- opening ---------------------------------------------------------- */

static char *
text_copy(const char *text)
{
	return text != NULL ? xstrdup(text) : NULL;
}

static struct db *
db_new(const struct db_settings *s, enum db_kind kind)
{
	struct db *db = xcalloc(1, sizeof *db);

	db->settings = *s;
	db->settings.socket = text_copy(s->socket);
	db->settings.host = text_copy(s->host);
	db->settings.name = text_copy(s->name);
	db->settings.user = db->settings.password_file = NULL; /* expanded */
	db->settings.tls_ca = text_copy(s->tls_ca);
	db->kind = kind;
	set_patience(db);
	return db;
}

/* Connect; on failure close db again. */
static const struct err *
connect_or_close(struct db *db, struct db **out, enum db_refusal *why)
{
	const struct err *e = connect_now(db);

	*why = e == NULL || db->refusal != DB_NOT_REFUSED ? db->refusal
							  : DB_UNREACHED;
	if (e == NULL)
		*out = db;
	else
		db_close(db);
	return e;
}

const struct err *
db_open(const struct db_settings *s, const char *program, enum db_kind kind,
    struct db **out)
{
	enum db_refusal why;

	return db_try(s, program, kind, out, &why);
}

const struct err *
db_try(const struct db_settings *s, const char *program, enum db_kind kind,
    struct db **out, enum db_refusal *why)
{
	struct db *db = db_new(s, kind);

	db->user = conf_expand(s->user, program);
	db->schema = xstrdup(s->name);
	db->password_file = conf_expand(s->password_file,
	    program);
	return connect_or_close(db, out, why);
}

const struct err *
db_open_admin(const struct db_settings *s, const char *user,
    const char *password, struct db **out, enum db_refusal *why)
{
	struct db *db = db_new(s, DB_ADMIN);

	db->user = xstrdup(user);
	db->password = password != NULL ? xstrdup(password) : NULL;
	return connect_or_close(db, out, why);
}

void
db_close(struct db *db)
{
	if (db == NULL)
		return;
	db_disconnect(db);
	free(db->user);
	if (db->password != NULL)
		explicit_bzero(db->password, strlen(db->password));
	free(db->password);
	free(db->password_file);
	free(db->schema);
	free(db->settings.socket);
	free(db->settings.host);
	free(db->settings.name);
	free(db->settings.tls_ca);
	free(db->endings);
	free(db);
}
