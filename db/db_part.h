/* SPDX-License-Identifier: MIT */
/*
 * The shared part of db.c and db_*.c, the only files that include mysql.h.
 */
#ifndef DB_DB_PART_H
#define DB_DB_PART_H

#include <mysql.h>
#include <mysqld_error.h>
#include <errmsg.h>

#include "lib/buf.h"

#include "db/db.h"
#include "db/node.h"

#define MAX_VALUES 32 /* of a statement */
#define POSTED_MAX 16 /* their answers fit into any socket's buffer */

/* Statements that are sent as one (db_bundle.c). */
#define BUNDLE_PARTS 8
#define BUNDLE_VALUES 64
#define BUNDLE_TEXTS 16384 /* bytes */
#define BUNDLES_MAX 16	   /* of a connection */

struct bundle_shape {
	enum sql_id ids[BUNDLE_PARTS];
	bool one[BUNDLE_PARTS]; /* as of db_post_one */
	size_t n;
	bool begins, commits; /* with START TRANSACTION, with COMMIT */
	bool marks; /* sets the savepoint at its end; n 0: wants it there */
};

struct bundle {
	struct bundle_shape shape;
	unsigned uses;	  /* less those that others have taken off */
	MYSQL_STMT *stmt; /* NULL: it is not prepared */
	bool unfit;	  /* it cannot be */
};

/* What is posted and not sent. */
struct put_off {
	struct bundle_shape shape;
	size_t counts[BUNDLE_PARTS]; /* values of each */
	struct value values[BUNDLE_VALUES];
	size_t n, n_texts;
	char texts[BUNDLE_TEXTS];
};

/* A command whose answer is still to be read. */
struct posted {
	const char *word; /* as START TRANSACTION; NULL: a statement */
	const struct bundle *bundle; /* NULL: that of id */
	enum sql_id id;
	bool one; /* as of db_post_one */
	uint64_t *matched; /* number of its rows is added here; or NULL */
	bool awaited;	   /* its caller waits, and hears of its failure */
};

struct db {
	MYSQL *mysql; /* NULL: not connected */
	enum db_kind kind;
	unsigned connect_s, io_s, lock_s; /* 0: for ever */
	int64_t again_ms; /* repeat a contended transaction for up to this */
	/* a deep copy: sendd reloads its settings on SIGHUP, while a db_worker
	 * may be connecting */
	struct db_settings settings;
	char *user, *password, *password_file, *schema;
	struct node_list nodes;
	size_t node;	  /* of the latest connection: its place in the list */
	int64_t full_until_ms[NODES_MAX]; /* steady clock: it takes no more */
	int64_t full_ms[NODES_MAX]; /* that long; 0: it took the latest */
	int line; /* of node_line_open, or -1 */
	int64_t asked_ms; /* steady clock: when the latest command was sent */
	bool in_transaction;
	bool unbegun; /* it is, and START TRANSACTION was not sent */
	bool broken;  /* the transaction was rolled back already */
	bool commit_sent; /* of the latest transaction */
	bool must_defer;  /* nothing may be sent now but what is put off */
	bool looking; /* the schema is being checked */
	bool reads_all; /* each read waits for what other nodes have written */
	bool visits;	/* it only asks one node for its clock, ... */
	bool watches;	/* ... or whether it serves */
	bool takes_behind; /* a node that is behind: there is no better one */
	enum node_fitness fitness; /* of its node, as last asked */
	bool galera;	/* the server is one of a cluster */
	char galera_node[DB_NODE];
	int64_t ahead_ms; /* of its node's clock, as this session has it */
	uint64_t affected, insert_id;
	unsigned last_error;
	enum db_refusal refusal; /* of the latest connect */
	char last_key[65]; /* the key of the latest duplicate, or "" */
	MYSQL_STMT *stmts[SQL__COUNT];
	struct db_ending {
		void (*done)(int);
		int arg;
	} *endings; /* of the current transaction */
	size_t n_endings;
	void (*committing)(void *); /* of the current transaction, or NULL */
	void *committing_arg;
	struct rows *open; /* rows that still use a statement */
	struct posted posted[POSTED_MAX]; /* in the order of their sending */
	size_t n_posted;
	struct put_off *deferred; /* NULL: there was none yet */
	struct bundle bundles[BUNDLES_MAX];
	size_t n_bundles;
	struct bundle commit_whole; /* COMMIT, if the savepoint is there */
	struct kept *kept;
};

/* Its node has just refused the connection for being full. */
void db_note_full(struct db *db);

/* The places of the nodes that have done so a moment ago, as bits. They serve
 * the other connections of this process. */
unsigned db_full_places(const struct db *db);

/* With skip, the library sends a command and leaves its answer unread. */
void db_skip_answers(struct db *db, bool skip);

/* Send a command and do not read its answer: db_hear does. */
const struct err *db_post_word(struct db *db, const char *word, bool awaited);

/* Read the answers to what was sent. Returns the first failure. */
const struct err *db_hear(struct db *db);

/* Are these bytes one packet, whole, that says that a command without rows was
 * done? */
bool db_is_ok_packet(const unsigned char *data, size_t n);

/* In a transaction, send START TRANSACTION if it was not sent. */
const struct err *db_begin_now(struct db *db);

/* Put a statement off; one as of db_post_one. False: it must be sent by
 * itself. True and *e: an earlier one could not be sent. */
bool db_defer(struct db *db, enum sql_id id, const struct value *values,
    size_t n, bool one, const struct err **e);

/* Send what was put off. */
const struct err *db_send_deferred(struct db *db);

