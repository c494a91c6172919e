/* SPDX-License-Identifier: MIT */
#include "db/due.h"

#include "db/queueing.h"
#include "lib/id.h"

#define DUE_LIST_MAX (1024 * 1024)

static void
list_due_key(const struct outbox_key *k, struct buf *list)
{
	(void)buf_text(list, list->len > 0 ? ",[" : "[[");
	outbox_key_write(k, list);
	(void)buf_text(list, "]");
}

static const struct err *
close_list(struct buf *list)
{
	if (!buf_text(list, list->len > 0 ? "]" : "[]"))
		return err_new(ERR_TOOBIG, "too many users fall due at once");
	return NULL;
}

/* The columns of SQL_OUTBOX_DUE. */
static void
row_to_due(struct arena *a, const struct rows *r, struct due *d)
{
	const char *body = db_blob(r, 9, &d->body_len);

	d->key = (struct outbox_key){(unsigned)db_u64(r, 1),
	    (unsigned)db_u64(r, 10), db_i64(r, 11), db_u64(r, 0)};
	d->send = db_u64(r, 2);
	d->body_id = db_u64(r, 3);
	d->app = db_i64(r, 4);
	d->message.user_id = db_copy(a, r, 5);
	d->message.activation_id = db_copy(a, r, 6);
	d->message.personal = db_u64(r, 7) != 0;
	d->cancelled = db_u64(r, 8) != 0;
	if (body != NULL)
		d->body = arena_text(a, body, d->body_len);
}

const struct err *
due_take(struct db *db, struct arena *a, const struct outbox_key *keys,
    size_t n, bool bodies, struct due **list, size_t *taken)
{
	struct buf text = BUF(DUE_LIST_MAX);
	struct rows *r = NULL;
	const struct err *e;

	for (size_t i = 0; i < n; i++)
		list_due_key(&keys[i], &text);
	e = close_list(&text);
	if (e == NULL)
		e = db_query(db, SQL_OUTBOX_DUE, VALUES(v_i64(bodies),
		    v_blob(text.data, text.len)), &r);
	buf_done(&text);
	if (e != NULL)
		return e;
	*list = arena_zero(a, db_count(r) * sizeof **list);
	for (*taken = 0; db_next(r); ++*taken)
		row_to_due(a, r, &(*list)[*taken]);
	db_done(r);
	return NULL;
}

/* --- writing ---------------------------------------------------------- */

/* The users of one send, and what they add to its counters. */
struct due_group {
	const struct due *list;
	size_t n;
	struct send_counts by[PLATFORM__COUNT];
};

static const struct err *
write_rows(struct db *db, struct queueing *q, struct due_group *g)
{
	const struct err *e = NULL;
	size_t wanted = 0;

	for (size_t i = 0; i < g->n; i++)
		wanted += g->list[i].message.n_targets + 1;
	if (wanted >= 1u << 20)
		return err_new(ERR_TOOBIG, "too many devices at once");
	q->next_id = id_range((uint32_t)wanted);
	queueing_reset(q);
	queueing_begin(q, g->list->send, g->list->app);
	for (size_t i = 0; e == NULL && i < g->n; i++) {
		const struct due *d = &g->list[i];

		(void)queueing_count(&d->message, g->by);
		e = queueing_devices(db, q, &d->message, d->key.shard,
		    d->body_id, NULL);
		if (e == NULL)
			e = queueing_refused(db, q, &d->message);
	}
	return e != NULL ? e : queueing_flush(db, q);
}

static void
list_group(const struct due_group *g, struct buf *sends)
{
	uint64_t failed = 0;

	for (int p = 0; p < PLATFORM__COUNT; p++)
		failed += g->by[p].failed;
	(void)buf_fmt(sends, "%s[%llu,%zu,%llu,[", sends->len > 0 ? "," : "[",
	    (unsigned long long)g->list->send, g->n,
	    (unsigned long long)failed);
	for (int p = 0; p < PLATFORM__COUNT; p++)
		(void)buf_fmt(sends, "%s[%llu,%llu]", p > 0 ? "," : "",
		    (unsigned long long)g->by[p].total,
		    (unsigned long long)g->by[p].failed);
	(void)buf_text(sends, "]]");
}

static const struct err *
write_groups(struct db *db, struct queueing *q, const struct due *list,
    size_t n, struct buf *sends)
{
	const struct err *e = NULL;

	for (size_t i = 0; e == NULL && i < n;) {
		struct due_group g = {.list = &list[i]};

		while (i < n && list[i].send == g.list->send) {
			g.n++;
			i++;
		}
		e = write_rows(db, q, &g);
		list_group(&g, sends);
	}
	return e;
}

static const struct err *
run_due_list(struct db *db, enum sql_id id, const struct buf *list)
{
	return db_exec(db, id, VALUES(v_blob(list->data, list->len)));
}

const struct err *
due_write(struct db *db, const struct due *list, size_t n, bool store,
    bool history)
{
	struct buf gone = BUF(DUE_LIST_MAX), sends = BUF(DUE_LIST_MAX);
	struct queueing q;
	const struct err *e;

	if (n == 0)
		return NULL;
	queueing_init(&q);
	q.store = store;
	q.history = history;
	for (size_t i = 0; i < n; i++)
		list_due_key(&list[i].key, &gone);
	if ((e = close_list(&gone)) == NULL &&
	    (e = run_due_list(db, SQL_OUTBOX_DELETE, &gone)) == NULL &&
	    (e = write_groups(db, &q, list, n, &sends)) == NULL &&
	    (e = close_list(&sends)) == NULL)
		e = run_due_list(db, SQL_SEND_DUE, &sends);
	queueing_done(&q);
	buf_done(&gone);
	buf_done(&sends);
	return e;
}
