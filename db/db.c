/* SPDX-License-Identifier: MIT */
/* Connections, error numbers and transactions. */
#include "db/db_part.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/conf.h"
#include "lib/log.h"
#include "lib/mem.h"

#define RETRIES 5

/* --- errors ----------------------------------------------------------- */

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

static bool
is_repeatable(unsigned number)
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

/* --- connection ------------------------------------------------------- */

void
db_disconnect(struct db *db)
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
	const struct settings *s = &db->settings;
	unsigned connect_s = 5;
	unsigned io_s = db->admin ? 0 : 60; /* moving tables takes long */
	my_bool yes = 1, verify = (my_bool)s->database.tls_verify;

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
	const struct settings *s = &db->settings;
	unsigned long flags = CLIENT_FOUND_ROWS;
	MYSQL *m;

	db_disconnect(db);
	if ((m = mysql_init(NULL)) == NULL)
		fatalx("out of memory: mysql_init");
	set_options(db, m);
	if (db->admin)
		flags |= CLIENT_MULTI_STATEMENTS;
	if (mysql_real_connect(m, s->database.socket != NULL ? "localhost" :
		s->database.host, db->user, db->password, db->schema,
		(unsigned)s->database.port, s->database.socket,
		flags) == NULL) {
		const struct err *e = db_failure(db, mysql_errno(m),
		    mysql_error(m), "cannot connect");

		mysql_close(m);
		return e;
	}
	db->mysql = m;
	return NULL;
}

/* Before anything that may begin: a connection there is. */
const struct err *
db_ready(struct db *db)
{
	return db->mysql != NULL ? NULL : connect_now(db);
}

static const struct err *
read_password(struct db *db, const char *program)
{
	char *path = settings_expand(db->settings.database.password_file,
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
schema_number(struct db *db, enum sql_id id, const struct value *values,
    size_t n, uint64_t *number)
{
	struct rows *r;
	const struct err *e = db_query(db, id, values, n, &r);

	if (e != NULL)
		return e;
	*number = db_next(r) ? db_u64(r, 0) : 0;
	db_done(r);
	return NULL;
}

/* Ours, or a later one that says it serves our programs too: so an upgrade
 * may begin with the database, while we run. */
static const struct err *
check_version(struct db *db)
{
	uint64_t version = 0, oldest = UINT64_MAX;
	const struct err *e = schema_number(db, SQL_SCHEMA_VERSION, NO_VALUES,
	    &version);

	if (e != NULL || version == SQL_SCHEMA_NOW)
		return e;
	if (version > SQL_SCHEMA_NOW &&
	    (e = schema_number(db, SQL_SCHEMA_OLDEST,
		 VALUES(v_u64(version)), &oldest)) != NULL)
		return e;
	if (oldest <= SQL_SCHEMA_NOW)
		return NULL;
	return err_new(ERR_BUSY, "the database has schema version %llu, this "
	    "program wants %d: %s", (unsigned long long)version,
	    SQL_SCHEMA_NOW, version < SQL_SCHEMA_NOW
		? "run \"outpost setup\"" : "it is of an earlier release");
}

static struct db *
make(const struct settings *s)
{
	struct db *db = xcalloc(1, sizeof *db);

	db->settings = *s;
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
	db_disconnect(db);
	free(db->user);
	free(db->password);
	free(db->schema);
	free(db->endings);
	free(db);
}

/* --- transactions ----------------------------------------------------- */

static const struct err *
say(struct db *db, const char *word)
{
	const struct err *e;

	if (mysql_query(db->mysql, word) == 0)
		return NULL;
	e = db_failure(db, mysql_errno(db->mysql), mysql_error(db->mysql),
	    word);
	if (db_is_gone(db->last_error))
		db_disconnect(db);
	return e;
}

const struct err *
db_begin(struct db *db)
{
	bool fresh = db->mysql == NULL;
	const struct err *e;

	if (db->in_transaction) /* START would commit what is under way */
		return err_new(ERR_FAULT, "a transaction within another");
	if ((e = db_ready(db)) != NULL)
		return e;
	e = say(db, sql_begin);
	if (e != NULL && !fresh && db->mysql == NULL &&
	    (e = db_ready(db)) == NULL)
		e = say(db, sql_begin);
	db->in_transaction = e == NULL;
	return e;
}

void
db_at_end(struct db *db, void (*done)(int), int arg)
{
	if (!db->in_transaction) {
		done(arg);
		return;
	}
	db->endings = xrealloc(db->endings,
	    (db->n_endings + 1) * sizeof *db->endings);
	db->endings[db->n_endings++] = (struct db_ending){done, arg};
}

static const struct err *
commit_or_not(struct db *db, const struct err *e)
{
	unsigned number = db->last_error;
	struct err kept;

	if (e == NULL)
		return db->mysql != NULL ? say(db, sql_commit)
					 : err_new(ERR_BUSY, "database: the "
					       "connection was lost");
	kept = *e;
	if (db->mysql != NULL && say(db, sql_rollback) != NULL)
		db_disconnect(db);
	db->last_error = number;
	return err_new(kept.code, "%s", kept.text);
}

const struct err *
db_end(struct db *db, const struct err *e)
{
	db->in_transaction = false;
	e = commit_or_not(db, e);
	while (db->n_endings > 0) {
		struct db_ending *last = &db->endings[--db->n_endings];

		last->done(last->arg);
	}
	return e;
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

