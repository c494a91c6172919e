/* SPDX-License-Identifier: MIT */
/* Where sends and their rows are born, in one transaction. */
#include "db/queue_part.h"

#include <string.h>

#include "lib/id.h"
#include "lib/json.h"

#define ROWS_A_STATEMENT 1000
#define LIST_MAX (15 * 1024 * 1024) /* below max_allowed_packet */

/* --- rows ------------------------------------------------------------- */

void
queueing_init(struct queueing *q)
{
	*q = (struct queueing){.devices = {SQL_OUTBOX_ADD, BUF(LIST_MAX), 0},
	    .users = {SQL_OUTBOX_SCHEDULE, BUF(LIST_MAX), 0},
	    .stored = BUF(LIST_MAX)};
}

void
queueing_done(struct queueing *q)
{
	buf_done(&q->devices.text);
	buf_done(&q->users.text);
	buf_done(&q->stored);
}

static void
row_list_reset(struct row_list *l)
{
	buf_reset(&l->text);
	l->n = 0;
}

void
queueing_begin(struct queueing *q, uint64_t send, int64_t app)
{
	q->send = send;
	q->app = app;
	row_list_reset(&q->devices);
	row_list_reset(&q->users);
	buf_reset(&q->stored);
}

static const struct err *
flush_list(struct db *db, const struct queueing *q, struct row_list *l)
{
	const struct err *e;

	if (l->n == 0)
		return NULL;
	if (!buf_text(&l->text, "]"))
		return err_new(ERR_TOOBIG, "a batch of messages is too large");
	e = db_exec(db, l->id, VALUES(v_u64(q->send), v_i64(q->app),
	    v_blob(l->text.data, l->text.len)));
	row_list_reset(l);
	return e;
}

const struct err *
queueing_flush(struct db *db, struct queueing *q)
{
	const struct err *e = flush_list(db, q, &q->devices);

	return e != NULL ? e : flush_list(db, q, &q->users);
}

static const struct err *
row_added(struct db *db, const struct queueing *q, struct row_list *l)
{
	(void)buf_text(&l->text, "]");
	if (++l->n < ROWS_A_STATEMENT && l->text.len < LIST_MAX / 2)
		return NULL;
	return flush_list(db, q, l);
}

static const struct err *
add_device(struct db *db, struct queueing *q, const struct outbox_message *m,
    const struct outbox_target *t, unsigned shard, uint64_t id,
    uint64_t body_id, const char *body)
{
	struct row_list *l = &q->devices;

	(void)buf_fmt(&l->text, "%s[%u,%llu,%llu,%lld,%u,%u,",
	    l->n > 0 ? "," : "[", shard, (unsigned long long)id,
	    (unsigned long long)body_id, (long long)t->device, t->platform,
	    t->environment);
	(void)json_quote(t->token, &l->text);
	(void)buf_text(&l->text, ",");
	(void)json_quote(body, &l->text);
	(void)buf_fmt(&l->text, ",%u,%d", t->generation, m->personal);
	return row_added(db, q, l);
}

static const struct err *
add_user(struct db *db, struct queueing *q, const struct outbox_message *m,
    unsigned shard, uint64_t id, uint64_t body_id)
{
	struct row_list *l = &q->users;

	(void)buf_fmt(&l->text, "%s[%u,%llu,%llu,%lld,", l->n > 0 ? "," : "[",
	    shard, (unsigned long long)id, (unsigned long long)body_id,
	    (long long)m->delay_ms);
	(void)json_quote(m->user_id, &l->text);
	(void)buf_text(&l->text, ",");
	(void)json_quote(m->activation_id, &l->text);
	(void)buf_fmt(&l->text, ",%d", m->personal);
	return row_added(db, q, l);
}

static void
remember(struct queueing *q, const struct outbox_target *t, uint64_t id)
{
	(void)buf_fmt(&q->stored, "%s[%llu,%lld,%u,%d,\"%s\",",
	    q->stored.len > 0 ? "," : "[", (unsigned long long)id,
	    (long long)t->device, t->platform, t->refused != NULL ? -1 : 0,
	    t->refused != NULL ? "failed" : "pending");
	(void)json_quote(t->refused, &q->stored);
	(void)buf_text(&q->stored, "]");
}

static const struct err *
store(struct db *db, struct queueing *q, const struct outbox_message *m)
{
	const struct err *e;

	if (q->stored.len == 0)
		return NULL;
	if (!buf_text(&q->stored, "]"))
		return err_new(ERR_TOOBIG, "a message has too many devices");
	e = db_exec(db, SQL_MESSAGE_ADD, VALUES(v_text(m->user_id),
	    v_text(m->activation_id), v_i64(m->silent), v_i64(m->personal),
	    v_text(m->published), v_u64(q->send),
	    v_blob(q->stored.data, q->stored.len)));
	buf_reset(&q->stored);
	return e;
}

