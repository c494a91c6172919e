/* SPDX-License-Identifier: MIT */
/*
 * Statements of a transaction that go to the server as one. What is posted is
 * put off until an answer is needed. Then MariaDB gets all of it as a compound
 * statement, if it can with START TRANSACTION and COMMIT, and gives one answer:
 * a statement that is sent by itself costs it about 20 us, most of them for
 * reading, answering and waking us, and an INSERT of a row costs 10. A compound
 * statement ends at its first failure, so nothing runs behind a deadlock.
 *
 * Its text is put together from those in sql.c, and prepared when a connection
 * sends the same statements for the third time: to prepare it costs more than
 * it saves twice. Somebody may want to know when the COMMIT is under way: then
 * it is a second command, sent together with the first, which ends in a
 * savepoint, and told of before either is answered. Statements with many rows
 * or long texts go by themselves, and so does everything in a Galera cluster
 * and for an administrator.
 */
#include "db/db_part.h"

#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"

#define USES_MIN 3  /* before it is prepared */
#define USES_MAX 64 /* that are counted */

/* --- putting off ------------------------------------------------------ */

static size_t
size_of_texts(const struct value *values, size_t n)
{
	size_t size = 0;

	for (size_t i = 0; i < n; i++)
		size += values[i].type == V_TEXT ? values[i].text.len : 0;
	return size;
}

static bool
has_room(const struct put_off *d, size_t n, size_t texts)
{
	return d->shape.n < BUNDLE_PARTS && d->n + n <= BUNDLE_VALUES &&
	    d->n_texts + texts <= BUNDLE_TEXTS;
}

/* Whoever posts may free its texts at once. */
static void
keep_value(struct put_off *d, const struct value *v)
{
	struct value *kept = &d->values[d->n++];

	*kept = *v;
	if (v->type != V_TEXT)
		return;
	kept->text.data = d->texts + d->n_texts;
	memcpy(d->texts + d->n_texts, v->text.data, v->text.len);
	d->n_texts += v->text.len;
}

static bool
can_defer(const struct db *db, size_t n, size_t texts)
{
	return db->in_transaction && !db->broken && db->mysql != NULL &&
	    db->kind != DB_ADMIN && !db->galera && n <= MAX_VALUES &&
	    texts <= BUNDLE_TEXTS;
}

bool
db_defer(struct db *db, enum sql_id id, const struct value *values, size_t n,
    bool one, const struct err **e)
{
	size_t texts = size_of_texts(values, n);
	struct put_off *d;

	*e = NULL;
	if (!can_defer(db, n, texts))
		return false;
	if (db->deferred == NULL)
		db->deferred = xcalloc(1, sizeof *db->deferred);
	d = db->deferred;
	if (!has_room(d, n, texts) && (*e = db_may_send(db)) == NULL)
		*e = db_send_deferred(db);
	if (*e != NULL)
		return true;
	d->shape.ids[d->shape.n] = id;
	d->shape.one[d->shape.n] = one;
	d->counts[d->shape.n++] = n;
	for (size_t i = 0; i < n; i++)
		keep_value(d, &values[i]);
	return true;
}

/* A text may be that of a message, or a secret. */
void
db_drop_deferred(struct db *db)
{
	struct put_off *d = db->deferred;

	if (d == NULL)
		return;
	explicit_bzero(d->texts, d->n_texts);
	d->shape = (struct bundle_shape){.n = 0};
	d->n = d->n_texts = 0;
}

/* --- bundles ---------------------------------------------------------- */

static bool
same_shape(const struct bundle_shape *a, const struct bundle_shape *b)
{
	return a->n == b->n && a->begins == b->begins &&
	    a->commits == b->commits && a->marks == b->marks &&
	    memcmp(a->ids, b->ids, a->n * sizeof *a->ids) == 0 &&
	    memcmp(a->one, b->one, a->n * sizeof *a->one) == 0;
}

static struct bundle *
find_bundle(struct db *db, const struct bundle_shape *shape)
{
	for (size_t i = 0; i < db->n_bundles; i++)
		if (same_shape(&db->bundles[i].shape, shape))
			return &db->bundles[i];
	return NULL;
}

/* A free place, or that of a shape that others have come up with more often
 * than this one was used. NULL: there is none now. */
static struct bundle *
find_slot(struct db *db)
{
	struct bundle *least = &db->bundles[0];

	if (db->n_bundles < BUNDLES_MAX)
		return &db->bundles[db->n_bundles++];
	for (size_t i = 0; i < BUNDLES_MAX; i++) {
		struct bundle *b = &db->bundles[i];

		b->uses -= b->uses > 0;
		if (b->uses < least->uses)
			least = b;
	}
	return least->uses == 0 ? least : NULL;
}

/* Its answer may still be to be read when another one takes its place. */
static const struct err *
take_slot(struct db *db, const struct bundle_shape *shape,
    struct bundle **out)
{
	struct bundle *b = find_slot(db);
	const struct err *e;

