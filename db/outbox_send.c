/* SPDX-License-Identifier: MIT */
/* Queueing a send: the send, its bodies and its rows in one transaction. */
#include "db/outbox_send.h"

#include <stdlib.h>
#include <string.h>

#include "db/idempotency.h"
#include "db/queueing.h"
#include "lib/id.h"
#include "lib/mem.h"

/* A message as a user of a body: many messages of a batch may have the same. */
struct body_use {
	size_t first; /* of the messages with this body */
	/* of the first: */
	size_t n; /* messages */
	uint64_t id;
};

struct birth {
	struct outbox_send *send;
	struct queueing q;
	struct row_list bodies; /* that rows share */
	struct body_use *uses;	/* of each message */
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

/* --- equal bodies ----------------------------------------------------- */

static int
compare_bodies(const struct outbox_message *x, const struct outbox_message *y)
{
	if (x->body_len != y->body_len)
		return x->body_len < y->body_len ? -1 : 1;
	return memcmp(x->body, y->body, x->body_len);
}

/* Equal ones in the order of the messages, which are in one array. */
static int
by_body(const void *a, const void *b)
{
	const struct outbox_message *const *p = a, *const *q = b;
	const struct outbox_message *x = *p, *y = *q;
	int order = compare_bodies(x, y);

	return order != 0 ? order : x < y ? -1 : x > y;
}

static bool
has_rows(const struct outbox_message *m)
{
	return is_for_later(m) || m->n_targets > 0;
}

static void
find_equal_bodies(struct birth *b)
{
	const struct outbox_send *s = b->send;
	const struct outbox_message **list = xcalloc(s->n_messages,
	    sizeof *list);
	size_t n = 0, first = 0;

	for (size_t i = 0; i < s->n_messages; i++)
		if (has_rows(&s->messages[i]))
			list[n++] = &s->messages[i];
	qsort(list, n, sizeof *list, by_body);
	for (size_t i = 0; i < n; i++) {
		size_t at = (size_t)(list[i] - s->messages);

		if (i == 0 || compare_bodies(list[i - 1], list[i]) != 0)
			first = at;
		b->uses[at].first = first;
		b->uses[first].n++;
	}
	free(list);
}

/* --- rows ------------------------------------------------------------- */

/* The body of a single row is stored in the row; a body of several rows, or of
 * a user's row, has a row of its own in the table of bodies. All rows of a
 * message go to one shard, so that one read finds them. The age of a row
 * follows from its id: for sendAt, the id has the due time. */
static const struct err *
add_message(struct db *db, struct birth *b, size_t i, unsigned shard)
{
	const struct outbox_message *m = &b->send->messages[i];
	struct body_use *use = &b->uses[b->uses[i].first];
	struct queueing *q = &b->q;
	bool later = is_for_later(m);
	bool alone = !later && m->n_targets == 1 && use->n == 1;
	const struct err *e = NULL;

	if (!has_rows(m))
		return NULL;
	if (use == &b->uses[i]) {
		use->id = q->next_id++;
		if (!alone)
			e = row_list_add(db, &b->bodies, VALUES(v_u64(use->id),
			    v_u64(q->send), v_blob(m->body, m->body_len)));
	}
	if (e != NULL)
		return e;
	if (later)
		return queueing_user(db, q, m, shard, q->next_id++ +
		    id_of_second(m->delay_ms / 1000), use->id);
	return queueing_devices(db, q, m, shard, use->id,
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

static void
tell_commit(void *birth)
{
	const struct outbox_send *s = ((const struct birth *)birth)->send;

	s->committing(s, s->arg);
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
	if (s->committing != NULL && s->rows > 0)
		db_at_commit(db, tell_commit, b);
	queueing_begin(q, s->id, s->app);
	row_list_reset(&b->bodies);
	e = add_send(db, b);
	if (e == NULL)
		e = idempotency_put(db, s->key, &(struct idempotency_use){
		    s->request, s->id, s->refused});
	for (size_t m = 0; e == NULL && m < s->n_messages; m++)
		e = add_message(db, b, m,
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
	b.uses = xcalloc(send->n_messages, sizeof *b.uses);
	count_targets(&b);
	find_equal_bodies(&b);
	do
		e = db_transact(db, outbox_send_once, &b);
	/* again with new ids if an id exists; a known key is an answer */
	while (e != NULL && db_duplicate(db, "PRIMARY") && send->key == NULL);
	free(b.uses);
	row_list_done(&b.bodies);
	queueing_done(&b.q);
	return e;
}
