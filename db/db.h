/* SPDX-License-Identifier: MIT */
/*
 * The database: one connection, prepared statements by number, rows, and
 * transactions. The only file that knows MariaDB's client library and its
 * error numbers. One struct db serves one thread.
 *
 * The session is utf8mb4, UTC, strict, READ COMMITTED. A lost connection is
 * opened again by the next call that begins something.
 *
 * A failure is one of these: ERR_DUPLICATE and ERR_TOOBIG for what the data of
 * a call causes; ERR_FAULT for our own mistakes; ERR_CONTENTION when others
 * were in the way all the time; ERR_DOUBT when the answer to a COMMIT was
 * lost; ERR_BUSY for whatever else: nothing was done then, and the same may
 * succeed later. db_error.c has the table.
 */
#ifndef DB_DB_H
#define DB_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "db/sql.h"
#include "lib/arena.h"
#include "lib/err.h"

struct db;
struct rows;

/* [database] of outpost.conf. A socket wins over a host. */
struct db_settings {
	char *socket, *host, *name, *user, *password_file, *tls_ca;
	int64_t port, timeout_ms;
	bool tls_verify;
};

enum db_kind {
	DB_QUICK, /* somebody waits: [database] timeout for a statement */
	DB_LONG,  /* statements over very many rows */
	DB_ADMIN  /* of db_open_admin: without a limit */
};

/* As the program named (push, inbox, admin, sendd, cli); its user comes of
 * the settings, which are copied, and its password of the file they name, at
 * each connect. ERR_BUSY when that is not
 * to be had, MariaDB cannot be reached or does not let us in, or its schema
 * is of another version and, if later, does not say that it serves ours. */
const struct err *db_open(const struct db_settings *s, const char *program,
    enum db_kind kind, struct db **db);
void db_close(struct db *db); /* takes NULL */

/* Prepare every statement of the product, so that one that does not fit the
 * schema is found by its number. For a user with the rights of all. */
const struct err *db_check(struct db *db);

/* So far from the database's, this machine's clock is an alarm. */
#define DB_CLOCK_FAR_MS 5000
bool db_clock_is_far(int64_t ahead_ms);

/* --- values ----------------------------------------------------------- */

enum value_type { V_NULL, V_I64, V_U64, V_TEXT };

struct value {
	enum value_type type;
	union {
		int64_t i64;
		uint64_t u64;
		struct {
			const char *data;
			size_t len;
		} text;
	};
};

static inline struct value
v_i64(int64_t v)
{
	return (struct value){.type = V_I64, .i64 = v};
}

static inline struct value
v_u64(uint64_t v)
{
	return (struct value){.type = V_U64, .u64 = v};
}

static inline struct value
v_blob(const void *data, size_t len)
{
	struct value v = {.type = data != NULL ? V_TEXT : V_NULL};

	v.text.data = data;
	v.text.len = len;
	return v;
}

struct value v_text(const char *s); /* NULL: SQL's NULL */

static inline struct value
v_null(void)
{
	return (struct value){.type = V_NULL};
}

/* Arguments of a statement: VALUES(v_u64(1), v_text("x")), or NO_VALUES. */
#define VALUES(...)                                                            \
	((const struct value[]){__VA_ARGS__}),                                 \
	    (sizeof((const struct value[]){__VA_ARGS__}) / sizeof(struct value))
#define NO_VALUES NULL, 0

/* Bytes of a list of many rows, passed as one value: below MariaDB's
 * max_allowed_packet of 16 MB. */
#define DB_LIST_MAX (15 * 1024 * 1024)

/* --- statements ------------------------------------------------------- */

/* Run a statement that gives no rows. Outside of a transaction it is one of
 * its own, and repeated as db_transact does. */
const struct err *db_exec(struct db *db, enum sql_id id,
    const struct value *values, size_t n);

/* The same, once: where a lock that somebody holds is an answer, too. */
const struct err *db_try(struct db *db, enum sql_id id,
    const struct value *values, size_t n);

/* Rows the last db_exec or db_try matched (not: changed); its
 * AUTO_INCREMENT. */
uint64_t db_affected(const struct db *db);
uint64_t db_insert_id(const struct db *db);

/* Run a statement that gives rows; all are fetched at once. Free them. */
const struct err *db_query(struct db *db, enum sql_id id,
    const struct value *values, size_t n, struct rows **rows);

bool db_next(struct rows *r);
void db_done(struct rows *r); /* takes NULL */
uint64_t db_count(const struct rows *r);

/* Columns of the present row, by position. Text lives until db_next. */
bool db_is_null(const struct rows *r, unsigned i);
uint64_t db_u64(const struct rows *r, unsigned i); /* 0 for NULL */
int64_t db_i64(const struct rows *r, unsigned i);
const char *db_text(const struct rows *r, unsigned i); /* NULL for NULL */
const char *db_blob(const struct rows *r, unsigned i, size_t *len);

/* The same text in an arena; NULL for NULL. */
const char *db_copy(struct arena *a, const struct rows *r, unsigned i);

/* --- transactions ----------------------------------------------------- */

/* ERR_FAULT within another. */
const struct err *db_begin(struct db *db);

/* Commit if e is NULL; else roll back and return e. */
const struct err *db_end(struct db *db, const struct err *e);

/* Run fn in a transaction; again, after a pause that grows and is drawn at
 * random, when others were in the way (deadlock, lock wait, a failed
 * certification) or the connection was lost before COMMIT: for so long as
 * one statement may take. fn must be repeatable. */
typedef const struct err *db_fn(struct db *db, void *arg);
const struct err *db_transact(struct db *db, db_fn *fn, void *arg);

/* Call done(arg) when the transaction under way has ended, either way; at
 * once when there is none. For what must be held until a row is seen. */
void db_at_end(struct db *db, void (*done)(int), int arg);

/* Was the latest failure of this connection an ERR_DUPLICATE? Of this key, if
 * named: "PRIMARY" of an id that was drawn twice. */
bool db_duplicate(const struct db *db, const char *key);

/* Was the latest failure that others were in the way? */
bool db_was_locked(const struct db *db);

/* --- administration --------------------------------------------------- */

/* As an administrator without a default database, for setup only. host and
 * socket from the settings; password may be NULL. */
const struct err *db_open_admin(const struct db_settings *s, const char *user,
    const char *password, struct db **db);

struct script_var {
	const char *name; /* {name} in the script */
	const char *value;
	bool literal; /* quote as a string, else as an identifier */
};

/* Run a script of several statements, {name} replaced safely. */
const struct err *db_script(struct db *db, const char *script, size_t len,
    const struct script_var *vars, size_t n);

#endif
