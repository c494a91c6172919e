/* SPDX-License-Identifier: MIT */
#include "db/outbox_remove.h"

#include <stdlib.h>

#include "db/campaign_figures.h"
#include "db/outbox.h"
#include "lib/mem.h"

#define PORTION SQL_ROWS_PURGED

struct waiting_row {
	struct outbox_key key;
	uint64_t send;
	unsigned platform, attempts;
	bool there; /* still, under the lock */
};

/* A portion of a shard, in the order of the sends. */
struct waiting_portion {
	struct waiting_row rows[PORTION];
	size_t n;
	uint64_t removed; /* out */
};

/* --- finding ---------------------------------------------------------- */

static int
by_send_and_id(const void *a, const void *b)
{
	const struct waiting_row *x = a, *y = b;

	if (x->send != y->send)
		return x->send < y->send ? -1 : 1;
	return x->key.id < y->key.id ? -1 : x->key.id > y->key.id;
}

static const struct err *
find_waiting(struct db *db, enum sql_id find, const struct value *values,
    size_t n_values, struct waiting_portion *p)
{
	struct rows *r;
	const struct err *e = db_query(db, find, values, n_values, &r);

	if (e != NULL)
		return e;
	for (p->n = 0; p->n < PORTION && db_next(r); p->n++)
		p->rows[p->n] = (struct waiting_row){
		    .key = {(unsigned)db_u64(r, 6), (unsigned)db_u64(r, 0),
			db_i64(r, 1), db_u64(r, 2)},
		    .send = db_u64(r, 3), .platform = (unsigned)db_u64(r, 4),
		    .attempts = (unsigned)db_u64(r, 5)};
	db_done(r);
	qsort(p->rows, p->n, sizeof *p->rows, by_send_and_id);
	return NULL;
}

/* --- the lists of statements ------------------------------------------ */

static void
open_element(struct buf *b)
{
	(void)buf_text(b, b->len > 0 ? ",[" : "[[");
}

static const struct err *
run_list(struct db *db, enum sql_id id, struct buf *list)
{
	if (list->len == 0)
		return NULL;
	if (!buf_text(list, "]"))
		return err_new(ERR_TOOBIG, "a list of rows is too large");
	return db_exec(db, id, VALUES(v_blob(list->data, list->len)));
}

static void
put_keys(const struct waiting_portion *p, bool all, struct buf *list)
{
	for (size_t i = 0; i < p->n; i++) {
		if (!all && !p->rows[i].there)
			continue;
		open_element(list);
		outbox_key_write(&p->rows[i].key, list);
		(void)buf_text(list, "]");
	}
}

/* What the rows of one send add to its counters. */
struct waiting_counts {
	unsigned users, answered, done, failed[PLATFORM__COUNT];
};

static void
count_row(struct waiting_counts *c, const struct waiting_row *row)
{
	if (!row->there)
		return;
	if (row->platform == OUTBOX_USER) {
		c->users++;
		return;
	}
	c->answered += row->attempts == 0;
	c->done++;
	c->failed[row->platform % PLATFORM__COUNT]++;
}

/* Elements as SQL_SEND_COUNT and SQL_SEND_DUE have them. */
static void
put_removed(uint64_t send, const struct waiting_counts *c, struct buf *counts,
    struct buf *users)
{
	if (c->done > 0) {
		open_element(counts);
		(void)buf_fmt(counts, "%llu,%u,%u,[", (unsigned long long)send,
		    c->answered, c->done);
		for (int p = 0; p < PLATFORM__COUNT; p++)
			(void)buf_fmt(counts, "%s[0,%u,0]", p > 0 ? "," : "",
			    c->failed[p]);
		(void)buf_fmt(counts, "],%u,0,0]", c->done);
	}
	if (c->users > 0) {
		open_element(users);
		(void)buf_fmt(users, "%llu,%u,0,[", (unsigned long long)send,
		    c->users);
		for (int p = 0; p < PLATFORM__COUNT; p++)
			(void)buf_text(users, p > 0 ? ",[0,0]" : "[0,0]");
		(void)buf_text(users, "]]");
	}
}

/* --- removing --------------------------------------------------------- */

static void
mark_there(struct waiting_portion *p, uint64_t id)
{
	for (size_t i = 0; i < p->n; i++)
		p->rows[i].there |= p->rows[i].key.id == id;
}

