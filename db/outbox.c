/* SPDX-License-Identifier: MIT */
/* Queueing and reading; settling is in settle.c. */
#include "db/outbox.h"

#include <stdio.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/id.h"
#include "lib/json.h"
#include "lib/mem.h"

#define ROWS_A_STATEMENT 1000
#define LIST_MAX (15 * 1024 * 1024) /* below max_allowed_packet */
#define RETRY_PORTION 5000 /* rows that SQL_OUTBOX_RETRY moves at once */

/* --- queueing --------------------------------------------------------- */

/* One transaction's work on a send; ids are drawn anew at each repetition. */
struct queueing {
	struct outbox_send *send;
	uint64_t next_id;
	int64_t delay_ms;	 /* of the rows being filled */
	struct buf rows, stored; /* JSON arrays being filled */
	unsigned in_rows;
	struct send_counts by[OUTBOX_PLATFORMS];
};

static void
count_targets(struct queueing *q)
{
	struct outbox_send *s = q->send;

	s->rows = 0;
	memset(q->by, 0, sizeof q->by);
	for (size_t m = 0; m < s->n_messages; m++)
		for (size_t t = 0; t < s->messages[m].n_targets; t++) {
			const struct outbox_target *target =
			    &s->messages[m].targets[t];

			q->by[target->platform].total++;
			q->by[target->platform].failed +=
			    target->refused != NULL;
			s->rows += target->refused == NULL;
		}
}

static const struct err *
add_send(struct db *db, const struct queueing *q)
{
	const struct outbox_send *s = q->send;
	uint64_t total = 0, failed = 0;

	for (int p = 0; p < OUTBOX_PLATFORMS; p++) {
		total += q->by[p].total;
		failed += q->by[p].failed;
	}
	return db_exec(db, SQL_SEND_ADD, VALUES(v_u64(s->id), v_i64(s->app),
	    s->campaign != 0 ? v_i64(s->campaign) : v_null(), v_text(s->mode),
	    v_u64(total), v_u64(failed), v_u64(failed), v_u64(q->by[0].total),
	    v_u64(q->by[0].failed), v_u64(q->by[1].total),
	    v_u64(q->by[1].failed), v_u64(q->by[2].total),
	    v_u64(q->by[2].failed)));
}

static const struct err *
flush_rows(struct db *db, struct queueing *q)
{
	const struct outbox_send *s = q->send;
	const struct err *e;

	if (q->in_rows == 0)
		return NULL;
	(void)buf_text(&q->rows, "]");
	if (q->rows.overflowed)
		return err_new(ERR_TOOBIG, "a batch of messages is too large");
	e = db_exec(db, SQL_OUTBOX_ADD, VALUES(v_u64(0), v_i64(q->delay_ms),
	    v_u64(s->id), v_i64(s->app), v_blob(q->rows.data, q->rows.len)));
	buf_reset(&q->rows);
	q->in_rows = 0;
	return e;
}

static const struct err *
add_row(struct db *db, struct queueing *q, const struct outbox_target *t,
    unsigned shard, uint64_t id, uint64_t body_id, const char *body)
{
	(void)buf_fmt(&q->rows, "%s[%u,%llu,%llu,%lld,%u,%u,",
	    q->in_rows > 0 ? "," : "[", shard, (unsigned long long)id,
	    (unsigned long long)body_id, (long long)t->device, t->platform,
	    t->environment);
	(void)json_quote(t->token, &q->rows);
	(void)buf_text(&q->rows, ",");
	if (body != NULL)
		(void)json_quote(body, &q->rows);
	else
		(void)buf_text(&q->rows, "null");
	(void)buf_text(&q->rows, "]");
	if (++q->in_rows < ROWS_A_STATEMENT && q->rows.len < LIST_MAX / 2)
		return NULL;
	return flush_rows(db, q);
}

static void
remember(struct queueing *q, const struct outbox_target *t, uint64_t id)
{
	(void)buf_fmt(&q->stored, "%s[%llu,%lld,%u,%d,\"%s\",",
	    q->stored.len > 0 ? "," : "[", (unsigned long long)id,
	    (long long)t->device, t->platform, t->refused != NULL ? -1 : 0,
	    t->refused != NULL ? "failed" : "pending");
	if (t->refused != NULL)
		(void)json_quote(t->refused, &q->stored);
	else
		(void)buf_text(&q->stored, "null");
	(void)buf_text(&q->stored, "]");
}