/* The same with COMMIT, and wait for the answer; *committed: whether it was
 * done so. ERR_DOUBT: the answer was lost. */
const struct err *db_commit_deferred(struct db *db, bool *committed);

/* Send what was put off with START TRANSACTION and COMMIT as one command, and
 * wait for nothing. False: it was not sent. */
bool db_post_deferred(struct db *db);

/* Hear the answer to a COMMIT that was sent with what was put off. ERR_DOUBT:
 * the answer was lost. */
const struct err *db_hear_commit(struct db *db);

/* Can a transaction begin on this connection without waiting for anything? */
bool db_is_ready(const struct db *db);

/* Discard what was put off. */
void db_drop_deferred(struct db *db);

/* What errors call it. */
const char *db_bundle_name(const struct bundle *b);

/* The connection ends. */
void db_forget_bundles(struct db *db);

/* ERR_BUSY while all must be put off. */
const struct err *db_may_send(const struct db *db);

/* As db_post or db_post_one, at once. */
const struct err *db_post_single(struct db *db, enum sql_id id,
    const struct value *values, size_t n, bool one);

/* Execute a statement; true: it could not be sent. */
bool db_send_values(MYSQL_STMT *stmt, const struct value *values, size_t n);

/* Post the word that turns autocommit on or off, unless it is so already: off
 * in a transaction, on outside. An administrator's stays on. The connection is
 * closed if it is lost. */
const struct err *db_autocommit(struct db *db, bool on);

/* Was the latest failure that a transaction has more rows or bytes than a node
 * takes? Nothing of it was done, though it is told at COMMIT. */
bool db_was_too_large(const struct db *db);

/* Run a statement that returns rows, which are still to be fetched. */
const struct err *db_ask(struct db *db, enum sql_id id,
    const struct value *values, size_t n);

/* Run a statement that returns no rows, without repetition; rows > 0: for rows
 * of n values each, which fit into one packet. */
const struct err *db_try_rows(struct db *db, enum sql_id id,
    const struct value *values, size_t n, size_t rows);

/* As db_post, with rows as above. */
const struct err *db_post_piece(struct db *db, enum sql_id id,
    const struct value *values, size_t n, size_t rows, uint64_t *matched);

/* Bind the values of all rows as arrays, and send. ERR_FAULT when values of
 * a column have different types; else *failed, and the statement has
 * MariaDB's error. */
const struct err *db_send_rows(MYSQL_STMT *stmt, const struct value *values,
    size_t n, size_t rows, bool *failed);

/* The error of a MariaDB number, stored as the connection's latest. Its text
 * never quotes a value of a row, even where MariaDB's text does. */
const struct err *db_failure(struct db *db, unsigned number,
    const char *text, const char *doing);

/* Does the number mean that the connection is lost? */
bool db_is_gone(unsigned number);

/* Does the number mean that this server does not serve now, while another node
 * of the same cluster may: not part of it, or read-only? */
bool db_is_unfit(unsigned number);

/* Did the latest failure end what the connection is good for: is it lost, has
 * it used up its statements, or is its server unfit and another one may serve?
 */
bool db_is_lost(const struct db *db);

/* May the same be asked of another node at once, when this one was silent? */
bool db_has_other(const struct db *db);

/* Does the number mean that the user, its password, its host or its database
 * is not known to MariaDB? */
bool db_is_login(unsigned number);

/* Does the number mean that MariaDB or we refuse the other one, and that
 * waiting does not mend it: a right is missing, a certificate not trusted? */
bool db_is_denied(unsigned number);

/* Does the number mean that MariaDB takes no more connections for now? */
bool db_is_full(unsigned number);

/* Does the number mean contention, so that the same statement may succeed a
 * moment later? */
bool db_is_repeatable(unsigned number);

/* Does the number mean that the server does not know such a statement, or
 * cannot prepare it? */
bool db_is_unknown(unsigned number);

/* Does the number mean that the statement was ended from outside, at any
 * moment: KILL QUERY, or max_statement_time? */
bool db_is_ended(unsigned number);

/* Did the statement that began at since_ms (monotonic) fail quickly? Then a new
 * connection may be made for the same statement; after a timeout, a second wait
 * is not worth it. */
bool db_was_quick(const struct db *db, int64_t since_ms);

/* Add a name of a table or the like, quoted. */
void db_put_name(const char *name, struct buf *into);

/* Connect, unless the connection exists already. */
const struct err *db_ready(struct db *db);

/* Connect, also in place of a connection. On failure, db->refusal has a reason
 * for db_try, or DB_NOT_REFUSED. */
const struct err *db_connect(struct db *db);

/* The limits of time of this kind of connection (db.c). */
void db_set_patience(struct db *db);

/* Set our time of day to the database's (lib/clock.h); in a cluster, also what
 * the statements of this session take off its node's clock. */
const struct err *db_hear_clock(struct db *db);

/* Outside a transaction: another connection has heard that the clock of this
 * node goes otherwise than this session has it. */
const struct err *db_keep_ahead(struct db *db);

void db_disconnect(struct db *db);

/* The node of the connection does not serve: from now on, connections go to
 * others if there are any. */
void db_leave(struct db *db, const char *why);

/* ERR_BUSY when the schema does not serve this program. */
const struct err *db_look_schema(struct db *db);

/* When a statement does not fit the schema (ERR_FAULT), check whether the
 * schema's version has changed: then that is the error. A transaction that is
 * broken must have ended before. */
const struct err *db_blame_schema(struct db *db, const struct err *e);

/* Detach open rows from their statements, because the connection ends. */
void db_forget_rows(struct db *db);

#endif