/* Lock the rows that are still there. */
static const struct err *
lock_waiting(struct db *db, struct waiting_portion *p)
{
	struct buf list = BUF(DB_LIST_MAX);
	struct rows *r = NULL;
	const struct err *e;

	put_keys(p, true, &list);
	(void)buf_text(&list, "]");
	e = db_query(db, SQL_OUTBOX_PRESENT,
	    VALUES(v_blob(list.data, list.len)), &r);
	buf_done(&list);
	if (e != NULL)
		return e;
	for (size_t i = 0; i < p->n; i++)
		p->rows[i].there = false;
	for (p->removed = 0; db_next(r); p->removed++)
		mark_there(p, db_u64(r, 0));
	db_done(r);
	return NULL;
}

/* The rows of one send, which begin at *at; *at: behind them. What became of a
 * campaign's rows stands among its outcomes, as if sendd had met them. */
static void
count_send(const struct waiting_portion *p, size_t *at, struct buf *counts,
    struct buf *users, struct run_outcome *outcomes, size_t *n)
{
	struct waiting_counts c = {0};
	const struct waiting_row *first = &p->rows[*at];

	while (*at < p->n && p->rows[*at].send == first->send)
		count_row(&c, &p->rows[(*at)++]);
	put_removed(first->send, &c, counts, users);
	for (unsigned i = 0; first->key.lane > 0 && i < PLATFORM__COUNT; i++)
		if (c.failed[i] > 0)
			outcomes[(*n)++] = (struct run_outcome){first->send, i,
			    "removed", "", c.failed[i]};
}

static const struct err *
count_removed(struct db *db, const struct waiting_portion *p)
{
	struct run_outcome *outcomes = xcalloc(p->n, sizeof *outcomes);
	struct buf counts = BUF(DB_LIST_MAX), users = BUF(DB_LIST_MAX);
	const struct err *e;
	size_t n = 0;

	for (size_t i = 0; i < p->n;)
		count_send(p, &i, &counts, &users, outcomes, &n);
	e = run_list(db, SQL_SEND_COUNT, &counts);
	if (e == NULL)
		e = run_list(db, SQL_SEND_DUE, &users);
	if (e == NULL)
		e = run_outcomes_post(db, outcomes, n);
	if (e == NULL)
		e = db_answers(db);
	buf_done(&counts);
	buf_done(&users);
	free(outcomes);
	return e;
}

static const struct err *
remove_waiting(struct db *db, void *arg)
{
	struct waiting_portion *p = arg;
	struct buf list = BUF(DB_LIST_MAX);
	const struct err *e = lock_waiting(db, p);

	if (e != NULL || p->removed == 0)
		return e;
	put_keys(p, false, &list);
	if ((e = run_list(db, SQL_OUTBOX_DELETE, &list)) == NULL)
		e = count_removed(db, p);
	buf_done(&list);
	return e;
}

static const struct err *
remove_found(struct db *db, enum sql_id find, const struct value *values,
    size_t n_values, uint64_t *found, uint64_t *removed)
{
	struct waiting_portion *p = xcalloc(1, sizeof *p);
	const struct err *e = find_waiting(db, find, values, n_values, p);

	if (e == NULL && p->n > 0)
		e = db_transact(db, remove_waiting, p);
	*found = p->n;
	*removed = p->removed;
	free(p);
	return e;
}

const struct err *
outbox_remove_user(struct db *db, unsigned shard, const char *user_id,
    uint64_t *found, uint64_t *removed)
{
	return remove_found(db, SQL_PERSON_OUTBOX, VALUES(v_u64(shard),
	    v_text(user_id), v_text(user_id)), found, removed);
}

const struct err *
outbox_remove_app(struct db *db, unsigned shard, int64_t app, uint64_t *found,
    uint64_t *removed)
{
	return remove_found(db, SQL_APP_OUTBOX, VALUES(v_u64(shard),
	    v_i64(app)), found, removed);
}

/* --- texts ------------------------------------------------------------ */

static const struct err *
remove_texts(struct db *db, uint64_t *n)
{
	struct buf list = BUF(DB_LIST_MAX);
	struct rows *r;
	const struct err *e = db_query(db, SQL_PERSON_TEXTS, NO_VALUES, &r);

	if (e != NULL)
		return e;
	for (*n = 0; db_next(r); ++*n)
		(void)buf_fmt(&list, "%s%llu", *n > 0 ? "," : "[",
		    (unsigned long long)db_u64(r, 0));
	db_done(r);
	e = run_list(db, SQL_PERSON_TEXTS_REMOVE, &list);
	buf_done(&list);
	return e;
}

const struct err *
outbox_remove_texts(struct db *db)
{
	const struct err *e;
	uint64_t n;

	do
		e = remove_texts(db, &n);
	while (e == NULL && n == PORTION);
	return e;
}
