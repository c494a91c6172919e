/* SPDX-License-Identifier: MIT */
/*
 * Statements and rows. A statement is prepared at its first use on a
 * connection and again after a reconnect. Rows are fetched whole, so that
 * nothing stays open on the connection between two calls.
 */
#include "db/db_part.h"

#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"

#define MAX_COLUMNS 32

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
	struct db *db;
	struct rows *next;
	MYSQL_STMT *stmt; /* NULL: the connection has ended */
	unsigned n;
	struct column columns[MAX_COLUMNS];
	MYSQL_BIND binds[MAX_COLUMNS];
};

/* --- values ----------------------------------------------------------- */

struct value
v_text(const char *s)
{
	return v_blob(s, s != NULL ? strlen(s) : 0);
}

/* The bind only reads the value, but its pointer is not const. */
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
		b->is_unsigned = (my_bool)(v->type == V_U64);
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

static unsigned long
count_names(const char *params)
{
	unsigned long n = params != NULL;

	for (; params != NULL && *params != '\0'; params++)
		n += *params == ',';
	return n;
}

/* The counts in the table of sql.c must equal those that MariaDB finds in the
 * text, because callers rely on the table. */
static const struct err *
check_counts(const struct statement *s, MYSQL_STMT *stmt)
{
	unsigned long params = mysql_stmt_param_count(stmt);
	unsigned columns = mysql_stmt_field_count(stmt);

	if (params != count_names(s->params))
		return err_new(ERR_FAULT, "%s: %lu values, and sql.c names "
		    "%lu", s->name, params, count_names(s->params));
	if (columns != s->columns)
		return err_new(ERR_FAULT, "%s: %u columns, and sql.c says %u",
		    s->name, columns, s->columns);
	return NULL;
}

static const struct err *
prepare_text(struct db *db, const struct statement *s, MYSQL_STMT *stmt)
{
	if (mysql_stmt_prepare(stmt, s->text, strlen(s->text)) != 0)
		return err_at(db_failure(db, mysql_stmt_errno(stmt),
		    mysql_stmt_error(stmt), "cannot prepare"), "%s", s->name);
	return check_counts(s, stmt);
}

static const struct err *
prepare(struct db *db, enum sql_id id)
{
	MYSQL_STMT *stmt = mysql_stmt_init(db->mysql);
	const struct err *e;
	my_bool yes = 1;

	if (stmt == NULL)
		fatalx("out of memory: mysql_stmt_init");
	if ((e = prepare_text(db, &sql[id], stmt)) != NULL) {
		(void)mysql_stmt_close(stmt);
		return e;
	}
	(void)mysql_stmt_attr_set(stmt, STMT_ATTR_UPDATE_MAX_LENGTH, &yes);
	db->stmts[id] = stmt;
	return NULL;
}

static bool
run_values(MYSQL_STMT *stmt, const struct value *values, size_t n)
{
	MYSQL_BIND binds[MAX_VALUES];

	for (size_t i = 0; i < n; i++)
		bind_value(&binds[i], &values[i]);
	return (n > 0 && mysql_stmt_bind_param(stmt, binds)) ||
	    mysql_stmt_execute(stmt) != 0;
}

/* rows 0: once, with n values; else with n values for each row. */
static const struct err *
execute_once(struct db *db, enum sql_id id, const struct value *values,
    size_t n, size_t rows)
{
	const struct err *e = NULL;
	MYSQL_STMT *stmt;
	bool failed;

	if ((e = db_ready(db)) != NULL)
		return e;
	if (db->stmts[id] == NULL && (e = prepare(db, id)) != NULL)
		return e;
	stmt = db->stmts[id];
	if (n > MAX_VALUES || mysql_stmt_param_count(stmt) != n)
		return err_new(ERR_FAULT, "%s wants the values \"%s\", and "
		    "got %zu", sql[id].name, sql[id].params != NULL ?
		    sql[id].params : "", n);
	if (rows > 0)
		e = db_run_rows(stmt, values, n, rows, &failed);
	else
		failed = run_values(stmt, values, n);
	if (e != NULL)
		return err_at(e, "%s", sql[id].name);
	return failed ? db_failure(db, mysql_stmt_errno(stmt),
	    mysql_stmt_error(stmt), sql[id].name) : NULL;
}

/* A statement does not fit the schema: check whether the schema's version has
 * changed. */
static const struct err *
blame_schema(struct db *db, const struct err *e)
{
	unsigned number = db->last_error;
	struct err kept = *e;

	if (db->kind == DB_ADMIN || db->looking || db->mysql == NULL)
		return e;
	if ((e = db_look_schema(db)) != NULL)
		return e;
	db->last_error = number;
	return err_new(kept.code, "%s", kept.text);
}

