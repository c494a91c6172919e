/* SPDX-License-Identifier: MIT */
/*
 * The database: one connection, prepared statements by number, rows, and
 * transactions. Only db.c and db_*.c know MariaDB's client library and its
 * error numbers. One struct db serves one thread.
 *
 * The session is utf8mb4, UTC, strict, READ COMMITTED, and writes nothing
 * outside a transaction. A lost connection is opened again by the next call
 * that begins something.
 *
 * Errors: ERR_DUPLICATE and ERR_OVERSIZE are caused by the data of a call, or
 * ERR_OVERSIZE by a transaction of more than a node of Galera takes;
 * ERR_FAULT is a programming error; ERR_CONTENTION: every repetition met a
 * lock or a conflict of another transaction; ERR_DOUBT: the answer to a COMMIT
 * was lost; ERR_BUSY: any other failure, nothing was done, and the same call
 * may succeed later. db_error.c has the table.
 */
#ifndef DB_DB_H
#define DB_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "db/node.h"
#include "db/sql.h"
#include "lib/arena.h"
#include "lib/err.h"

struct db;
struct kept;
struct rows;

/* [database] of outpost.conf. If a socket is set, the host is ignored; a host
 * may be a list (db/node.h). */
struct db_settings {
	char *socket, *host, *name, *user, *password_file, *tls_ca;
	char *user_hosts; /* for setup */
	int64_t port, timeout_ms;
	/* No setting: for how long a transaction of this connection waits for
	 * a row and is repeated; 0: as its kind has it. */
	int64_t lock_ms;
	bool tls_verify;
};

enum db_kind {
	DB_QUICK, /* a caller waits: [database] timeout for a statement */
	DB_LONG,  /* statements over very many rows */
	DB_ADMIN  /* of db_open_admin: without a limit */
};

/* Connect as a program (push, inbox, admin, sendd, cli). In a Galera cluster
 * its reads wait for what other nodes have accepted before; those of sendd do
 * so only at the first statement, because it reads all the time, and what it
 * reads too early it reads again. Its user comes from the settings, which are
 * copied; its password is read from the file they name at each connect.
 * ERR_BUSY when the password cannot be read, MariaDB cannot be reached or
 * refuses the login, or the schema is older, or newer and does not declare that
 * it serves programs of this version. */
const struct err *db_open(const struct db_settings *s, const char *program,
    enum db_kind kind, struct db **db);
void db_close(struct db *db); /* takes NULL */

/* The same, but its first statement connects, and returns the error. */
struct db *db_later(const struct db_settings *s, const char *program,
    enum db_kind kind);

/* Has it a connection? After a failure: did that leave it one? */
bool db_is_connected(const struct db *db);

/* The servers of these settings. */
void db_nodes(const struct db_settings *s, struct node_list *out);

/* The server of the latest connection, for people: "db1:3306", or the path of
 * its socket. Valid until db_close. */
const char *db_where(const struct db *db);

/* The name of that node in its Galera cluster, cut to fit; "" when there is
 * none. */
#define DB_NODE 64 /* bytes with NUL */
const char *db_node(const struct db *db);

/* Why a program was not let in. */
enum db_refusal {
	DB_NOT_REFUSED,
	DB_UNREACHED,	  /* nobody answers, or no longer */
	DB_NO_PASSWORD,	  /* its password file cannot be read */
	DB_LOGIN_REFUSED, /* unknown user, wrong password, no database */
	DB_DENIED,	  /* a right is missing, or TLS fails */
	DB_NO_TABLES,	  /* "outpost setup" has not run */
	DB_OLD_TABLES,	  /* of an earlier release */
	DB_NEW_TABLES	  /* of a later release */
};

/* As db_open, and says why. */
const struct err *db_try(const struct db_settings *s, const char *program,
    enum db_kind kind, struct db **db, enum db_refusal *why);

/* Prepare every statement of the product, to find each one that does not fit
 * the schema. The database user needs the privileges of all programs. */
const struct err *db_check(struct db *db);

/* Log an alarm if this machine's clock is this far from the database's. */
#define DB_CLOCK_FAR_MS 1000
bool db_clock_is_far(int64_t ahead_ms);

/* What the clock of one node of [database] host said, by its name in the
 * cluster: its zero is that of our steady clock. */
struct node_clock {
	char node[DB_NODE];
	int64_t base_ms;
};

/* Ask each of them by a connection of its own, and wait for each of them up to
 * a second; out: at least of DB_NODES_MAX. Those that do not answer are left
 * out. Returns how many have; none if there is no cluster, or only one host. */
