/* SPDX-License-Identifier: MIT */
/*
 * MariaDB's error numbers, and their meaning for us. The table has the errors
 * that the data of a call can cause, and programming errors. Every other
 * number, also one of a later MariaDB, is not the caller's fault: ERR_BUSY.
 */
#include "db/db_part.h"

#include <stdio.h>
#include <string.h>

#include "lib/mem.h"

#define DUPLICATE "there is such a row already, key "

/* Our own number: MariaDB says by the text alone that a transaction has more
 * rows or bytes than a node of Galera takes. 1180 is also that of a node that
 * is lost at COMMIT, and 1105 of anything. */
#define WRITE_SET_TOO_LARGE 65000

#define MISFIT "a value does not fit its column or type"

enum {
	AGAIN = 1, /* the same statement may succeed a moment later */
	GONE = 2,  /* the connection is lost or useless */
	LOGIN = 4, /* MariaDB does not let this user in */
	UNFIT = 8, /* another node of the cluster may serve */
	FULL = 16, /* it serves those who are in */
	DENIED = 32, /* what waiting does not mend: a right, a certificate */
	ENDED = 64,   /* from outside, at any moment */
	UNKNOWN = 128, /* the server has no such statement, or not prepared */
	SPENT = 256,   /* this connection is refused; a new one may not be */
};

/* Some texts of MariaDB quote a value: a token, a message, a password. For
 * those the table has a text without the value. */
