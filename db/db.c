/* SPDX-License-Identifier: MIT */
/*
 * Only this file includes mysql.h. A statement is prepared at its first use
 * on a connection and again after a reconnect. Rows are fetched whole, so
 * that nothing stays open on the connection between two calls.
 */
#include "db/db.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <mysql.h>
#include <mysqld_error.h>
#include <errmsg.h>

#include "lib/arena.h"
#include "lib/buf.h"
#include "lib/conf.h"
#include "lib/log.h"
#include "lib/mem.h"

#define MAX_VALUES 32
#define MAX_COLUMNS 32
#define RETRIES 5

struct db {
	MYSQL *mysql; /* NULL: not connected */
	const struct settings *settings;
	char *user, *password, *schema;
	bool admin, in_transaction;
	uint64_t affected, insert_id;
	unsigned last_error;
	char last_text[256];
	MYSQL_STMT *stmts[SQL__COUNT];
};

struct column {
	union {
		uint64_t number;
		char *text;
	};
	unsigned long len;
	my_bool is_null, error;
	bool is_text;
};

struct rows {
	MYSQL_STMT *stmt;
	unsigned n;
	struct column columns[MAX_COLUMNS];
	MYSQL_BIND binds[MAX_COLUMNS];
};

/* --- errors ----------------------------------------------------------- */

/* MariaDB's error numbers that mean more than "our mistake". */
static const struct {
	unsigned number;
	enum err_code code;
} meanings[] = {
    {ER_DUP_ENTRY, ERR_CONFLICT},
    {ER_DATA_TOO_LONG, ERR_TOOBIG},
    {ER_WARN_DATA_OUT_OF_RANGE, ERR_TOOBIG},
    {ER_LOCK_DEADLOCK, ERR_BUSY},
    {ER_LOCK_WAIT_TIMEOUT, ERR_BUSY},
    {ER_CHECKREAD, ERR_BUSY},
    {ER_UNKNOWN_COM_ERROR, ERR_BUSY}, /* 1047: Galera node not ready */
    {ER_QUERY_INTERRUPTED, ERR_BUSY},
    {ER_CON_COUNT_ERROR, ERR_BUSY},
    {ER_SERVER_SHUTDOWN, ERR_BUSY},
    {ER_NORMAL_SHUTDOWN, ERR_BUSY},
    {ER_OPTION_PREVENTS_STATEMENT, ERR_BUSY}, /* --read-only */
    {ER_RECORD_FILE_FULL, ERR_BUSY},
    {ER_DISK_FULL, ERR_BUSY},
    {ER_TOO_MANY_USER_CONNECTIONS, ERR_BUSY},
    {ER_MAX_PREPARED_STMT_COUNT_REACHED, ERR_BUSY},
    {CR_SERVER_GONE_ERROR, ERR_BUSY},
    {CR_SERVER_LOST, ERR_BUSY},
    {CR_CONNECTION_ERROR, ERR_BUSY},
    {CR_CONN_HOST_ERROR, ERR_BUSY},
};

static bool
is_gone(unsigned number)
{
	return number == CR_SERVER_GONE_ERROR || number == CR_SERVER_LOST ||
	    number == ER_SERVER_SHUTDOWN || number == ER_NORMAL_SHUTDOWN ||
	    number == ER_CONNECTION_KILLED;
}

static bool
is_repeatable(unsigned number)
{
	return number == ER_LOCK_DEADLOCK || number == ER_LOCK_WAIT_TIMEOUT ||
	    number == ER_CHECKREAD;
}

static const struct err *
failure(struct db *db, unsigned number, const char *text, const char *doing)
{
	enum err_code code = ERR_FAULT;

	db->last_error = number;
	(void)snprintf(db->last_text, sizeof db->last_text, "%s", text);
	for (size_t i = 0; i < nitems(meanings); i++)
		if (meanings[i].number == number)
			code = meanings[i].code;
	if (number == ER_CONNECTION_KILLED)
		code = ERR_BUSY;
	return err_new(code, "database: %s: %s (%u)", doing, text, number);
}