#define DB_NODES_MAX 16
size_t db_ask_clocks(const struct db *db, struct node_clock *out);

/* A connection for asking one node whether it serves, each step of which may
 * take that long, at least a second; it is not opened yet. */
struct db *db_visitor(const struct db_settings *s, const char *program,
    const struct node *node, int64_t timeout_ms);

/* Ask it, by one round trip if the connection is open. One that takes no more
 * connections is NODE_FULL. Also an error when the schema does not serve this
 * program, as it was at the connect. An error closes the connection. */
const struct err *db_ask_fitness(struct db *visitor, enum node_fitness *how);

/* Has it found the address of the host, as far as its latest failure tells? */
bool db_found_host(const struct db *visitor);

/* Close its connection until it is asked again. */
void db_rest(struct db *visitor);

/* sendd in a cluster: wait until the node of this connection has what the
 * others had accepted before. At once when there is no cluster. */
const struct err *db_catch_up(struct db *db);

/* Is the server of the latest connection a node of a cluster? */
bool db_is_clustered(const struct db *db);

/* What is kept between calls (db/kept.h). */
struct kept *db_kept(struct db *db);

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

/* Maximum bytes of a list of rows that is passed as one value: below MariaDB's
 * max_allowed_packet of 16 MB. */
#define DB_LIST_MAX (15 * 1024 * 1024)

/* --- statements ------------------------------------------------------- */

/* Run a statement that returns no rows. Outside a transaction the statement is
 * its own transaction, and is repeated as db_transact does. */
const struct err *db_exec(struct db *db, enum sql_id id,
    const struct value *values, size_t n);

/* As db_exec, for each of the rows, of n values each, row after row. One
 * round trip takes as many rows as fit into a packet, at half the cost of the
 * same rows in JSON_TABLE. The values of a column have one type, or are null.
 * All rows are written or none; db_affected counts them all. Without rows
 * nothing is done. ERR_OVERSIZE: a row is larger than DB_LIST_MAX. */
const struct err *db_exec_rows(struct db *db, enum sql_id id,
    const struct value *values, size_t n, size_t rows);

/* In a transaction: send a statement that returns no rows, and do not wait for
 * its answer. The next statement that waits reads it, or db_answers, or db_end:
 * so several statements cost one round trip. That call returns a failure of
 * this one, too, and then the transaction can only be rolled back. When the
 * answer is read, the number of rows that it matched is added to *matched.
 * Without matched (NULL), the statement may be sent later, together with others
 * as one (db_bundle.c). An error of this call itself: the statement was not
 * sent. */
const struct err *db_post(struct db *db, enum sql_id id,
    const struct value *values, size_t n, uint64_t *matched);

/* The same, and the transaction can only be rolled back unless the statement
 * matches one row, and no more: a statement that waits, or db_end, returns
 * ERR_CONFLICT then, and db_was_missed is true. */
const struct err *db_post_one(struct db *db, enum sql_id id,
    const struct value *values, size_t n);
bool db_was_missed(const struct db *db);

/* The same for many rows, as db_exec_rows. */
const struct err *db_post_rows(struct db *db, enum sql_id id,
    const struct value *values, size_t n, size_t rows, uint64_t *matched);

/* Wait for the answers to what was posted. Returns the first failure. */
const struct err *db_answers(struct db *db);

/* Number of rows that the last statement matched (not: changed) whose answer
 * was read, and its AUTO_INCREMENT value. Not of one that was posted without
 * matched: it may be sent together with others, and MariaDB tells neither. */
uint64_t db_affected(const struct db *db);
uint64_t db_insert_id(const struct db *db);

/* Run a statement that returns rows; all are fetched at once. The caller frees
 * them with db_done. */
const struct err *db_query(struct db *db, enum sql_id id,
    const struct value *values, size_t n, struct rows **rows);

bool db_next(struct rows *r);
void db_done(struct rows *r); /* takes NULL */
uint64_t db_count(const struct rows *r);

/* Call see for each row behind the current one, and go back: db_next reads the
 * row that it would have read. The texts of the current row are gone. */
void db_look_ahead(struct rows *r, void (*see)(const struct rows *, void *),
    void *arg);

/* Columns of the current row, by position. Text is valid until db_next. A
 * DATETIME is a number, of milliseconds since 1970 UTC. */
bool db_is_null(const struct rows *r, unsigned i);
uint64_t db_u64(const struct rows *r, unsigned i); /* 0 for NULL */
int64_t db_i64(const struct rows *r, unsigned i);
const char *db_text(const struct rows *r, unsigned i); /* NULL for NULL */
const char *db_blob(const struct rows *r, unsigned i, size_t *len);