static const struct meaning {
	unsigned number;
	enum err_code code;
	unsigned how;
	const char *words; /* NULL: MariaDB's */
} meanings[] = {
    /* the data of a call */
    {ER_DUP_ENTRY, ERR_DUPLICATE, 0, DUPLICATE},
    {ER_DUP_ENTRY_WITH_KEY_NAME, ERR_DUPLICATE, 0, DUPLICATE},
    {ER_DATA_TOO_LONG, ERR_OVERSIZE, 0, NULL},
    {ER_WARN_DATA_OUT_OF_RANGE, ERR_OVERSIZE, 0, NULL},
    {ER_NET_PACKET_TOO_LARGE, ERR_OVERSIZE, GONE, NULL},
    {CR_NET_PACKET_TOO_LARGE, ERR_OVERSIZE, GONE, NULL},

    {WRITE_SET_TOO_LARGE, ERR_OVERSIZE, 0, "a node takes no transaction of so "
	"many rows or bytes, see wsrep_max_ws_rows and wsrep_max_ws_size"},
    /* of an UPDATE that joins a list, of however few rows */
    {ER_GALERA_REPLICATION_NOT_SUPPORTED, ERR_BUSY, 0, "the wsrep_max_ws_rows "
	"of the node must be 0"},

    /* programming errors: a value that we should have checked */
    {ER_TRUNCATED_WRONG_VALUE, ERR_FAULT, 0, MISFIT},
    {ER_TRUNCATED_WRONG_VALUE_FOR_FIELD, ERR_FAULT, 0, MISFIT},
    {ER_ILLEGAL_VALUE_FOR_TYPE, ERR_FAULT, 0, MISFIT},
    {ER_WRONG_VALUE_FOR_TYPE, ERR_FAULT, 0, MISFIT},
    {ER_WRONG_VALUE, ERR_FAULT, 0, MISFIT},
    {ER_BAD_DATA, ERR_FAULT, 0, MISFIT},
    {ER_DATA_OUT_OF_RANGE, ERR_FAULT, 0, MISFIT},
    {ER_INVALID_CHARACTER_STRING, ERR_FAULT, 0, MISFIT},
    {ER_CANNOT_CONVERT_CHARACTER, ERR_FAULT, 0, MISFIT},
    /* also OR_THE_SAME_USER in sql.c: a row met one of another statement */
    {ER_BAD_NULL_ERROR, ERR_FAULT, AGAIN, NULL},
    {ER_NO_DEFAULT_FOR_FIELD, ERR_FAULT, 0, NULL},
    {ER_CONSTRAINT_FAILED, ERR_FAULT, 0, NULL},
    /* a statement that is wrong, or does not fit the schema */
    {ER_PARSE_ERROR, ERR_FAULT, UNKNOWN, NULL},
    {ER_SYNTAX_ERROR, ERR_FAULT, UNKNOWN, NULL},
    {ER_EMPTY_QUERY, ERR_FAULT, 0, NULL},
    {ER_NO_SUCH_TABLE, ERR_FAULT, 0, NULL},
    {ER_UNKNOWN_TABLE, ERR_FAULT, 0, NULL},
    {ER_BAD_FIELD_ERROR, ERR_FAULT, 0, NULL},
    {ER_NON_UNIQ_ERROR, ERR_FAULT, 0, NULL},
    {ER_FIELD_SPECIFIED_TWICE, ERR_FAULT, 0, NULL},
    {ER_KEY_DOES_NOT_EXISTS, ERR_FAULT, 0, NULL},
    {ER_WRONG_VALUE_COUNT, ERR_FAULT, 0, NULL},
    {ER_WRONG_VALUE_COUNT_ON_ROW, ERR_FAULT, 0, NULL},
    {ER_WRONG_NUMBER_OF_COLUMNS_IN_SELECT, ERR_FAULT, 0, NULL},
    {ER_WRONG_ARGUMENTS, ERR_FAULT, 0, NULL},
    {ER_OPERAND_COLUMNS, ERR_FAULT, 0, NULL},
    {ER_SUBQUERY_NO_1_ROW, ERR_FAULT, 0, NULL},
    {ER_SP_DOES_NOT_EXIST, ERR_FAULT, 0, NULL},
    {ER_FUNCTION_NOT_DEFINED, ERR_FAULT, 0, NULL},
    {ER_WRONG_PARAMCOUNT_TO_NATIVE_FCT, ERR_FAULT, 0, NULL},
    {ER_CANT_AGGREGATE_2COLLATIONS, ERR_FAULT, 0, NULL},
    {ER_CANT_AGGREGATE_3COLLATIONS, ERR_FAULT, 0, NULL},
    {ER_CANT_AGGREGATE_NCOLLATIONS, ERR_FAULT, 0, NULL},
    {ER_UNKNOWN_COLLATION, ERR_FAULT, 0, NULL},
    {ER_NOT_SUPPORTED_YET, ERR_FAULT, UNKNOWN, NULL},
    {ER_UNSUPPORTED_PS, ERR_FAULT, UNKNOWN, NULL},
    {ER_UNKNOWN_STMT_HANDLER, ERR_FAULT, GONE, NULL},
    /* the client library, wrongly used */
    {CR_COMMANDS_OUT_OF_SYNC, ERR_FAULT, GONE, NULL},
    {CR_NO_PREPARE_STMT, ERR_FAULT, GONE, NULL},
    {CR_PARAMS_NOT_BOUND, ERR_FAULT, 0, NULL},
    {CR_INVALID_PARAMETER_NO, ERR_FAULT, 0, NULL},
    {CR_INVALID_BUFFER_USE, ERR_FAULT, 0, NULL},
    {CR_UNSUPPORTED_PARAM_TYPE, ERR_FAULT, 0, NULL},

    /* contention; Galera reports a failed certification as a deadlock, and
     * MariaDB a wait for an AUTO_INCREMENT lock as a failed read of it */
    {ER_LOCK_DEADLOCK, ERR_CONTENTION, AGAIN, NULL},
    {ER_LOCK_WAIT_TIMEOUT, ERR_CONTENTION, AGAIN, NULL},
    {ER_CHECKREAD, ERR_CONTENTION, AGAIN, NULL},
    {ER_AUTOINC_READ_FAILED, ERR_CONTENTION, AGAIN, NULL},
    {ER_QUERY_INTERRUPTED, ERR_CONTENTION, AGAIN | ENDED, NULL},
    {ER_NEED_REPREPARE, ERR_CONTENTION, AGAIN, NULL},

    /* the server's max_statement_time */
    {ER_STATEMENT_TIMEOUT, ERR_BUSY, ENDED, NULL},

    /* db_post_one */
    {ER_SIGNAL_EXCEPTION, ERR_CONFLICT, 0, "no row, or several"},

    /* a login that is refused */
    {ER_ACCESS_DENIED_ERROR, ERR_BUSY, LOGIN, NULL},
    {ER_ACCESS_DENIED_NO_PASSWORD_ERROR, ERR_BUSY, LOGIN, NULL},
    {ER_DBACCESS_DENIED_ERROR, ERR_BUSY, LOGIN, NULL},
    {ER_BAD_DB_ERROR, ERR_BUSY, LOGIN, NULL},
    {ER_HOST_NOT_PRIVILEGED, ERR_BUSY, LOGIN, NULL},

    {ER_TABLEACCESS_DENIED_ERROR, ERR_BUSY, DENIED, NULL},
    {ER_COLUMNACCESS_DENIED_ERROR, ERR_BUSY, DENIED, NULL},
    {ER_SPECIFIC_ACCESS_DENIED_ERROR, ERR_BUSY, DENIED, NULL},
    {ER_MUST_CHANGE_PASSWORD, ERR_BUSY, DENIED, NULL},
    {ER_NOT_SUPPORTED_AUTH_MODE, ERR_BUSY, DENIED, NULL},
    {CR_AUTH_PLUGIN_CANNOT_LOAD, ERR_BUSY, DENIED, NULL},
    {CR_SSL_CONNECTION_ERROR, ERR_BUSY, DENIED, NULL},
    {ER_CON_COUNT_ERROR, ERR_BUSY, FULL, NULL},
    {ER_TOO_MANY_USER_CONNECTIONS, ERR_BUSY, FULL, NULL},
    /* max_queries_per_hour: of an open connection what is prepared is served,
     * and no word. It keeps the limit that it was opened with. */
    {ER_USER_LIMIT_REACHED, ERR_BUSY, FULL | SPENT, NULL},

    /* the connection */
    {CR_SERVER_GONE_ERROR, ERR_BUSY, GONE, NULL},
    {CR_SERVER_LOST, ERR_BUSY, GONE, NULL},
    {CR_MALFORMED_PACKET, ERR_BUSY, GONE, NULL},
    {ER_SERVER_SHUTDOWN, ERR_BUSY, GONE, NULL},
    {ER_NORMAL_SHUTDOWN, ERR_BUSY, GONE, NULL},
    {ER_CONNECTION_KILLED, ERR_BUSY, GONE, NULL},
    {ER_NET_READ_ERROR, ERR_BUSY, GONE, NULL},
    {ER_NET_READ_INTERRUPTED, ERR_BUSY, GONE, NULL},
    {ER_NET_ERROR_ON_WRITE, ERR_BUSY, GONE, NULL},
    {ER_NET_WRITE_INTERRUPTED, ERR_BUSY, GONE, NULL},

    /* a node of Galera that is not part of its cluster; a standby */
    {ER_UNKNOWN_COM_ERROR, ERR_BUSY, UNFIT, NULL},
    {ER_ERROR_DURING_COMMIT, ERR_BUSY, UNFIT, NULL},
    {ER_OPTION_PREVENTS_STATEMENT, ERR_BUSY, UNFIT, NULL},
    {ER_READ_ONLY_MODE, ERR_BUSY, UNFIT, NULL},
};

