/* SPDX-License-Identifier: MIT */
#include "db/send_sums.h"

#include <stdlib.h>

#include "db/row_list.h"
#include "db/send_delta.h"
#include "lib/mem.h"

/* So many rows cost less when each is a row of values than in a JSON list. */
#define FEW 8

struct one_send {
	uint64_t send;
	unsigned answered, done;
	unsigned by[PLATFORM__COUNT][3]; /* sent, failed, expired */
	unsigned removed, inactive, dropped;
	bool later;
};

/* As which of the three an outcome counts. */
static const unsigned counts_as[OUTCOME__COUNT] = {[OUTCOME_FAILED] = 1,
    [OUTCOME_EXPIRED] = 2, [OUTCOME_REMOVED] = 1, [OUTCOME_INACTIVE] = 1,
    [OUTCOME_CANCELLED] = 1, [OUTCOME_REHEARSED] = 1};

void
send_sums_init(struct send_sums *c, size_t max)
{
	*c = (struct send_sums){.all = xcalloc(max, sizeof *c->all)};
}

void
send_sums_done(struct send_sums *c)
{
	free(c->all);
}

/* --- counting --------------------------------------------------------- */

static int
by_send(const void *a, const void *b)
{
	const struct outcome *x = *(const struct outcome *const *)a;
	const struct outcome *y = *(const struct outcome *const *)b;

	return x->row.send < y->row.send ? -1 : x->row.send > y->row.send;
}

static void
count_outcome(struct one_send *c, const struct outcome *o)
{
	/* the first answer of any kind, for which a synchronous caller waits.
	 * A row that is held has no counted try and may come here again. */
	c->answered += o->row.attempts == 0;
	if (o->kind == OUTCOME_DEFERRED)
		return;
	c->done++;
	c->by[o->row.platform % PLATFORM__COUNT][counts_as[o->kind]]++;
	c->removed += o->kind == OUTCOME_REMOVED;
	c->inactive += o->kind == OUTCOME_INACTIVE;
	c->dropped += o->kind == OUTCOME_CANCELLED;
}

/* What is added later last; each part in the order of the sends, in which every
 * sendd locks them. */
static int
by_time(const void *a, const void *b)
{
	const struct one_send *x = a, *y = b;

	if (x->later != y->later)
		return x->later ? 1 : -1;
	return x->send < y->send ? -1 : x->send > y->send;
}

/* One element per send; the outcomes are in any order. A transaction that is
 * repeated begins anew: what an earlier try has left there is not looked at. */
void
send_sums_take(struct send_sums *c, const struct outcome **list, size_t n,
    bool clustered)
{
	qsort(list, n, sizeof *list, by_send);
	c->n = c->n_now = 0;
	for (size_t i = 0; i < n; i++) {
		const struct outbox_row *row = &list[i]->row;

		if (c->n == 0 || c->all[c->n - 1].send != row->send)
			c->all[c->n++] = (struct one_send){.send = row->send,
			    .later = clustered && row->key.lane > 0};
		count_outcome(&c->all[c->n - 1], list[i]);
	}
	if (clustered)
		qsort(c->all, c->n, sizeof *c->all, by_time);
	while (c->n_now < c->n && !c->all[c->n_now].later)
		c->n_now++;
}

/* --- posting ---------------------------------------------------------- */

static const struct err *
add_counts(struct db *db, struct row_list *l, const struct one_send *c)
{
	struct value v[6 + 3 * PLATFORM__COUNT] = {v_u64(c->answered),
	    v_u64(c->done)};
	size_t n = 2;

	for (int p = 0; p < PLATFORM__COUNT; p++)
		for (int k = 0; k < 3; k++)
			v[n++] = v_u64(c->by[p][k]);
	v[n++] = v_u64(c->removed);
	v[n++] = v_u64(c->inactive);
	v[n++] = v_u64(c->dropped);
	v[n++] = v_u64(c->send);
	return row_list_add(db, l, v, n);
}

static const struct err *
post_few(struct db *db, const struct send_sums *c)
{
	struct row_list rows = ROW_LIST(SQL_SEND_COUNT_ONE);
	const struct err *e = NULL;

	for (size_t i = 0; e == NULL && i < c->n_now; i++)
		e = add_counts(db, &rows, &c->all[i]);
	if (e == NULL)
		e = row_list_flush(db, &rows);
	row_list_done(&rows);
	return e;
}

/* As an element of the list of SQL_SEND_COUNT. */
static void
put_counts(struct buf *b, const struct one_send *c)
{
	(void)buf_fmt(b, "[%llu,%u,%u,[", (unsigned long long)c->send,
	    c->answered, c->done);
	for (int p = 0; p < PLATFORM__COUNT; p++)
		(void)buf_fmt(b, "%s[%u,%u,%u]", p > 0 ? "," : "",
		    c->by[p][0], c->by[p][1], c->by[p][2]);
	(void)buf_fmt(b, "],%u,%u,%u]", c->removed, c->inactive, c->dropped);
}

static const struct err *
post_list(struct db *db, const struct send_sums *c)
{
	struct buf b = BUF(DB_LIST_MAX);
	const struct err *e;

	for (size_t i = 0; i < c->n_now; i++) {
		(void)buf_text(&b, i > 0 ? "," : "[");
		put_counts(&b, &c->all[i]);
	}
	e = buf_text(&b, "]") ? db_post(db, SQL_SEND_COUNT,
	    VALUES(v_blob(b.data, b.len)), NULL)
	    : err_new(ERR_TOOBIG, "a batch of outcomes is too large");
	buf_done(&b);
	return e;
}

static const struct err *
post_later(struct db *db, const struct one_send *c)
{
	struct buf b = BUF(4096);
	const struct err *e;

	put_counts(&b, c);
	e = send_delta_post(db, c->send, &b);
	buf_done(&b);
	return e;
}

const struct err *
send_sums_post(struct db *db, const struct send_sums *c)
{
	const struct err *e = c->n_now <= FEW ? post_few(db, c)
					      : post_list(db, c);

	for (size_t i = c->n_now; e == NULL && i < c->n; i++)
		e = post_later(db, &c->all[i]);
	return e;
}