static const struct err *
store(struct db *db, struct queueing *q, const struct outbox_message *m)
{
	const struct err *e;

	if (q->stored.len == 0)
		return NULL;
	(void)buf_text(&q->stored, "]");
	e = db_exec(db, SQL_MESSAGE_ADD, VALUES(v_text(m->user_id),
	    v_text(m->activation_id), v_i64(m->silent), v_i64(m->personal),
	    v_text(m->published), v_u64(q->send->id),
	    v_blob(q->stored.data, q->stored.len)));
	buf_reset(&q->stored);
	return e;
}

/* Rows that leave at another time go into another statement. */
static const struct err *
set_delay(struct db *db, struct queueing *q, int64_t delay_ms)
{
	const struct err *e = NULL;

	if (delay_ms != q->delay_ms)
		e = flush_rows(db, q);
	q->delay_ms = delay_ms;
	return e;
}

/* A body with a single row rides in it; one for several stands alone. All
 * rows of a message go to one shard, so that one read finds them. The id of
 * a row tells its age: one to be sent later is as old as its due moment. */
static const struct err *
add_message(struct db *db, struct queueing *q, const struct outbox_message *m,
    unsigned shard)
{
	uint64_t ahead = (uint64_t)(m->delay_ms / 1000) << 31;
	uint64_t body_id = q->next_id++;
	const struct err *e;
	bool alone = m->n_targets == 1;

	if (m->n_targets == 0)
		return NULL;
	if ((e = set_delay(db, q, m->delay_ms)) != NULL)
		return e;
	if (!alone)
		e = db_exec(db, SQL_OUTBOX_BODY_ADD, VALUES(v_u64(body_id),
		    v_u64(q->send->id), v_blob(m->body, m->body_len)));
	for (size_t t = 0; e == NULL && t < m->n_targets; t++) {
		uint64_t id = q->next_id++ + ahead;

		if (q->send->store)
			remember(q, &m->targets[t], id);
		if (m->targets[t].refused == NULL)
			e = add_row(db, q, &m->targets[t], shard, id, body_id,
			    alone ? m->body : NULL);
	}
	return e != NULL ? e : store(db, q, m);
}

static uint32_t
ids_wanted(const struct outbox_send *s)
{
	size_t n = 1;

	for (size_t m = 0; m < s->n_messages; m++)
		n += 1 + s->messages[m].n_targets;
	return (uint32_t)n;
}

static const struct err *
send_once(struct db *db, void *arg)
{
	struct queueing *q = arg;
	struct outbox_send *s = q->send;
	const struct err *e;

	q->next_id = id_range(ids_wanted(s));
	s->id = q->next_id++;
	s->shard = (unsigned)(s->id % OUTBOX_SHARDS);
	s->one_shard = s->n_messages <= 1;
	q->in_rows = 0;
	q->delay_ms = 0;
	buf_reset(&q->rows);
	buf_reset(&q->stored);
	e = add_send(db, q);
	if (e == NULL)
		e = idempotency_put(db, s->key, s->request, s->id);
	for (size_t m = 0; e == NULL && m < s->n_messages; m++)
		e = add_message(db, q, &s->messages[m],
		    (s->shard + (unsigned)m) % OUTBOX_SHARDS);
	return e != NULL ? e : flush_rows(db, q);
}

const struct err *
outbox_send(struct db *db, struct outbox_send *send)
{
	struct queueing q = {.send = send, .rows = BUF(LIST_MAX),
	    .stored = BUF(LIST_MAX)};
	const struct err *e;

	if (ids_wanted(send) >= 1u << 20)
		return err_new(ERR_TOOBIG, "too many devices in one request");
	count_targets(&q);
	do
		e = db_transact(db, send_once, &q);
	/* an id drawn twice; a key used twice is the caller's to see */
	while (e != NULL && db_duplicate(db, "PRIMARY") && send->key == NULL);
	buf_done(&q.rows);
	buf_done(&q.stored);
	return e;
}

/* --- delivering ------------------------------------------------------- */

static void
row_to_outbox(const struct rows *r, struct outbox_row *row)
{
	row->due_ms = db_i64(r, 0);
	row->id = db_u64(r, 1);
	row->send = db_u64(r, 2);
	row->body_id = db_u64(r, 3);
	row->app = db_i64(r, 4);
	row->device = db_i64(r, 5);
	row->platform = (unsigned)db_u64(r, 6);
	row->environment = (unsigned)db_u64(r, 7);
	row->attempts = (unsigned)db_u64(r, 8);
	row->token = db_text(r, 9);
	row->body = db_blob(r, 10, &row->body_len);
}