static const struct meaning *
meaning_of(unsigned number)
{
	static const struct meaning unknown = {.code = ERR_BUSY};

	for (size_t i = 0; i < nitems(meanings); i++)
		if (meanings[i].number == number)
			return &meanings[i];
	return &unknown;
}

static bool
means(unsigned number, unsigned how)
{
	return (meaning_of(number)->how & how) != 0;
}

bool
db_is_gone(unsigned number)
{
	return means(number, GONE);
}

bool
db_is_login(unsigned number)
{
	return means(number, LOGIN);
}

bool
db_is_repeatable(unsigned number)
{
	return means(number, AGAIN);
}

bool
db_is_unknown(unsigned number)
{
	return means(number, UNKNOWN);
}

bool
db_is_ended(unsigned number)
{
	return means(number, ENDED);
}

bool
db_is_unfit(unsigned number)
{
	return means(number, UNFIT);
}

bool
db_is_denied(unsigned number)
{
	return means(number, DENIED);
}

bool
db_is_full(unsigned number)
{
	return means(number, FULL);
}

/* A name server that is slow says nothing of the node. */
bool
db_found_host(const struct db *db)
{
	return db->last_error != CR_UNKNOWN_HOST;
}

/* With one node, the connection is kept: no other would serve. */
bool
db_is_lost(const struct db *db)
{
	return means(db->last_error, GONE | SPENT) ||
	    (db->nodes.n > 1 && db_is_unfit(db->last_error));
}

/* The name between the last two quotes: "Duplicate entry 'it''s' for key
 * 'PRIMARY'". */
static void
read_key(const char *text, char *into, size_t size)
{
	const char *end = strrchr(text, '\''), *begin = end;

	while (begin != NULL && begin > text && begin[-1] != '\'')
		begin--;
	(void)snprintf(into, size, "%.*s",
	    begin != NULL ? (int)(end - begin) : 0,
	    begin != NULL ? begin : "");
}

static bool
is_too_large(const char *text)
{
	return strcmp(text, "wsrep_max_ws_rows exceeded") == 0 ||
	    strcmp(text, "Maximum writeset size exceeded") == 0;
}

const struct err *
db_failure(struct db *db, unsigned number, const char *text, const char *doing)
{
	unsigned meant = is_too_large(text) ? WRITE_SET_TOO_LARGE : number;
	const struct meaning *m = meaning_of(meant);

	db->last_error = meant;
	db->last_key[0] = '\0';
	if (m->how & UNFIT ||
	    (m->how & GONE && !db_was_quick(db, db->asked_ms)))
		db_leave(db, text);
	/* MariaDB has rolled back the whole transaction, or will */
	if (db->in_transaction &&
	    (number == ER_LOCK_DEADLOCK || meant == WRITE_SET_TOO_LARGE ||
		db_is_lost(db)))
		db->broken = true;
	if (m->code == ERR_DUPLICATE)
		read_key(text, db->last_key, sizeof db->last_key);
	return err_new(m->code, "database: %s: %s%s (%u)", doing,
	    m->words != NULL ? m->words : text, db->last_key, number);
}

bool
db_was_locked(const struct db *db)
{
	return meaning_of(db->last_error)->code == ERR_CONTENTION;
}

bool
db_was_too_large(const struct db *db)
{
	return db->last_error == WRITE_SET_TOO_LARGE;
}

bool
db_was_missed(const struct db *db)
{
	return db->last_error == ER_SIGNAL_EXCEPTION;
}

bool
db_was_refused(const struct db *db)
{
	return db->mysql != NULL && db->last_error != 0 &&
	    !db_was_locked(db) && !db_is_lost(db);
}

bool
db_duplicate(const struct db *db, const char *key)
{
	return db->last_error == ER_DUP_ENTRY &&
	    (key == NULL || strcmp(db->last_key, key) == 0);
}
