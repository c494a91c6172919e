/* SPDX-License-Identifier: MIT */
/*
 * Statements. A statement is prepared at its first use on a connection and
 * again after a reconnect.
 */
#include "db/db_part.h"

#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"

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

bool
db_send_values(MYSQL_STMT *stmt, const struct value *values, size_t n)
{
	MYSQL_BIND binds[BUNDLE_VALUES];

	for (size_t i = 0; i < n; i++)
		bind_value(&binds[i], &values[i]);
	return (n > 0 && mysql_stmt_bind_param(stmt, binds)) ||
	    mysql_stmt_execute(stmt) != 0;
}

/* A statement to send. rows 0: once, with n values; else with n values for
 * each row. */
struct execution {
	enum sql_id id;
	const struct value *values;
	size_t n, rows;
};

static const struct err *
send_request(struct db *db, const struct execution *q)
{
	MYSQL_STMT *stmt = db->stmts[q->id];
	const struct err *e = NULL;
	bool failed = false;

	if (q->n > MAX_VALUES || mysql_stmt_param_count(stmt) != q->n)
		return err_new(ERR_FAULT, "%s wants the values \"%s\", and "
		    "got %zu", sql[q->id].name, sql[q->id].params != NULL ?
		    sql[q->id].params : "", q->n);
	db->asked_ms = clock_mono_ms();
	db_skip_answers(db, true);
	if (q->rows > 0)
		e = db_send_rows(stmt, q->values, q->n, q->rows, &failed);
	else
		failed = db_send_values(stmt, q->values, q->n);
	db_skip_answers(db, false);
	if (e != NULL)
		return err_at(e, "%s", sql[q->id].name);
	return failed ? db_failure(db, mysql_stmt_errno(stmt),
	    mysql_stmt_error(stmt), sql[q->id].name) : NULL;
}

/* To be prepared, a statement needs the connection for itself. */
static const struct err *
post_now(struct db *db, const struct execution *q, struct posted how)
{
	const struct err *e;

	if ((e = db_ready(db)) != NULL ||
	    (e = db->in_transaction ? db_begin_now(db)
				    : db_autocommit(db, true)) != NULL ||
	    ((db->n_posted == POSTED_MAX || db->stmts[q->id] == NULL) &&
		(e = db_hear(db)) != NULL) ||
	    (db->stmts[q->id] == NULL && (e = prepare(db, q->id)) != NULL) ||
	    (e = send_request(db, q)) != NULL)
		return e;
	how.id = q->id;
	db->posted[db->n_posted++] = how;
	return NULL;
}

const struct err *
db_may_send(const struct db *db)
{
	return db->must_defer ? err_new(ERR_BUSY, "it cannot be put off")
			      : NULL;
}

static const struct err *
post(struct db *db, const struct execution *q, struct posted how)
{
	const struct err *e = db_may_send(db);

	if (e == NULL)
		e = db_send_deferred(db);
	return e != NULL ? e : post_now(db, q, how);
}

const struct err *
db_post_single(struct db *db, enum sql_id id, const struct value *values,
    size_t n, bool one)
{
	return post_now(db, &(struct execution){id, values, n, 0},
	    (struct posted){.one = one});
}

static const struct err *
execute_once(struct db *db, const struct execution *q)
{
	const struct err *e = post(db, q, (struct posted){.awaited = true});

	return e != NULL ? e : db_hear(db);
}

const struct err *
db_blame_schema(struct db *db, const struct err *e)
{
	unsigned number = db->last_error;
	struct err kept = *e;

	if (e->code != ERR_FAULT || db->kind == DB_ADMIN || db->looking ||
	    db->mysql == NULL || (db->in_transaction && db->broken))
		return e;
	if ((e = db_look_schema(db)) != NULL)
		return e;
	db->last_error = number;
	return err_new(kept.code, "%s", kept.text);
}

/* What reads outside a transaction waits for no row. If a node gives up the
 * wait all the same, it has waited for what the others had written, and has
 * lost them. */
static bool
has_lost_others(const struct db *db)
{
	return db->galera && db->reads_all && db->nodes.n > 1 &&
	    !db->in_transaction && db->last_error == ER_LOCK_WAIT_TIMEOUT;
}

/* If the connection is lost, the statement is repeated once on a new one, but
 * only where nothing can be done twice: outside a transaction, and only a
 * statement that reads. */
static const struct err *
execute(struct db *db, const struct execution *q, bool reads)
{
	bool repeat = reads && !db->in_transaction && db->mysql != NULL;
	int64_t since = clock_mono_ms();
	const struct err *e = execute_once(db, q);
	bool lost = e != NULL && (db_is_lost(db) ||
	    (repeat && has_lost_others(db)));

	if (lost) {
		if (!db_is_lost(db))
			db_leave(db, e->text);
		db_disconnect(db);
		if (repeat && (db_was_quick(db, since) || db_has_other(db)))
			e = execute_once(db, q);
	}
	return e != NULL ? db_blame_schema(db, e) : NULL;
}

const struct err *
db_ask(struct db *db, enum sql_id id, const struct value *values, size_t n)
{
	return execute(db, &(struct execution){id, values, n, 0}, true);
}

const struct err *
db_try_rows(struct db *db, enum sql_id id, const struct value *values,
    size_t n, size_t rows)
{
	db->last_error = 0;
	return execute(db, &(struct execution){id, values, n, rows}, false);
}

static const struct err *
drop_lost(struct db *db, const struct err *e)
{
	if (e != NULL && db_is_lost(db))
		db_disconnect(db);
	return e;
}

const struct err *
db_post_piece(struct db *db, enum sql_id id, const struct value *values,
    size_t n, size_t rows, uint64_t *matched)
{
	const struct err *e;

	if (!db->in_transaction)
		return err_new(ERR_FAULT, "%s was posted outside a transaction",
		    sql[id].name);
	if (rows == 0 && matched == NULL &&
	    db_defer(db, id, values, n, false, &e))
		return drop_lost(db, e);
	return drop_lost(db, post(db, &(struct execution){id, values, n, rows},
	    (struct posted){.matched = matched}));
}

const struct err *
db_post_one(struct db *db, enum sql_id id, const struct value *values,
    size_t n)
{
	const struct err *e;

	if (!db->in_transaction)
		return err_new(ERR_FAULT, "%s was posted outside a transaction",
		    sql[id].name);
	if (db_defer(db, id, values, n, true, &e))
		return drop_lost(db, e);
	return drop_lost(db, post(db, &(struct execution){id, values, n, 0},
	    (struct posted){.one = true}));
}

const struct err *
db_post(struct db *db, enum sql_id id, const struct value *values, size_t n,
    uint64_t *matched)
{
	return db_post_piece(db, id, values, n, 0, matched);
}

static const struct err *
try_single(struct db *db, void *arg)
{
	const struct execution *q = arg;

	return db_try_rows(db, q->id, q->values, q->n, 0);
}

const struct err *
db_exec(struct db *db, enum sql_id id, const struct value *values, size_t n)
{
	struct execution q = {id, values, n, 0};

	if (db->in_transaction)
		return try_single(db, &q);
	return db_transact(db, try_single, &q);
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

/* In a transaction, because outside the session is read-only. */
const struct err *
db_check(struct db *db)
{
	const struct err *e = db_begin(db);

	if (e != NULL)
		return e;
	e = db_answers(db);
	for (int i = 0; e == NULL && i < SQL__COUNT; i++)
		if (db->stmts[i] == NULL)
			e = prepare(db, (enum sql_id)i);
	return db_end(db, e);
}