const struct err *
outbox_read(struct db *db, unsigned shard, unsigned lane,
    const struct outbox_place *behind, unsigned limit, outbox_take *take,
    void *arg, unsigned *n)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_OUTBOX_READ,
	    VALUES(v_u64(shard), v_u64(lane), v_i64(behind->due_ms),
		v_u64(behind->id), v_i64(behind->due_ms), v_u64(limit)), &r);

	if (e != NULL)
		return e;
	for (*n = 0; db_next(r); (*n)++) {
		struct outbox_row row = {.shard = shard, .lane = lane};

		row_to_outbox(r, &row);
		take(&row, arg);
	}
	db_done(r);
	return NULL;
}

const struct err *
outbox_oldest(struct db *db, unsigned shard, unsigned lane, unsigned limit,
    outbox_see *see, void *arg)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_OUTBOX_OLDEST,
	    VALUES(v_u64(shard), v_u64(lane), v_u64(limit)), &r);

	if (e != NULL)
		return e;
	while (db_next(r)) {
		struct outbox_due row = {.id = db_u64(r, 0),
		    .platform = (unsigned)db_u64(r, 2)};

		(void)snprintf(row.due, sizeof row.due, "%s", db_text(r, 1));
		see(&row, arg);
	}
	db_done(r);
	return NULL;
}

const struct err *
outbox_body(struct db *db, struct arena *a, uint64_t id, const char **body,
    size_t *len)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_OUTBOX_BODY_BY_ID,
	    VALUES(v_u64(id)), &r);
	const char *text;

	if (e != NULL)
		return e;
	if (db_next(r)) {
		text = db_blob(r, 0, len);
		*body = arena_text(a, text, *len);
	} else {
		e = err_new(ERR_MISSING, "no body %llu",
		    (unsigned long long)id);
	}
	db_done(r);
	return e;
}

/* --- looking ---------------------------------------------------------- */

const struct err *
outbox_depth(struct db *db, struct arena *a, struct outbox_depth **list,
    size_t *n)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_OUTBOX_DEPTH, NO_VALUES, &r);
	int64_t now_ms = clock_now_ms();

	if (e != NULL)
		return e;
	*list = arena_zero(a, db_count(r) * sizeof **list);
	for (*n = 0; db_next(r); (*n)++) {
		struct outbox_depth *d = &(*list)[*n];

		d->app_id = db_copy(a, r, 0);
		d->platform = (unsigned)db_u64(r, 1);
		d->lane = (unsigned)db_u64(r, 2);
		d->rows = db_u64(r, 3);
		d->retried = db_u64(r, 4);
		d->next_due_ms = db_i64(r, 5);
		d->oldest_ms = db_i64(r, 6);
		if (d->oldest_ms > now_ms) /* to be sent later */
			d->oldest_ms = now_ms;
	}
	db_done(r);
	return NULL;
}

/* --- moving ----------------------------------------------------------- */

struct retry {
	unsigned shard;
	int64_t app, in_ms;
	int platform;
	uint64_t n; /* of the portion */
};

static const struct err *
retry_portion(struct db *db, void *arg)
{
	struct retry *r = arg;
	struct value app = r->app != 0 ? v_i64(r->app) : v_null();
	struct value platform = r->platform >= 0 ? v_i64(r->platform)
						 : v_null();
	struct value in = v_i64(r->in_ms);
	const struct err *e = db_exec(db, SQL_OUTBOX_RETRY, VALUES(in,
	    v_u64(r->shard), in, app, app, platform, platform));

	if (e == NULL)
		r->n = db_affected(db);
	return e;
}

const struct err *
outbox_retry(struct db *db, unsigned shard, int64_t app, int platform,
    int64_t in_ms, uint64_t *n)
{
	struct retry r = {shard, app, in_ms, platform, 0};
	const struct err *e;

	*n = 0;
	do {
		if ((e = db_transact(db, retry_portion, &r)) != NULL)
			return e;
		*n += r.n;
	} while (r.n == RETRY_PORTION);
	return NULL;
}

const struct err *
outbox_clean(struct db *db, int64_t retention_ms, int64_t keep_ms)
{
	struct value retention = v_i64(retention_ms);
	const struct err *e;

	if ((e = db_exec(db, SQL_OUTBOX_BODY_PURGE, NO_VALUES)) != NULL ||
	    (e = db_exec(db, SQL_IDEMPOTENCY_PURGE, NO_VALUES)) != NULL ||
	    (e = db_exec(db, SQL_HEALTH_PURGE, NO_VALUES)) != NULL ||
	    (e = db_exec(db, SQL_DEVICE_PURGE, VALUES(v_i64(keep_ms)))) !=
		NULL ||
	    (e = db_exec(db, SQL_MESSAGE_PURGE, VALUES(retention))) != NULL)
		return e;
	return db_exec(db, SQL_SEND_PURGE, VALUES(retention));
}