	if (b != NULL && b->stmt != NULL) {
		if ((e = db_hear(db)) != NULL)
			return e;
		(void)mysql_stmt_close(b->stmt);
	}
	if (b != NULL)
		*b = (struct bundle){.shape = *shape};
	*out = b;
	return NULL;
}

static void
write_text(const struct bundle_shape *s, struct buf *into)
{
	(void)buf_text(into, sql_bundle);
	if (s->begins)
		(void)buf_fmt(into, " %s;", sql_begin);
	for (size_t i = 0; i < s->n; i++)
		(void)buf_fmt(into, " %s;%s", sql[s->ids[i]].text,
		    s->one[i] ? sql_bundle_one : "");
	if (s->marks)
		(void)buf_fmt(into, " %s;", s->n > 0 ? sql_mark_whole
						    : sql_if_whole);
	if (s->commits)
		(void)buf_fmt(into, " %s;", sql_commit);
	(void)buf_text(into, sql_bundle_end);
}

/* What cannot be prepared goes by itself, and tells its own error. If that is
 * no fault of the text, it is tried again later. */
static void
prepare_bundle(struct db *db, struct bundle *b, size_t n)
{
	struct buf text = BUF(256 * 1024);
	MYSQL_STMT *stmt = mysql_stmt_init(db->mysql);

	if (stmt == NULL)
		fatalx("out of memory: mysql_stmt_init");
	write_text(&b->shape, &text);
	if (mysql_stmt_prepare(stmt, buf_str(&text), text.len) == 0 &&
	    mysql_stmt_param_count(stmt) == n &&
	    mysql_stmt_field_count(stmt) == 0) {
		b->stmt = stmt;
	} else {
		b->unfit = mysql_stmt_errno(stmt) == 0 ||
		    db_is_unknown(mysql_stmt_errno(stmt));
		b->uses = 0;
		(void)mysql_stmt_close(stmt);
	}
	buf_done(&text);
}

/* To be prepared, it needs the connection for itself. n: of the values. */
static const struct err *
ready_bundle(struct db *db, const struct bundle_shape *shape, size_t n,
    struct bundle **out)
{
	struct bundle *b = find_bundle(db, shape);
	const struct err *e = NULL;

	*out = NULL;
	if (b == NULL && (e = take_slot(db, shape, &b)) != NULL)
		return e;
	if (b == NULL)
		return NULL;
	b->uses += b->uses < USES_MAX;
	if (b->unfit || (b->stmt == NULL && b->uses < USES_MIN))
		return NULL;
	if (b->stmt == NULL && (e = db_hear(db)) == NULL)
		prepare_bundle(db, b, n);
	if (e == NULL && b->stmt != NULL)
		*out = b;
	return e;
}

void
db_forget_bundles(struct db *db)
{
	for (size_t i = 0; i < db->n_bundles; i++) {
		if (db->bundles[i].stmt != NULL)
			(void)mysql_stmt_close(db->bundles[i].stmt);
		db->bundles[i].stmt = NULL;
	}
	db->n_bundles = 0;
	if (db->commit_whole.stmt != NULL)
		(void)mysql_stmt_close(db->commit_whole.stmt);
	db->commit_whole = (struct bundle){.stmt = NULL};
	db_drop_deferred(db);
}

/* --- sending ---------------------------------------------------------- */

const char *
db_bundle_name(const struct bundle *b)
{
	return b->shape.n > 0 ? sql[b->shape.ids[0]].name : sql_commit;
}

static const struct err *
post_bundle(struct db *db, const struct bundle *b, const struct value *values,
    size_t n)
{
	bool failed;

	db->unbegun = false;
	db->asked_ms = clock_mono_ms();
	db_skip_answers(db, true);
	failed = db_send_values(b->stmt, values, n);
	db_skip_answers(db, false);
	if (failed)
		return db_failure(db, mysql_stmt_errno(b->stmt),
		    mysql_stmt_error(b->stmt), db_bundle_name(b));
	db->posted[db->n_posted++] = (struct posted){.bundle = b};
	return NULL;
}

static const struct err *
send_bundle(struct db *db, const struct bundle *b, const struct put_off *d)
{
	const struct err *e = NULL;

	/* behind a failure it would be a transaction of its own */
	if (db->n_posted > 0)
		e = db_autocommit(db, false);
	return e != NULL ? e : post_bundle(db, b, d->values, d->n);
}

static const struct err *
send_each(struct db *db, const struct put_off *d)
{
	const struct value *at = d->values;
	const struct err *e = NULL;

	for (size_t i = 0; e == NULL && i < d->shape.n; i++) {
		e = db_post_single(db, d->shape.ids[i], at, d->counts[i],
		    d->shape.one[i]);
		at += d->counts[i];
	}
	return e;
}