bool
db_duplicate(const struct db *db, const char *key)
{
	return db->last_error == ER_DUP_ENTRY &&
	    (key == NULL || strstr(db->last_text, key) != NULL);
}

/* --- connection ------------------------------------------------------- */

static void
disconnect(struct db *db)
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
	const struct settings *s = db->settings;
	unsigned connect_s = 5, io_s = 60;
	my_bool yes = 1, verify = s->database.tls_verify;

	(void)mysql_options(m, MYSQL_OPT_CONNECT_TIMEOUT, &connect_s);
	(void)mysql_options(m, MYSQL_OPT_READ_TIMEOUT, &io_s);
	(void)mysql_options(m, MYSQL_OPT_WRITE_TIMEOUT, &io_s);
	(void)mysql_options(m, MYSQL_SET_CHARSET_NAME, "utf8mb4");
	(void)mysql_options(m, MYSQL_INIT_COMMAND, sql_session);
	if (s->database.socket != NULL || s->database.tls_ca == NULL)
		return;
	(void)mysql_options(m, MYSQL_OPT_SSL_ENFORCE, &yes);
	(void)mysql_options(m, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify);
	(void)mysql_ssl_set(m, NULL, NULL, s->database.tls_ca, NULL, NULL);
}

static const struct err *
connect_now(struct db *db)
{
	const struct settings *s = db->settings;
	unsigned long flags = CLIENT_FOUND_ROWS;
	MYSQL *m;

	disconnect(db);
	if ((m = mysql_init(NULL)) == NULL)
		fatalx("out of memory: mysql_init");
	set_options(db, m);
	if (db->admin)
		flags |= CLIENT_MULTI_STATEMENTS;
	if (mysql_real_connect(m, s->database.socket != NULL ? "localhost" :
		s->database.host, db->user, db->password, db->schema,
		(unsigned)s->database.port, s->database.socket, flags) == NULL) {
		const struct err *e = failure(db, mysql_errno(m),
		    mysql_error(m), "cannot connect");

		mysql_close(m);
		return e;
	}
	db->mysql = m;
	return NULL;
}

/* Before anything that may begin: a connection there is. */
static const struct err *
ready(struct db *db)
{
	return db->mysql != NULL ? NULL : connect_now(db);
}

static const struct err *
read_password(struct db *db, const char *program)
{
	char *path = settings_expand(db->settings->database.password_file,
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
check_version(struct db *db)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_SCHEMA_VERSION, NO_VALUES, &r);
	uint64_t version = 0;

	if (e != NULL)
		return e;
	if (db_next(r))
		version = db_u64(r, 0);
	db_done(r);
	if (version != SQL_SCHEMA_NOW)
		return err_new(ERR_FAULT, "the database has schema version "
		    "%llu, this program wants %d: run \"outpost setup\"",
		    (unsigned long long)version, SQL_SCHEMA_NOW);
	return NULL;
}

static struct db *
make(const struct settings *s)
{
	struct db *db = xcalloc(1, sizeof *db);

	db->settings = s;
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
	disconnect(db);
	free(db->user);
	free(db->password);
	free(db->schema);
	free(db);
}

/* --- values ----------------------------------------------------------- */

struct value
v_text(const char *s)
{
	return v_blob(s, s != NULL ? strlen(s) : 0);
}

/* The bind only reads, but its type does not say so. */
static void
bind_value(MYSQL_BIND *b, const struct value *v)
{
	memset(b, 0, sizeof *b);
	switch (v->type) {
	case V_NULL:
		b->buffer_type = MYSQL_TYPE_NULL;
		break;
	case V_I64:
	case V_U64:
		b->buffer_type = MYSQL_TYPE_LONGLONG;
		b->is_unsigned = v->type == V_U64;
		b->buffer = (void *)(uintptr_t)&v->u64;
		break;
	case V_TEXT:
		b->buffer_type = MYSQL_TYPE_STRING;
		b->buffer = (void *)(uintptr_t)v->text.data;
		b->buffer_length = v->text.len;
		break;
	}
}

/* --- statements ------------------------------------------------------- */

