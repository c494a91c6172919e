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

/* A command whose answer is still to be read. */
struct posted {
	const char *word; /* as START TRANSACTION; NULL: a statement */
	enum sql_id id;
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
	int line; /* of node_line_open, or -1 */
	int64_t asked_ms; /* steady clock: when the latest command was sent */
	bool in_transaction;
	bool broken;  /* the transaction was rolled back already */
	bool commit_sent; /* of the latest transaction */
	bool looking; /* the schema is being checked */
	bool reads_all; /* each read waits for what other nodes have written */
	bool visits;	/* it only asks a node for its clock */
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
	struct kept *kept;
};

/* With skip, the library sends a command and leaves its answer unread. */
void db_skip_answers(struct db *db, bool skip);

/* Send a command and do not read its answer: db_answers does. */
const struct err *db_post_word(struct db *db, const char *word, bool awaited);

/* Post the word that turns autocommit on or off, unless it is so already: off
 * in a transaction, on outside. An administrator's stays on. The connection is
 * closed if it is lost. */
const struct err *db_autocommit(struct db *db, bool on);

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

/* Did the latest failure end what the connection is good for: is it lost, or
 * is its server unfit and another one may serve? */
bool db_is_lost(const struct db *db);

/* May the same be asked of another node at once, when this one was silent? */
bool db_has_other(const struct db *db);

/* Does the number mean that the user, its password, its host or its database
 * is not known to MariaDB? */
bool db_is_login(unsigned number);

/* Does the number mean contention, so that the same statement may succeed a
 * moment later? */
bool db_is_repeatable(unsigned number);

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

/* The limits of time of this kind of connection. */
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
