/* SPDX-License-Identifier: MIT */
/* Transactions. */
#include "db/db_part.h"

#include <stdlib.h>
#include <time.h>

#include "lib/mem.h"

#define RETRIES 5

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
		if (e == NULL || !db_is_repeatable(db->last_error))
			return e;
	}
	return e;
}