/* Copy the text of a column into an arena; NULL for NULL. */
const char *db_copy(struct arena *a, const struct rows *r, unsigned i);

/* --- transactions ----------------------------------------------------- */

/* Begin a transaction. Nothing waits for the answer: a failure to begin fails
 * the first statement that waits. ERR_FAULT inside another transaction. */
const struct err *db_begin(struct db *db);

/* Commit if e is NULL; else roll back and return e. */
const struct err *db_end(struct db *db, const struct err *e);

/* Run fn in a transaction. Repeat it after a random, growing pause when another
 * transaction was in the way (deadlock, lock wait, failed certification) or the
 * connection was lost before COMMIT, for up to the time that one statement may
 * take. fn must be repeatable. */
typedef const struct err *db_fn(struct db *db, void *arg);
const struct err *db_transact(struct db *db, db_fn *fn, void *arg);

/* The same in two steps, the first of which waits for nothing: it sends what fn
 * posts, with COMMIT, as one command; fn does nothing but post. False: nothing
 * was sent, and db_transact can be called. True: only db_transact_heard may use
 * the connection next; it hears the answer and goes on as db_transact does.
 * Each step may be of another thread. */
bool db_transact_post(struct db *db, db_fn *fn, void *arg);
const struct err *db_transact_heard(struct db *db, db_fn *fn, void *arg);

/* Between the two: where the answer arrives, to be watched by epoll(7); -1: it
 * cannot be looked at beforehand, because of TLS. db_is_answered: has all of it
 * arrived, and is the transaction committed? Then db_transact_heard succeeds
 * and waits for nothing. */
int db_answer_fd(const struct db *db);
bool db_is_answered(const struct db *db);

/* As db_transact, and a COMMIT without an answer is repeated, too: for an fn
 * that can be done twice without harm (look NULL), or that writes the same ids
 * at each try. Then look finds out whether the COMMIT in doubt has been done,
 * and a duplicate key at a repetition means that it is still under way. doubt:
 * there is one already, from db_transact_shared. ERR_DOUBT: the time is over,
 * and it may have been done. */
typedef const struct err *db_look_fn(struct db *db, void *arg, bool *done);
const struct err *db_transact_surely(struct db *db, db_fn *fn,
    db_look_fn *look, void *arg, bool doubt);

/* Run fn in a transaction that several callers share, once. When it fails,
 * *apart: nothing was done, and each of them should try its own part by itself.
 * Else the failure is everybody's: ERR_DOUBT, or a server that was silent for
 * as long as db_transact repeats. */
const struct err *db_transact_shared(struct db *db, db_fn *fn, void *arg,
    bool *apart);

/* Call done(arg) when the current transaction has ended, by COMMIT or ROLLBACK;
 * at once when there is none. For a lock that must be held until other
 * connections see the row. */
void db_at_end(struct db *db, void (*done)(int), int arg);

/* Call sent(arg) when the COMMIT of the current transaction has been sent, and
 * before its answer is read: others see the rows about then. What is to be
 * committed may be on its way with it, and not be answered either: MariaDB may
 * refuse it, and others never see the rows. It is not called when the
 * transaction is rolled back before, and must return at once. A later call of
 * this function replaces an earlier one. */
void db_at_commit(struct db *db, void (*sent)(void *), void *arg);

/* Was the latest failure of this connection an ERR_DUPLICATE? key NULL: of any
 * key; "PRIMARY" when a random id was drawn twice. */
bool db_duplicate(const struct db *db, const char *key);

/* Was the latest failure a lock or a conflict of another transaction? */
bool db_was_locked(const struct db *db);

/* Was the latest failure MariaDB's answer to a statement, for which neither
 * another transaction nor the connection was the cause? The same statement
 * would fail again. */
bool db_was_refused(const struct db *db);

/* --- administration --------------------------------------------------- */

/* Connect as an administrator without a default database, for setup only. host
 * and socket come from the settings; password may be NULL. A failure says why:
 * DB_UNREACHED or DB_LOGIN_REFUSED. */
const struct err *db_open_admin(const struct db_settings *s, const char *user,
    const char *password, struct db **db, enum db_refusal *why);

struct script_var {
	const char *name; /* {name} in the script */
	const char *value;
	bool literal; /* quote as a string, else as an identifier */
};

/* Run a script of several statements; each {name} is replaced by its quoted
 * value. */
const struct err *db_script(struct db *db, const char *script, size_t len,
    const struct script_var *vars, size_t n);

#endif