static const struct err *
prepare(struct db *db, enum sql_id id)
{
	MYSQL_STMT *stmt = mysql_stmt_init(db->mysql);
	const char *text = sql[id];
	my_bool yes = 1;

	if (stmt == NULL)
		fatalx("out of memory: mysql_stmt_init");
	if (mysql_stmt_prepare(stmt, text, strlen(text)) != 0) {
		const struct err *e = failure(db, mysql_stmt_errno(stmt),
		    mysql_stmt_error(stmt), "cannot prepare");

		(void)mysql_stmt_close(stmt);
		return err_at(e, "statement %d", id);
	}
	(void)mysql_stmt_attr_set(stmt, STMT_ATTR_UPDATE_MAX_LENGTH, &yes);
	db->stmts[id] = stmt;
	return NULL;
}

static const struct err *
execute_once(struct db *db, enum sql_id id, const struct value *values,
    size_t n)
{
	MYSQL_BIND binds[MAX_VALUES];
	const struct err *e;
	MYSQL_STMT *stmt;

	if ((e = ready(db)) != NULL)
		return e;
	if (db->stmts[id] == NULL && (e = prepare(db, id)) != NULL)
		return e;
	stmt = db->stmts[id];
	if (n > MAX_VALUES || mysql_stmt_param_count(stmt) != n)
		return err_new(ERR_FAULT, "statement %d wants %lu values", id,
		    mysql_stmt_param_count(stmt));
	for (size_t i = 0; i < n; i++)
		bind_value(&binds[i], &values[i]);
	if ((n > 0 && mysql_stmt_bind_param(stmt, binds)) ||
	    mysql_stmt_execute(stmt) != 0)
		return failure(db, mysql_stmt_errno(stmt),
		    mysql_stmt_error(stmt), "statement failed");
	return NULL;
}

/* A statement on a connection that turns out to be gone is repeated once on
 * a new one if nothing can have been done twice: outside a transaction, and
 * only when it reads. */
static const struct err *
execute(struct db *db, enum sql_id id, const struct value *values, size_t n,
    bool reads)
{
	bool repeat = reads && !db->in_transaction && db->mysql != NULL;
	const struct err *e = execute_once(db, id, values, n);

	if (e != NULL && is_gone(db->last_error)) {
		disconnect(db);
		if (repeat)
			e = execute_once(db, id, values, n);
	}
	return e;
}

const struct err *
db_exec(struct db *db, enum sql_id id, const struct value *values, size_t n)
{
	const struct err *e = execute(db, id, values, n, false);

	if (e != NULL)
		return e;
	db->affected = mysql_stmt_affected_rows(db->stmts[id]);
	db->insert_id = mysql_stmt_insert_id(db->stmts[id]);
	return NULL;
}

uint64_t
db_affected(const struct db *db)
{
	return db->affected;
}

uint64_t
db_insert_id(const struct db *db)
{
	return db->insert_id;
}

const struct err *
db_check(struct db *db)
{
	const struct err *e = ready(db);

	for (int i = 0; e == NULL && i < SQL__COUNT; i++)
		if (sql[i] == NULL)
			e = err_new(ERR_FAULT, "statement %d has no text", i);
	return e;
}

/* --- rows ------------------------------------------------------------- */

static bool
is_number(enum enum_field_types type)
{
	switch (type) {
	case MYSQL_TYPE_TINY:
	case MYSQL_TYPE_SHORT:
	case MYSQL_TYPE_INT24:
	case MYSQL_TYPE_LONG:
	case MYSQL_TYPE_LONGLONG:
	case MYSQL_TYPE_YEAR:
	case MYSQL_TYPE_DECIMAL:
	case MYSQL_TYPE_NEWDECIMAL:
		return true;
	default:
		return false;
	}
}

static void
bind_column(struct rows *r, unsigned i, const MYSQL_FIELD *f)
{
	struct column *c = &r->columns[i];
	MYSQL_BIND *b = &r->binds[i];

	b->length = &c->len;
	b->is_null = &c->is_null;
	b->error = &c->error;
	c->is_text = !is_number(f->type);
	if (!c->is_text) {
		b->buffer_type = MYSQL_TYPE_LONGLONG;
		b->is_unsigned = (f->flags & UNSIGNED_FLAG) != 0;
		b->buffer = &c->number;
		return;
	}
	c->text = xmalloc(f->max_length + 1);
	b->buffer_type = MYSQL_TYPE_STRING;
	b->buffer = c->text;
	b->buffer_length = f->max_length + 1;
}

