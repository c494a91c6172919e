/* SPDX-License-Identifier: MIT */
#include "db/queueing.h"

#include "db/history.h"

void
queueing_init(struct queueing *q)
{
	*q = (struct queueing){.devices = ROW_LIST(SQL_OUTBOX_ADD),
	    .users = ROW_LIST(SQL_OUTBOX_SCHEDULE),
	    .stored = ROW_LIST(SQL_MESSAGE_ADD),
	    .refused = ROW_LIST(SQL_HISTORY_REFUSED)};
}

void
queueing_done(struct queueing *q)
{
	row_list_done(&q->devices);
	row_list_done(&q->users);
	row_list_done(&q->stored);
	row_list_done(&q->refused);
}

void
queueing_reset(struct queueing *q)
{
	row_list_reset(&q->devices);
	row_list_reset(&q->users);
	row_list_reset(&q->stored);
	row_list_reset(&q->refused);
}

void
queueing_begin(struct queueing *q, uint64_t send, int64_t app)
{
	q->send = send;
	q->app = app;
}

const struct err *
queueing_flush(struct db *db, struct queueing *q)
{
	const struct err *e = row_list_flush(db, &q->devices);

	if (e == NULL)
		e = row_list_flush(db, &q->users);
	if (e == NULL)
		e = row_list_flush(db, &q->stored);
	return e != NULL ? e : row_list_flush(db, &q->refused);
}

static const struct err *
add_device_row(struct db *db, struct queueing *q,
    const struct outbox_message *m, const struct outbox_target *t,
    unsigned shard, uint64_t id, uint64_t body_id, const char *body)
{
	return row_list_add(db, &q->devices, VALUES(
	    q->due_ms != 0 ? v_i64(q->due_ms) : v_null(), v_u64(q->send),
	    v_i64(q->app), v_u64(shard), v_u64(id), v_u64(body_id),
	    v_i64(t->device), v_u64(t->platform), v_u64(t->environment),
	    v_text(t->token), v_blob(body, m->body_len), v_u64(t->generation),
	    v_i64(m->personal), v_text(m->user_id)));
}

const struct err *
queueing_user(struct db *db, struct queueing *q, const struct outbox_message *m,
    unsigned shard, uint64_t id, uint64_t body_id)
{
	return row_list_add(db, &q->users, VALUES(v_u64(q->send),
	    v_i64(q->app), v_u64(shard), v_u64(id), v_u64(body_id),
	    v_i64(m->delay_ms), v_text(m->user_id), v_text(m->activation_id),
	    v_i64(m->personal)));
}

static const struct err *
add_stored_row(struct db *db, struct queueing *q,
    const struct outbox_message *m, const struct outbox_target *t, uint64_t id)
{
	bool refused = t->refused != NULL;
	struct value status = v_i64(refused ? -1 : 0);

	return row_list_add(db, &q->stored, VALUES(v_text(m->user_id),
	    v_text(m->activation_id), v_i64(m->silent), v_i64(m->personal),
	    v_text(m->published), v_u64(q->send), v_u64(id), v_i64(t->device),
	    v_u64(t->platform), status, v_text(refused ? "failed" : "pending"),
	    v_text(t->refused), status));
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
			e = add_stored_row(db, q, m, t, id);
		if (e == NULL && t->refused == NULL)
			e = add_device_row(db, q, m, t, shard, id, body_id,
			    body);
	}
	return e;
}

static const struct err *
add_refused(struct db *db, struct queueing *q, const struct outbox_message *m,
    const struct outbox_target *list, size_t n, uint64_t id)
{
	const struct err *e = NULL;

	for (size_t i = 0; e == NULL && i < n; i++)
		if (list[i].refused != NULL)
			e = row_list_add(db, &q->refused, VALUES(v_u64(id),
			    v_i64(list[i].device), v_text(m->user_id),
			    v_u64(q->send), v_i64(q->app),
			    v_u64(list[i].platform), v_u64(HISTORY_REFUSED),
			    v_text(list[i].refused)));
	return e;
}

const struct err *
queueing_refused(struct db *db, struct queueing *q,
    const struct outbox_message *m)
{
	uint64_t id = q->next_id++;
	const struct err *e;

	if (!q->history)
		return NULL;
	if (m->nobody)
		return db_post(db, SQL_HISTORY_NOBODY, VALUES(v_u64(id),
		    v_text(m->user_id), v_u64(q->send), v_i64(q->app),
		    v_u64(HISTORY_PLATFORM_NONE), v_u64(HISTORY_QUARANTINE),
		    v_u64(HISTORY_NOBODY), v_text(m->user_id), v_i64(q->app)),
		    NULL);
	e = add_refused(db, q, m, m->targets, m->n_targets, id);
	return e != NULL ? e
			 : add_refused(db, q, m, m->left_out, m->n_left_out,
			       id);
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
