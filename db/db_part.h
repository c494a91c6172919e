/* SPDX-License-Identifier: MIT */
/*
 * What the files of the database connection share (db.c, db_*.c), the only
 * includers of mysql.h.
 */
#ifndef DB_DB_PART_H
#define DB_DB_PART_H

#include <mysql.h>
#include <mysqld_error.h>
#include <errmsg.h>

#include "db/db.h"

struct db {
	MYSQL *mysql; /* NULL: not connected */
	enum db_kind kind;
	unsigned connect_s, io_s, lock_s; /* 0: for ever */
	int64_t again_ms; /* so long what met others is repeated */
	/* a copy with texts of its own: sendd reads its settings again when
	 * it is told to, while a db_worker may be connecting */
	struct db_settings settings;
	char *user, *password, *password_file, *schema;
	bool in_transaction;
	bool broken;  /* it is rolled back already */
	bool looking; /* at the schema */
	uint64_t affected, insert_id;
	unsigned last_error;
	char last_key[65]; /* of a duplicate; or "" */
	MYSQL_STMT *stmts[SQL__COUNT];
	struct db_ending {
		void (*done)(int);
		int arg;
	} *endings; /* of the transaction under way */
	size_t n_endings;
	struct rows *open; /* their statements end with the connection */
};

/* The error of a MariaDB number, kept as the connection's latest. Its text
 * names no value of a row, whatever MariaDB's does. */
const struct err *db_failure(struct db *db, unsigned number,
    const char *text, const char *doing);

/* Does the number say that the connection is no more? */
bool db_is_gone(unsigned number);

/* Does it say that somebody else was in the way, so that the same may
 * succeed a moment later? */
bool db_is_repeatable(unsigned number);

/* A connection that is found dead at once may be made anew for the same
 * statement; one that was silent for all its time (since then, monotonic) is
 * not worth a second wait. */
bool db_was_quick(const struct db *db, int64_t since_ms);

/* A connection there is, made if need be. */
const struct err *db_ready(struct db *db);

/* Take the database's time of day as ours (lib/clock.h). */
const struct err *db_hear_clock(struct db *db);

void db_disconnect(struct db *db);

/* ERR_BUSY when the schema does not serve this program. */
const struct err *db_look_schema(struct db *db);

/* The connection ends: rows that are read still have no statement. */
void db_forget_rows(struct db *db);

#endif