static const struct err *
fetch_all(struct db *db, MYSQL_STMT *stmt, struct rows *r)
{
	MYSQL_RES *meta = mysql_stmt_result_metadata(stmt);

	if (meta == NULL)
		return err_new(ERR_FAULT, "a statement without rows was asked");
	r->stmt = stmt;
	if (mysql_stmt_store_result(stmt) != 0) {
		mysql_free_result(meta);
		return failure(db, mysql_stmt_errno(stmt),
		    mysql_stmt_error(stmt), "cannot read rows");
	}
	r->n = mysql_num_fields(meta);
	if (r->n > MAX_COLUMNS)
		fatalx("a statement has %u columns", r->n);
	mysql_free_result(meta);
	/* max_length is filled in by store_result: ask again */
	meta = mysql_stmt_result_metadata(stmt);
	for (unsigned i = 0; i < r->n; i++)
		bind_column(r, i, mysql_fetch_field_direct(meta, i));
	mysql_free_result(meta);
	if (r->n > 0 && mysql_stmt_bind_result(stmt, r->binds))
		return failure(db, mysql_stmt_errno(stmt),
		    mysql_stmt_error(stmt), "cannot bind rows");
	return NULL;
}

const struct err *
db_query(struct db *db, enum sql_id id, const struct value *values, size_t n,
    struct rows **out)
{
	const struct err *e = execute(db, id, values, n, true);
	struct rows *r;

	if (e != NULL)
		return e;
	r = xcalloc(1, sizeof *r);
	if ((e = fetch_all(db, db->stmts[id], r)) != NULL) {
		db_done(r);
		if (is_gone(db->last_error))
			disconnect(db);
		return e;
	}
	*out = r;
	return NULL;
}

bool
db_next(struct rows *r)
{
	int got = mysql_stmt_fetch(r->stmt);

	if (got != 0 && got != MYSQL_DATA_TRUNCATED)
		return false;
	for (unsigned i = 0; i < r->n; i++)
		if (r->columns[i].is_text && !r->columns[i].is_null)
			r->columns[i].text[r->columns[i].len] = '\0';
	return true;
}

void
db_done(struct rows *r)
{
	if (r == NULL)
		return;
	for (unsigned i = 0; i < r->n; i++)
		if (r->columns[i].is_text)
			free(r->columns[i].text);
	if (r->stmt != NULL)
		(void)mysql_stmt_free_result(r->stmt);
	free(r);
}

uint64_t
db_count(const struct rows *r)
{
	return mysql_stmt_num_rows(r->stmt);
}

bool
db_is_null(const struct rows *r, unsigned i)
{
	return r->columns[i].is_null != 0;
}

uint64_t
db_u64(const struct rows *r, unsigned i)
{
	if (db_is_null(r, i) || r->columns[i].is_text)
		return 0;
	return r->columns[i].number;
}

int64_t
db_i64(const struct rows *r, unsigned i)
{
	return (int64_t)db_u64(r, i);
}

const char *
db_text(const struct rows *r, unsigned i)
{
	if (db_is_null(r, i) || !r->columns[i].is_text)
		return NULL;
	return r->columns[i].text;
}

const char *
db_blob(const struct rows *r, unsigned i, size_t *len)
{
	const char *text = db_text(r, i);

	*len = text != NULL ? r->columns[i].len : 0;
	return text;
}

const char *
db_copy(struct arena *a, const struct rows *r, unsigned i)
{
	size_t len;
	const char *text = db_blob(r, i, &len);

	return text != NULL ? arena_text(a, text, len) : NULL;
}

/* --- transactions ----------------------------------------------------- */