/* If the connection is lost, the statement is repeated once on a new one, but
 * only where nothing can be done twice: outside a transaction, and only a
 * statement that reads. */
static const struct err *
execute(struct db *db, enum sql_id id, const struct value *values, size_t n,
    size_t rows, bool reads)
{
	bool repeat = reads && !db->in_transaction && db->mysql != NULL;
	int64_t since = clock_mono_ms();
	const struct err *e = execute_once(db, id, values, n, rows);

	if (e != NULL && db_is_gone(db->last_error)) {
		db_disconnect(db);
		if (repeat && db_was_quick(db, since))
			e = execute_once(db, id, values, n, rows);
	}
	return e != NULL && e->code == ERR_FAULT ? blame_schema(db, e) : e;
}

const struct err *
db_try_rows(struct db *db, enum sql_id id, const struct value *values,
    size_t n, size_t rows)
{
	const struct err *e;

	db->last_error = 0;
	if ((e = execute(db, id, values, n, rows, false)) != NULL)
		return e;
	db->affected = mysql_stmt_affected_rows(db->stmts[id]);
	db->insert_id = mysql_stmt_insert_id(db->stmts[id]);
	return NULL;
}

const struct err *
db_try(struct db *db, enum sql_id id, const struct value *values, size_t n)
{
	return db_try_rows(db, id, values, n, 0);
}

struct single {
	enum sql_id id;
	const struct value *values;
	size_t n;
};

static const struct err *
try_single(struct db *db, void *arg)
{
	const struct single *s = arg;

	return db_try(db, s->id, s->values, s->n);
}

const struct err *
db_exec(struct db *db, enum sql_id id, const struct value *values, size_t n)
{
	struct single s = {id, values, n};

	if (db->in_transaction)
		return db_try(db, id, values, n);
	return db_transact(db, try_single, &s);
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
	const struct err *e = db_ready(db);

	for (int i = 0; e == NULL && i < SQL__COUNT; i++)
		if (db->stmts[i] == NULL)
			e = prepare(db, (enum sql_id)i);
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
		b->is_unsigned = (my_bool)((f->flags & UNSIGNED_FLAG) != 0);
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
		return db_failure(db, mysql_stmt_errno(stmt),
		    mysql_stmt_error(stmt), "cannot read rows");
	}
	r->n = mysql_num_fields(meta);
	if (r->n > MAX_COLUMNS)
		fatalx("a statement has %u columns", r->n);
	mysql_free_result(meta);
	/* store_result has filled in max_length: read the metadata again */
	meta = mysql_stmt_result_metadata(stmt);
	for (unsigned i = 0; i < r->n; i++)
		bind_column(r, i, mysql_fetch_field_direct(meta, i));
	mysql_free_result(meta);
	if (r->n > 0 && mysql_stmt_bind_result(stmt, r->binds))
		return db_failure(db, mysql_stmt_errno(stmt),
		    mysql_stmt_error(stmt), "cannot bind rows");
	return NULL;
}

/* When fetching rows ends in an error (a deadlock while rows are locked),
 * libmariadb believes that more rows will come: the next execution would wait
 * for them until its timeout. So the statement is prepared again. */
static void
unprepare(struct db *db, enum sql_id id)
{
	(void)mysql_stmt_close(db->stmts[id]);
	db->stmts[id] = NULL;
}

const struct err *
db_query(struct db *db, enum sql_id id, const struct value *values, size_t n,
    struct rows **out)
{
	const struct err *e = execute(db, id, values, n, 0, true);
	struct rows *r;

	if (e != NULL)
		return e;
	r = xcalloc(1, sizeof *r);
	r->db = db;
	r->next = db->open;
	db->open = r;
	if ((e = fetch_all(db, db->stmts[id], r)) != NULL) {
		db_done(r);
		if (db_is_gone(db->last_error))
			db_disconnect(db);
		else
			unprepare(db, id);
		return e;
	}
	*out = r;
	return NULL;
}

bool
db_next(struct rows *r)
{
	int got = r->stmt != NULL ? mysql_stmt_fetch(r->stmt) : MYSQL_NO_DATA;

	if (got != 0 && got != MYSQL_DATA_TRUNCATED)
		return false;
	for (unsigned i = 0; i < r->n; i++)
		if (r->columns[i].is_text && !r->columns[i].is_null)
			r->columns[i].text[r->columns[i].len] = '\0';
	return true;
}

void
db_forget_rows(struct db *db)
{
	for (struct rows *r = db->open; r != NULL; r = r->next)
		r->stmt = NULL;
}

void
db_done(struct rows *r)
{
	struct rows **at;

	if (r == NULL)
		return;
	for (at = &r->db->open; *at != r;)
		at = &(*at)->next;
	*at = r->next;
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
	return r->stmt != NULL ? mysql_stmt_num_rows(r->stmt) : 0;
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

