/* SPDX-License-Identifier: MIT */
/*
 * Commands are sent before the answers to earlier ones are read, so that those
 * of a transaction share a round trip: the server works them off in their
 * order and answers each. MARIADB_OPT_SKIP_READ_RESPONSE is the library's
 * option for that, db_read_execute_response its function that reads the answer
 * to a statement.
 */
#include "db/db_part.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/clock.h"

void
db_skip_answers(struct db *db, bool skip)
{
	my_bool value = (my_bool)skip;

	(void)mysql_optionsv(db->mysql, MARIADB_OPT_SKIP_READ_RESPONSE, &value);
}

const struct err *
db_post_word(struct db *db, const char *word, bool awaited)
{
	bool sent;

	db->asked_ms = clock_mono_ms();
	db_skip_answers(db, true);
	sent = mysql_query(db->mysql, word) == 0;
	db_skip_answers(db, false);
	if (!sent)
		return db_failure(db, mysql_errno(db->mysql),
		    mysql_error(db->mysql), word);
	db->posted[db->n_posted++] =
	    (struct posted){.word = word, .awaited = awaited};
	return NULL;
}

/* --- answers ---------------------------------------------------------- */

static const struct err *
hear_word(struct db *db, const char *word)
{
	if (mysql_read_query_result(db->mysql) == 0)
		return NULL;
	return db_failure(db, mysql_errno(db->mysql), mysql_error(db->mysql),
	    word);
}

static MYSQL_STMT *
stmt_of(const struct db *db, const struct posted *p)
{
	return p->bundle != NULL ? p->bundle->stmt : db->stmts[p->id];
}

/* MariaDB does not tell which statement of several has failed. */
static const struct err *
statement_failed(struct db *db, const struct posted *p, unsigned number,
    const char *text)
{
	const struct bundle *b = p->bundle;
	char name[80];

	(void)snprintf(name, sizeof name, "%s%s",
	    b != NULL ? db_bundle_name(b) : sql[p->id].name,
	    b != NULL && b->shape.n > 1 ? " or the next" : "");
	return db_failure(db, number, text, name);
}

static const struct err *
hear_statement(struct db *db, const struct posted *p)
{
	MYSQL_STMT *stmt = stmt_of(db, p);

	if (db->mysql->methods->db_read_execute_response(stmt) != 0)
		return statement_failed(db, p, mysql_stmt_errno(stmt),
		    mysql_stmt_error(stmt));
	db->affected = mysql_stmt_affected_rows(stmt);
	db->insert_id = mysql_stmt_insert_id(stmt);
	if (p->one && db->affected != 1)
		return statement_failed(db, p, ER_SIGNAL_EXCEPTION,
		    "no row, or several");
	if (p->matched != NULL)
		*p->matched += db->affected;
	return NULL;
}

/* The latest failure of a connection, so that another one can be made
 * meanwhile. */
struct kept_failure {
	struct err e;
	unsigned number;
	char key[sizeof((struct db *)NULL)->last_key];
};

static void
keep_failure(const struct db *db, const struct err *e, struct kept_failure *k)
{
	k->e = *e;
	k->number = db->last_error;
	memcpy(k->key, db->last_key, sizeof k->key);
}

static const struct err *
failed_before(struct db *db, const struct kept_failure *k)
{
	db->last_error = k->number;
	memcpy(db->last_key, k->key, sizeof k->key);
	return err_new(k->e.code, "%s", k->e.text);
}

/* What is behind the first failure has failed with it or will be rolled back:
 * its answers are read so that none is taken for that of a later command. */
static const struct err *
hear_rest(struct db *db, const struct err *e, size_t behind)
{
	struct kept_failure first;

	keep_failure(db, e, &first);
	for (size_t i = behind; i < db->n_posted; i++) {
		const struct posted *p = &db->posted[i];

		if (db_is_lost(db))
			break;
		if (p->word != NULL)
			(void)hear_word(db, p->word);
		else if (hear_statement(db, p) == NULL)
			(void)mysql_stmt_free_result(stmt_of(db, p));
	}
	if (db_is_lost(db))
		db_disconnect(db);
	return failed_before(db, &first);
}

static const struct err *
hear_at(struct db *db, size_t at)
{
	const struct posted *p = &db->posted[at];
	const struct err *e = p->word != NULL ? hear_word(db, p->word)
					      : hear_statement(db, p);

	if (e == NULL)
		return NULL;
	/* whoever waits for it may go on after a failure */
	db->broken |= !p->awaited;
	e = hear_rest(db, e, at + 1);
	db->n_posted = 0;
	return e;
}

const struct err *
db_hear(struct db *db)
{
	const struct err *e = NULL;

	for (size_t i = 0; e == NULL && i < db->n_posted; i++)
		e = hear_at(db, i);
	db->n_posted = 0;
	return e;
}

const struct err *
db_answers(struct db *db)
{
	const struct err *e = db_send_deferred(db);

	if (e == NULL)
		return db_hear(db);
	if (db_is_lost(db))
		db_disconnect(db);
	return e;
}

/* --- answers that have come ------------------------------------------- */

#define HEAD 4	       /* of a packet: three bytes of length, its number */
#define ANSWER_MAX 256 /* whatever is longer is heard as any other */

/* The first byte behind the head of an OK packet is 0, of an error 255. */
bool
db_is_ok_packet(const unsigned char *data, size_t n)
{
	return n > HEAD && data[HEAD] == 0 && n - HEAD ==
	    ((size_t)data[0] | (size_t)data[1] << 8 | (size_t)data[2] << 16);
}

int
db_answer_fd(const struct db *db)
{
	return db->mysql != NULL && mysql_get_ssl_cipher(db->mysql) == NULL
	    ? mysql_get_socket(db->mysql) : -1;
}

bool
db_is_answered(const struct db *db)
{
	unsigned char data[ANSWER_MAX];
	ssize_t n = recv(mysql_get_socket(db->mysql), data, sizeof data,
	    MSG_PEEK | MSG_DONTWAIT);

	return n > 0 && db_is_ok_packet(data, (size_t)n);
}