const struct err *
queueing_devices(struct db *db, struct queueing *q,
    const struct outbox_message *m, unsigned shard, uint64_t body_id,
    const char *body)
{
	const struct err *e = NULL;

	for (size_t i = 0; e == NULL && i < m->n_targets; i++) {
		const struct outbox_target *t = &m->targets[i];
		uint64_t id = q->next_id++;

		if (q->store)
			remember(q, t, id);
		if (t->refused == NULL)
			e = add_device(db, q, m, t, shard, id, body_id, body);
	}
	return e != NULL ? e : store(db, q, m);
}

uint32_t
queueing_count(const struct outbox_message *m,
    struct send_counts by[OUTBOX_PLATFORMS])
{
	uint32_t rows = 0;

	for (size_t i = 0; i < m->n_targets; i++) {
		const struct outbox_target *t = &m->targets[i];

		by[t->platform].total++;
		by[t->platform].failed += t->refused != NULL;
		rows += t->refused == NULL;
	}
	return rows;
}

/* --- a send ----------------------------------------------------------- */

struct birth {
	struct outbox_send *send;
	struct queueing q;
	struct send_counts by[OUTBOX_PLATFORMS];
	uint64_t scheduled;
};

static bool
is_for_later(const struct outbox_message *m)
{
	return m->delay_ms > 0;
}

static void
count(struct birth *b)
{
	struct outbox_send *s = b->send;

	s->rows = 0;
	for (size_t i = 0; i < s->n_messages; i++) {
		s->rows += queueing_count(&s->messages[i], b->by);
		b->scheduled += is_for_later(&s->messages[i]);
	}
}

static const struct err *
add_send(struct db *db, const struct birth *b)
{
	const struct outbox_send *s = b->send;
	const struct send_counts *by = b->by;
	uint64_t total = 0, failed = 0;

	for (int p = 0; p < OUTBOX_PLATFORMS; p++) {
		total += by[p].total;
		failed += by[p].failed;
	}
	return db_exec(db, SQL_SEND_ADD, VALUES(v_u64(s->id), v_i64(s->app),
	    s->campaign != 0 ? v_i64(s->campaign) : v_null(), v_text(s->mode),
	    v_u64(b->scheduled), v_u64(total), v_u64(failed), v_u64(failed),
	    v_u64(by[0].total), v_u64(by[0].failed), v_u64(by[1].total),
	    v_u64(by[1].failed), v_u64(by[2].total), v_u64(by[2].failed)));
}

/* A body with a single row rides in it; one for several, and one for who is
 * looked up later, stands alone. All rows of a message go to one shard, so
 * that one read finds them. The id of a row tells its age: one to be sent
 * later is as old as its due moment. */
static const struct err *
add_message(struct db *db, struct queueing *q, const struct outbox_message *m,
    unsigned shard)
{
	uint64_t ahead = (uint64_t)(m->delay_ms / 1000) << 31;
	bool later = is_for_later(m), alone = !later && m->n_targets == 1;
	uint64_t body_id = q->next_id++;
	const struct err *e = NULL;

	if (!later && m->n_targets == 0)
		return NULL;
	if (!alone)
		e = db_exec(db, SQL_OUTBOX_BODY_ADD, VALUES(v_u64(body_id),
		    v_u64(q->send), v_blob(m->body, m->body_len)));
	if (e != NULL)
		return e;
	if (later)
		return add_user(db, q, m, shard, q->next_id++ + ahead,
		    body_id);
	return queueing_devices(db, q, m, shard, body_id,
	    alone ? m->body : NULL);
}

static uint32_t
ids_wanted(const struct outbox_send *s)
{
	size_t n = 1;

	for (size_t m = 0; m < s->n_messages; m++)
		n += 1 + s->messages[m].n_targets +
		    is_for_later(&s->messages[m]);
	return (uint32_t)n;
}

static const struct err *
send_once(struct db *db, void *arg)
{
	struct birth *b = arg;
	struct outbox_send *s = b->send;
	struct queueing *q = &b->q;
	const struct err *e;

	q->next_id = id_range(ids_wanted(s));
	s->id = q->next_id++;
	s->shard = (unsigned)(s->id % OUTBOX_SHARDS);
	s->one_shard = s->n_messages <= 1;
	queueing_begin(q, s->id, s->app);
	e = add_send(db, b);
	if (e == NULL)
		e = idempotency_put(db, s->key, s->request, s->id);
	for (size_t m = 0; e == NULL && m < s->n_messages; m++)
		e = add_message(db, q, &s->messages[m],
		    (s->shard + (unsigned)m) % OUTBOX_SHARDS);
	return e != NULL ? e : queueing_flush(db, q);
}

const struct err *
outbox_send(struct db *db, struct outbox_send *send)
{
	struct birth b = {.send = send};
	const struct err *e;

	if (ids_wanted(send) >= 1u << 20)
		return err_new(ERR_TOOBIG, "too many devices in one request");
	queueing_init(&b.q);
	b.q.store = send->store;
	count(&b);
	do
		e = db_transact(db, send_once, &b);
	/* an id drawn twice; a key used twice is the caller's to see */
	while (e != NULL && db_duplicate(db, "PRIMARY") && send->key == NULL);
	queueing_done(&b.q);
	return e;
}
