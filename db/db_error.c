/* SPDX-License-Identifier: MIT */
/* MariaDB's error numbers, and what they mean to us. */
#include "db/db_part.h"

#include <stdio.h>
#include <string.h>

#include "lib/mem.h"

#define DUPLICATE "there is such a row already, key "
#define MISFIT "a value does not fit its column or type"

/* MariaDB's error numbers that mean more than "our mistake", or whose text
 * quotes a value: a token, a message, a password. Those get words of ours. */
static const struct {
	unsigned number;
	enum err_code code;
	const char *words; /* NULL: MariaDB's */
} meanings[] = {
    {ER_DUP_ENTRY, ERR_CONFLICT, DUPLICATE},
    {ER_DUP_ENTRY_WITH_KEY_NAME, ERR_CONFLICT, DUPLICATE},
    {ER_TRUNCATED_WRONG_VALUE, ERR_FAULT, MISFIT},
    {ER_TRUNCATED_WRONG_VALUE_FOR_FIELD, ERR_FAULT, MISFIT},
    {ER_ILLEGAL_VALUE_FOR_TYPE, ERR_FAULT, MISFIT},
    {ER_WRONG_VALUE_FOR_TYPE, ERR_FAULT, MISFIT},
    {ER_WRONG_VALUE, ERR_FAULT, MISFIT},
    {ER_BAD_DATA, ERR_FAULT, MISFIT},
    {ER_DATA_OUT_OF_RANGE, ERR_FAULT, MISFIT},
    {ER_INVALID_CHARACTER_STRING, ERR_FAULT, MISFIT},
    {ER_CANNOT_CONVERT_CHARACTER, ERR_FAULT, MISFIT},
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

bool
db_is_gone(unsigned number)
{
	return number == CR_SERVER_GONE_ERROR || number == CR_SERVER_LOST ||
	    number == ER_SERVER_SHUTDOWN || number == ER_NORMAL_SHUTDOWN ||
	    number == ER_CONNECTION_KILLED;
}

bool
db_is_repeatable(unsigned number)
{
	return number == ER_LOCK_DEADLOCK || number == ER_LOCK_WAIT_TIMEOUT ||
	    number == ER_CHECKREAD;
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

const struct err *
db_failure(struct db *db, unsigned number, const char *text, const char *doing)
{
	enum err_code code = ERR_FAULT;
	const char *words = NULL;

	db->last_error = number;
	db->last_key[0] = '\0';
	for (size_t i = 0; i < nitems(meanings); i++)
		if (meanings[i].number == number) {
			code = meanings[i].code;
			words = meanings[i].words;
		}
	if (code == ERR_CONFLICT)
		read_key(text, db->last_key, sizeof db->last_key);
	if (number == ER_CONNECTION_KILLED)
		code = ERR_BUSY;
	return err_new(code, "database: %s: %s%s (%u)", doing,
	    words != NULL ? words : text, db->last_key, number);
}

bool
db_was_locked(const struct db *db)
{
	return db->last_error == ER_LOCK_WAIT_TIMEOUT;
}

bool
db_duplicate(const struct db *db, const char *key)
{
	return db->last_error == ER_DUP_ENTRY &&
	    (key == NULL || strcmp(db->last_key, key) == 0);
}
