/* SPDX-License-Identifier: MIT */
/* Queueing a send: the send, its bodies and its rows in one transaction. */
#include "db/outbox_send.h"

#include <string.h>

#include "db/idempotency.h"
#include "db/queueing.h"
#include "lib/id.h"

struct birth {
	struct outbox_send *send;
	struct queueing q;
	struct row_list bodies; /* that rows share */
	uint64_t scheduled;
};

static bool
is_for_later(const struct outbox_message *m)
{
	return m->delay_ms > 0;
}

static void
count_targets(struct birth *b)
{
	struct outbox_send *s = b->send;

	s->rows = 0;
	memset(s->by, 0, sizeof s->by);
	for (size_t i = 0; i < s->n_messages; i++) {
		s->rows += queueing_count(&s->messages[i], s->by);
		b->scheduled += is_for_later(&s->messages[i]);
	}
}

static const struct err *
add_send(struct db *db, const struct birth *b)
{
	const struct outbox_send *s = b->send;
	struct value v[8 + 2 * PLATFORM__COUNT] = {v_u64(s->id),
	    v_i64(s->app), s->campaign != 0 ? v_i64(s->campaign) : v_null(),
	    v_text(s->mode), v_u64(b->scheduled)};
	uint64_t total = 0, failed = 0;
	size_t n = 8;

	for (int p = 0; p < PLATFORM__COUNT; p++) {
		total += s->by[p].total;
		failed += s->by[p].failed;
		v[n++] = v_u64(s->by[p].total);
		v[n++] = v_u64(s->by[p].failed);
	}
	v[5] = v_u64(total);
	v[6] = v[7] = v_u64(failed); /* answered and done */
	return db_post(db, SQL_SEND_ADD, v, n, NULL);
}

/* The body of a single row is stored in the row; a body of several rows, or of
 * a user's row, has a row of its own in the table of bodies. All rows of a
 * message go to one shard, so that one read finds them. The age of a row
 * follows from its id: for sendAt, the id has the due time. */
static const struct err *
add_message(struct db *db, struct birth *b, const struct outbox_message *m,
    unsigned shard)
{
	struct queueing *q = &b->q;
	uint64_t ahead = id_of_second(m->delay_ms / 1000);
	bool later = is_for_later(m), alone = !later && m->n_targets == 1;
	uint64_t body_id = q->next_id++;
	const struct err *e = NULL;

	if (!later && m->n_targets == 0)
		return NULL;
	if (!alone)
		e = row_list_add(db, &b->bodies, VALUES(v_u64(body_id),
		    v_u64(q->send), v_blob(m->body, m->body_len)));
	if (e != NULL)
		return e;
	if (later)
		return queueing_user(db, q, m, shard,
		    q->next_id++ + ahead, body_id);
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
outbox_send_once(struct db *db, void *arg)
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
	row_list_reset(&b->bodies);
	e = add_send(db, b);
	if (e == NULL)
		e = idempotency_put(db, s->key, &(struct idempotency_use){
		    s->request, s->id, s->refused});
	for (size_t m = 0; e == NULL && m < s->n_messages; m++)
		e = add_message(db, b, &s->messages[m],
		    (s->shard + (unsigned)m) % OUTBOX_SHARDS);
	if (e == NULL)
		e = row_list_flush(db, &b->bodies);
	return e != NULL ? e : queueing_flush(db, q);
}

const struct err *
outbox_send(struct db *db, struct outbox_send *send)
{
	struct birth b = {.send = send,
	    .bodies = ROW_LIST(SQL_OUTBOX_BODY_ADD)};
	const struct err *e;

	if (ids_wanted(send) >= 1u << 20)
		return err_new(ERR_TOOBIG, "too many devices in one request");
	queueing_init(&b.q);
	b.q.store = send->store;
	count_targets(&b);
	do
		e = db_transact(db, outbox_send_once, &b);
	/* again with new ids if an id exists; a known key is an answer */
	while (e != NULL && db_duplicate(db, "PRIMARY") && send->key == NULL);
	row_list_done(&b.bodies);
	queueing_done(&b.q);
	return e;
}
