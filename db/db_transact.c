/* SPDX-License-Identifier: MIT */
/* Transactions, and their repetition when others were in the way. */
#include "db/db_part.h"

#include <stdlib.h>
#include <time.h>

#include "lib/backoff.h"
#include "lib/clock.h"
#include "lib/crypto.h"
#include "lib/mem.h"

static const struct err *
post_word(struct db *db, const char *word, bool awaited)
{
	const struct err *e = db_post_word(db, word, awaited);

	if (e != NULL && db_is_lost(db))
		db_disconnect(db);
	return e;
}

static const struct err *
run_word(struct db *db, const char *word)
{
	const struct err *e = post_word(db, word, true);

	return e != NULL ? e : db_hear(db);
}

/* The server tells with each answer whether it is on. */
const struct err *
db_autocommit(struct db *db, bool on)
{
	bool is_on = (db->mysql->server_status & SERVER_STATUS_AUTOCOMMIT) != 0;
	const struct err *e = NULL;

	for (size_t i = 0; i < db->n_posted; i++)
		if (db->posted[i].word == sql_no_autocommit)
			is_on = false;
	if (db->kind == DB_ADMIN || on == is_on)
		return NULL;
	if (db->n_posted == POSTED_MAX)
		e = db_hear(db);
	return e != NULL ? e : post_word(db,
	    on ? sql_autocommit : sql_no_autocommit, false);
}

static const struct err *
post_begin(struct db *db)
{
	const struct err *e = db_autocommit(db, false);

	return e != NULL ? e : post_word(db, sql_begin, false);
}

const struct err *
db_begin_now(struct db *db)
{
	if (!db->unbegun)
		return db_autocommit(db, false);
	db->unbegun = false;
	return post_begin(db);
}

/* START TRANSACTION is sent with the first statement. */
static void
note_begin(struct db *db)
{
	db->in_transaction = db->unbegun = true;
	db->broken = false;
	db->committing = NULL;
}

static const struct err *
begin_later(struct db *db)
{
	const struct err *e;

	if (db->in_transaction || db->kind == DB_ADMIN)
		return db_begin(db);
	if ((e = db_ready(db)) == NULL)
		note_begin(db);
	return e;
}