static const struct err *
send_deferred(struct db *db, bool commits, bool *committed)
{
	struct put_off *d = db->deferred;
	const struct err *e = NULL;
	struct bundle *b = NULL;

	if (d == NULL || d->shape.n == 0)
		return NULL;
	if (db->n_posted >= POSTED_MAX - 1) /* SET autocommit goes before */
		e = db_hear(db);
	d->shape.begins = db->unbegun;
	d->shape.commits = commits;
	if (e == NULL && (d->shape.n > 1 || db->unbegun || commits))
		e = ready_bundle(db, &d->shape, d->n, &b);
	if (e == NULL)
		e = b != NULL ? send_bundle(db, b, d) : send_each(db, d);
	*committed = b != NULL && commits;
	db_drop_deferred(db);
	/* whoever put it off was told that it is sent, and may go on */
	db->broken |= e != NULL;
	return e;
}

const struct err *
db_send_deferred(struct db *db)
{
	bool committed;

	return send_deferred(db, false, &committed);
}

/* Somebody has ended the statements that were sent as one, and nobody tells
 * which of them was under way: was it the COMMIT, or was that done? If the
 * transaction goes on, it was not. */
static bool
goes_on(struct db *db)
{
	MYSQL_RES *result;
	MYSQL_ROW row;
	bool yes;

	/* lost while the answers behind the first were read */
	if (db->mysql == NULL ||
	    mysql_query(db->mysql, sql_in_transaction) != 0 ||
	    (result = mysql_store_result(db->mysql)) == NULL)
		return false;
	row = mysql_fetch_row(result);
	yes = row != NULL && row[0] != NULL && strcmp(row[0], "1") == 0;
	mysql_free_result(result);
	return yes;
}

static bool
is_in_doubt(struct db *db)
{
	unsigned number = db->last_error;

	return db_is_gone(number) || number == ER_ERROR_DURING_COMMIT ||
	    (db_is_ended(number) && !goes_on(db));
}

bool
db_post_deferred(struct db *db)
{
	struct put_off *d = db->deferred;
	struct bundle *b;

	if (d == NULL || d->shape.n == 0 || db->n_posted > 0)
		return false;
	d->shape.begins = d->shape.commits = true;
	b = find_bundle(db, &d->shape);
	if (b == NULL || b->stmt == NULL)
		return false;
	b->uses += b->uses < USES_MAX;
	if (send_bundle(db, b, d) != NULL) {
		db_disconnect(db);
		return false;
	}
	db_drop_deferred(db);
	return true;
}

/* Of a COMMIT that was sent with what was put off. */
static const struct err *
tell_doubt(struct db *db, const struct err *e)
{
	db->commit_sent = is_in_doubt(db);
	return db->commit_sent ? err_new(ERR_DOUBT, "%s", e->text) : e;
}

const struct err *
db_hear_commit(struct db *db)
{
	const struct err *e = db_hear(db);

	return e != NULL ? tell_doubt(db, e) : NULL;
}

/* What was put off, up to the savepoint, and what commits it. NULL: one of them
 * is not prepared. */
static const struct err *
ready_to_tell(struct db *db, struct bundle **whole)
{
	struct put_off *d = db->deferred;
	struct bundle *commit = &db->commit_whole;
	const struct err *e;

	d->shape.begins = db->unbegun;
	d->shape.marks = true;
	e = ready_bundle(db, &d->shape, d->n, whole);
	d->shape.marks = false;
	if (e != NULL || *whole == NULL || commit->stmt != NULL)
		return e;
	commit->shape.commits = commit->shape.marks = true;
	if (!commit->unfit)
		prepare_bundle(db, commit, 0);
	if (commit->stmt == NULL)
		*whole = NULL;
	return NULL;
}

/* Send COMMIT behind what was put off, and tell of it while all of it is under
 * way. MariaDB runs what was sent behind a failure: but then there is no
 * savepoint, and the COMMIT is not reached. */
static const struct err *
commit_told(struct db *db, bool *committed)
{
	struct bundle *whole;
	const struct err *e = ready_to_tell(db, &whole);

	if (e != NULL || whole == NULL)
		return e;
	*committed = true;
	e = send_bundle(db, whole, db->deferred);
	if (e == NULL)
		e = post_bundle(db, &db->commit_whole, NULL, 0);
	db_drop_deferred(db);
	if (e != NULL) /* the COMMIT was not sent */
		return e;
	db->committing(db->committing_arg);
	e = db_hear(db);
	return e != NULL ? tell_doubt(db, e) : NULL;
}

/* Nothing may be committed while the answer to an earlier statement is not
 * known. */
const struct err *
db_commit_deferred(struct db *db, bool *committed)
{
	const struct put_off *d = db->deferred;
	const struct err *e;

	*committed = false;
	if (db->n_posted > 0 || db->broken)
		return NULL;
	if (db->committing != NULL)
		return d != NULL && d->shape.n > 0 ? commit_told(db, committed)
						   : NULL;
	e = send_deferred(db, true, committed);
	return e != NULL || !*committed ? e : db_hear_commit(db);
}
