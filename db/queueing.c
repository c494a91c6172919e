/* SPDX-License-Identifier: MIT */
#include "db/queueing.h"

#include <string.h>

#include "lib/json.h"

#define ROWS_A_STATEMENT 1000

void
queueing_init(struct queueing *q)
{
	*q =
	    (struct queueing){.devices = {SQL_OUTBOX_ADD, BUF(DB_LIST_MAX), 0},
		.users = {SQL_OUTBOX_SCHEDULE, BUF(DB_LIST_MAX), 0},
		.stored = BUF(DB_LIST_MAX)};
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
	if (++l->n < ROWS_A_STATEMENT && l->text.len < DB_LIST_MAX / 2)
		return NULL;
	return flush_list(db, q, l);
}

static const struct err *
add_device_row(struct db *db, struct queueing *q,
    const struct outbox_message *m, const struct outbox_target *t,
    unsigned shard, uint64_t id, uint64_t body_id, const char *body)
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

const struct err *
queueing_user(struct db *db, struct queueing *q, const struct outbox_message *m,
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
list_stored(struct queueing *q, const struct outbox_target *t, uint64_t id)
{
	(void)buf_fmt(&q->stored, "%s[%llu,%lld,%u,%d,\"%s\",",
	    q->stored.len > 0 ? "," : "[", (unsigned long long)id,
	    (long long)t->device, t->platform, t->refused != NULL ? -1 : 0,
	    t->refused != NULL ? "failed" : "pending");
	(void)json_quote(t->refused, &q->stored);
	(void)buf_text(&q->stored, "]");
}

static const struct err *
store_messages(struct db *db, struct queueing *q,
    const struct outbox_message *m)
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
			list_stored(q, t, id);
		if (t->refused == NULL)
			e = add_device_row(db, q, m, t, shard, id, body_id,
			    body);
	}
	return e != NULL ? e : store_messages(db, q, m);
}

uint32_t
queueing_count(const struct outbox_message *m,
    struct send_counts by[PLATFORM__COUNT])
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