static const struct err *
say(struct db *db, const char *word)
{
	const struct err *e;

	if (mysql_query(db->mysql, word) == 0)
		return NULL;
	e = failure(db, mysql_errno(db->mysql), mysql_error(db->mysql), word);
	if (is_gone(db->last_error))
		disconnect(db);
	return e;
}

const struct err *
db_begin(struct db *db)
{
	bool fresh = db->mysql == NULL;
	const struct err *e;

	if ((e = ready(db)) != NULL)
		return e;
	e = say(db, sql_begin);
	if (e != NULL && !fresh && db->mysql == NULL &&
	    (e = ready(db)) == NULL)
		e = say(db, sql_begin);
	db->in_transaction = e == NULL;
	return e;
}

const struct err *
db_end(struct db *db, const struct err *e)
{
	unsigned number = db->last_error;
	struct err kept;

	db->in_transaction = false;
	if (e == NULL)
		return db->mysql != NULL ? say(db, sql_commit)
					 : err_new(ERR_BUSY, "database: the "
					       "connection was lost");
	kept = *e;
	if (db->mysql != NULL && say(db, sql_rollback) != NULL)
		disconnect(db);
	db->last_error = number;
	return err_new(kept.code, "%s", kept.text);
}

static void
pause_before(unsigned try)
{
	struct timespec t = {0, (long)(5000000u << try)};

	(void)nanosleep(&t, NULL);
}

const struct err *
db_transact(struct db *db, db_fn *fn, void *arg)
{
	const struct err *e = NULL;

	for (unsigned try = 0; try < RETRIES; try++) {
		if (try > 0)
			pause_before(try);
		db->last_error = 0;
		if ((e = db_begin(db)) == NULL)
			e = db_end(db, fn(db, arg));
		if (e == NULL || !is_repeatable(db->last_error))
			return e;
	}
	return e;
}

/* --- administration --------------------------------------------------- */

/* A name in backticks, a text in quotes: both with their own doubled. */
static void
put_var(struct db *db, const struct script_var *v, struct buf *into)
{
	size_t len = strlen(v->value);
	char *safe = xmalloc(2 * len + 1);

	if (v->literal) {
		len = mysql_real_escape_string(db->mysql, safe, v->value, len);
		(void)buf_fmt(into, "'%.*s'", (int)len, safe);
	} else {
		(void)buf_add(into, "`", 1);
		for (const char *p = v->value; *p != '\0'; p++)
			(void)buf_add(into, *p == '`' ? "``" : p,
			    *p == '`' ? 2 : 1);
		(void)buf_add(into, "`", 1);
	}
	free(safe);
}

static void
fill(struct db *db, const char *script, size_t len,
    const struct script_var *vars, size_t n, struct buf *into)
{
	const char *p = script, *end = script + len;

	while (p < end) {
		size_t i = 0, name = 0;

		for (; *p == '{' && i < n; i++) {
			name = strlen(vars[i].name);
			if ((size_t)(end - p) > name + 1 &&
			    strncmp(p + 1, vars[i].name, name) == 0 &&
			    p[name + 1] == '}')
				break;
		}
		if (*p == '{' && i < n) {
			put_var(db, &vars[i], into);
			p += name + 2;
		} else {
			(void)buf_add(into, p++, 1);
		}
	}
}

static const struct err *
run_all(struct db *db, const struct buf *text)
{
	int more = mysql_real_query(db->mysql, text->data, text->len);

	while (more == 0) {
		MYSQL_RES *res = mysql_store_result(db->mysql);

		if (res != NULL)
			mysql_free_result(res);
		more = mysql_next_result(db->mysql);
	}
	if (mysql_errno(db->mysql) == 0)
		return NULL;
	return failure(db, mysql_errno(db->mysql), mysql_error(db->mysql),
	    "script");
}

const struct err *
db_script(struct db *db, const char *script, size_t len,
    const struct script_var *vars, size_t n)
{
	struct buf text = BUF(1024 * 1024);
	const struct err *e = ready(db);

	if (e == NULL) {
		fill(db, script, len, vars, n, &text);
		e = text.overflowed ? err_new(ERR_TOOBIG, "script too large")
				    : run_all(db, &text);
	}
	buf_done(&text);
	return e;
}