const struct err *
db_begin(struct db *db)
{
	bool fresh = db->mysql == NULL;
	int64_t since = clock_mono_ms();
	const struct err *e;

	if (db->in_transaction) /* START would commit the current one */
		return err_new(ERR_FAULT, "a transaction within another");
	if ((e = db_ready(db)) != NULL)
		return e;
	e = post_begin(db);
	if (e != NULL && !fresh && db->mysql == NULL &&
	    (db_was_quick(db, since) || db_has_other(db)) &&
	    (e = db_ready(db)) == NULL)
		e = post_begin(db);
	db->in_transaction = e == NULL;
	db->broken = db->unbegun = false;
	db->committing = NULL;
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

void
db_at_commit(struct db *db, void (*sent)(void *), void *arg)
{
	db->committing = sent;
	db->committing_arg = arg;
}

/* Return the original failure, not that of the rollback. Whoever posted may
 * have returned already, and its numbers of rows have ended with it. */
static const struct err *
roll_back(struct db *db, const struct err *e)
{
	unsigned number = db->last_error;
	struct err kept = *e;

	db_drop_deferred(db);
	for (size_t i = 0; i < db->n_posted; i++)
		db->posted[i].matched = NULL;
	(void)db_hear(db); /* what fails now is undone as well */
	if (db->mysql != NULL && !db->unbegun &&
	    run_word(db, sql_rollback) != NULL)
		db_disconnect(db);
	db->last_error = number;
	if (db_is_lost(db))
		db_disconnect(db);
	return err_new(kept.code, "%s", kept.text);
}

/* ERR_DOUBT: a COMMIT without an answer may have succeeded. Its caller decides;
 * for outcomes that is outbox_settle.c. */
static const struct err *
commit_now(struct db *db)
{
	const struct err *e = post_word(db, sql_commit, true);

	if (e != NULL) /* it was not sent */
		return roll_back(db, e);
	if (db->committing != NULL)
		db->committing(db->committing_arg);
	if ((e = db_hear(db)) == NULL)
		return NULL;
	db->commit_sent = !db_was_too_large(db);
	if (db_is_gone(db->last_error) ||
	    db->last_error == ER_ERROR_DURING_COMMIT)
		e = err_new(ERR_DOUBT, "%s", e->text);
	return roll_back(db, e);
}

static const struct err *
end_heard(struct db *db, const struct err *e, bool committed)
{
	db->in_transaction = false;
	if (e != NULL)
		e = db_blame_schema(db, roll_back(db, e));
	else if (!committed && !db->unbegun)
		e = commit_now(db);
	db->unbegun = false;
	while (db->n_endings > 0) {
		struct db_ending *last = &db->endings[--db->n_endings];

		last->done(last->arg);
	}
	return e;
}

const struct err *
db_end(struct db *db, const struct err *e)
{
	bool committed = false;

	if (e == NULL)
		e = db_commit_deferred(db, &committed);
	if (e == NULL)
		e = db_answers(db);
	/* a caller that ignored the failure must not commit later statements */
	if (e == NULL && db->broken)
		e = db_ready(db);
	return end_heard(db, e, committed);
}

/* --- repetition ------------------------------------------------------- */

static void
pause_before(unsigned failures)
{
	struct timespec t = {0};
	uint32_t random;

	crypto_random(&random, sizeof random);
	t.tv_nsec = (long)backoff_crowd_ms(failures, random) * 1000000;
	(void)nanosleep(&t, NULL);
}

/* Was another transaction in the way, or was the connection lost before COMMIT
 * was sent? */
static bool
is_undone(const struct db *db, const struct err *e)
{
	return e != NULL && e->code != ERR_DOUBT &&
	    (db_is_repeatable(db->last_error) ||
		(db_is_lost(db) && e->code == ERR_BUSY));
}

/* *again: it may be repeated. */
static const struct err *
transact_once(struct db *db, db_fn *fn, void *arg, bool *again)
{
	const struct err *e;

	db->last_error = 0;
	db->commit_sent = *again = false;
	if ((e = begin_later(db)) != NULL)
		return e;
	e = db_end(db, fn(db, arg));
	*again = is_undone(db, e);
	return e;
}

/* For how long a transaction is repeated. */
struct patience {
	int64_t until_ms;
	int64_t began_ms; /* the latest try */
	unsigned failures;
	bool moved; /* to another node: one was silent for all of the time */
};

/* What has waited for locks is likely to do so again: no try begins that would
 * end later than the call may take. */
static bool
may_repeat(const struct db *db, struct patience *p)
{
	int64_t now_ms = clock_mono_ms(), wait_ms = now_ms - p->began_ms;

	if (db->last_error != ER_LOCK_WAIT_TIMEOUT)
		wait_ms = 0;
	if (now_ms + wait_ms < p->until_ms)
		return true;
	if (p->moved || !db_is_lost(db) || !db_has_other(db))
		return false;
	p->moved = true;
	p->until_ms = clock_mono_ms() + db->again_ms;
	return true;
}

static const struct err *
hear_once(struct db *db, bool *again)
{
	const struct err *e = end_heard(db, db_hear_commit(db), true);

	*again = is_undone(db, e);
	return e;
}

/* posted: the first try is under way. */
static const struct err *
repeat(struct db *db, db_fn *fn, void *arg, bool posted)
{
	struct patience p = {.until_ms = clock_mono_ms() + db->again_ms};
	const struct err *e;
	bool again;

	for (;; posted = false) {
		p.began_ms = clock_mono_ms();
		e = posted ? hear_once(db, &again)
			   : transact_once(db, fn, arg, &again);
		if (e == NULL || !again || !may_repeat(db, &p))
			return e;
		pause_before(++p.failures);
	}
}

const struct err *
db_transact(struct db *db, db_fn *fn, void *arg)
{
	return repeat(db, fn, arg, false);
}

bool
db_transact_post(struct db *db, db_fn *fn, void *arg)
{
	const struct err *e;

	if (!db_is_ready(db))
		return false;
	db->last_error = 0;
	db->commit_sent = false;
	note_begin(db);
	db->must_defer = true;
	e = fn(db, arg);
	db->must_defer = false;
	if (e == NULL && db_post_deferred(db))
		return true;
	db_drop_deferred(db);
	db->in_transaction = db->unbegun = false;
	return false;
}

const struct err *
db_transact_heard(struct db *db, db_fn *fn, void *arg)
{
	return repeat(db, fn, arg, true);
}

/* --- in doubt --------------------------------------------------------- */

struct sure {
	db_fn *fn;
	db_look_fn *look;
	void *arg;
	bool doubt; /* a COMMIT was sent, and may have been done */
	bool done;  /* it has been, as look has found */
};

/* A COMMIT that has failed in any way may have been done. */
static const struct err *
try_surely(struct db *db, struct sure *s, bool *again)
{
	const struct err *e = NULL;

	if (s->doubt && s->look != NULL) {
		db->last_error = 0;
		e = s->look(db, s->arg, &s->done);
		*again = e != NULL;
	}
	if (e != NULL || s->done)
		return e;
	e = transact_once(db, s->fn, s->arg, again);
	*again |= e != NULL && (e->code == ERR_DOUBT ||
	    (s->doubt && e->code == ERR_DUPLICATE));
	s->doubt |= e != NULL && db->commit_sent;
	return e;
}

const struct err *
db_transact_surely(struct db *db, db_fn *fn, db_look_fn *look, void *arg,
    bool doubt)
{
	struct patience p = {.until_ms = clock_mono_ms() + db->again_ms};
	struct sure s = {.fn = fn, .look = look, .arg = arg, .doubt = doubt};
	const struct err *e;
	bool again;

	for (;;) {
		again = false;
		p.began_ms = clock_mono_ms();
		e = try_surely(db, &s, &again);
		if (e == NULL || !again || !may_repeat(db, &p))
			break;
		pause_before(++p.failures);
	}
	if (e == NULL || !s.doubt || e->code == ERR_DOUBT)
		return e;
	return err_new(ERR_DOUBT, "%s", e->text);
}

/* After a silence that has lasted for as long as a statement may, a second one
 * is not worth it. */
const struct err *
db_transact_shared(struct db *db, db_fn *fn, void *arg, bool *apart)
{
	int64_t until = clock_mono_ms() + db->again_ms;
	const struct err *e = transact_once(db, fn, arg, apart);

	if (e != NULL)
		*apart = e->code != ERR_DOUBT &&
		    (!db_is_lost(db) || clock_mono_ms() < until);
	return e;
}
