/* SPDX-License-Identifier: MIT */
/* Queueing sends: each with its bodies and its rows, in one transaction. */
#include "db/outbox_send.h"

#include <stdlib.h>
#include <string.h>

#include "db/idempotency.h"
#include "db/queueing.h"
#include "db/send_status.h"
#include "lib/clock.h"
#include "lib/id.h"
#include "lib/mem.h"

/* So many messages, one behind the other in a batch, have their rows in the
 * same shard: MariaDB inserts neighbours for less, and writes less to its log.
 * A large batch lies in many shards all the same, and several sendds share
 * it. */
#define RUN 16

#define TURN_MS 10 /* of a shard, to have the rows of single messages */

/* A message as a user of a body: many messages of a batch may have the same. */
struct body_use {
	size_t first; /* of the messages with this body */
	/* of the first: */
	size_t n; /* messages */
	uint64_t id;
};

struct birth {
	struct outbox_send *send;
	struct body_use *uses; /* of each message */
	uint64_t scheduled;
	uint64_t next_id;
	int64_t due_ms; /* of a row that is told before it can be read */
};

/* The births of one transaction, and their rows. */
struct births {
	struct birth *list;
	size_t n;
	struct queueing q;
	struct row_list sends, bodies; /* bodies: that rows share */
	bool told; /* of a COMMIT, with its row: that may have been sent */
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
add_send(struct db *db, struct row_list *sends, const struct birth *b)
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
	return row_list_add(db, sends, v, n);
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

/* Of a row that is to be told before anybody can read it. */
static void
note_row(struct births *all, const struct birth *b, uint64_t body_id,
    unsigned shard)
{
	struct outbox_send *s = b->send;
	const struct outbox_target *t = s->messages->targets;
	struct queueing *q = &all->q;

	q->due_ms = b->due_ms;
	s->row = (struct outbox_row){
	    .key = {shard, 0, q->due_ms, q->next_id}, .send = s->id,
	    .body_id = body_id, .app = s->app, .device = t->device,
	    .platform = t->platform, .environment = t->environment,
	    .generation = t->generation, .personal = s->messages->personal};
}

/* The body of a single row is stored in the row; a body of several rows, or of
 * a user's row, has a row of its own in the table of bodies. All rows of a
 * message go to one shard, so that one read finds them. The age of a row
 * follows from its id: for sendAt, the id has the due time. */
static const struct err *
add_message(struct db *db, struct births *all, const struct birth *b, size_t i,
    unsigned shard)
{
	const struct outbox_message *m = &b->send->messages[i];
	struct body_use *use = &b->uses[b->uses[i].first];
	struct queueing *q = &all->q;
	bool later = is_for_later(m);
	bool alone = !later && m->n_targets == 1 && use->n == 1;
	const struct err *e = NULL;

	if (!has_rows(m))
		return NULL;
	if (use == &b->uses[i]) {
		use->id = q->next_id++;
		if (!alone)
			e = row_list_add(db, &all->bodies, VALUES(
			    v_u64(use->id), v_u64(q->send),
			    v_blob(m->body, m->body_len)));
	}
	if (e != NULL)
		return e;
	if (alone && all->n == 1 && b->send->n_messages == 1 &&
	    b->send->carried)
		note_row(all, b, use->id, shard);
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
		n += 2 + s->messages[m].n_targets +
		    is_for_later(&s->messages[m]);
	return (uint32_t)n;
}

/* One that wants to be told of the COMMIT tells for all, whose rows are in the
 * same shard; NULL: none does. */
static const struct outbox_send *
find_teller(const struct births *all)
{
	for (size_t i = 0; i < all->n; i++) {
		const struct outbox_send *s = all->list[i].send;

		if (s->committing != NULL && s->rows > 0 && s->n_shards <= 1)
			return s;
	}
	return NULL;
}

static void
tell_commit(void *arg)
{
	struct births *all = arg;
	const struct outbox_send *s = find_teller(all);

	all->told = s->row.key.id != 0;
	s->committing(s, s->arg);
}

/* Single messages of the same few milliseconds have their rows in the same
 * shard: sendd finds those of several transactions by one read, and renews one
 * lease when it deletes them. But a row for which somebody waits is read at
 * once, and no others with it. */
static unsigned
first_shard(const struct outbox_send *s)
{
	uint64_t turn = s->committing == NULL && s->n_messages == 1 ?
	    (uint64_t)clock_mono_ms() / TURN_MS : s->id;

	return (unsigned)(turn % OUTBOX_SHARDS);
}

/* All sends of a transaction begin in the same shard. A row that is told is due
 * since ten minutes by our idea of the database's clock, which may be off by a
 * little. */
static void
draw_ids(struct birth *b, const struct birth *first)
{
	struct outbox_send *s = b->send;

	b->next_id = id_range(ids_wanted(s));
	s->id = b->next_id++;
	s->shard = first == b ? first_shard(s) : first->send->shard;
	s->n_shards = (s->n_messages + RUN - 1) / RUN;
	b->due_ms = clock_now_ms() - (int64_t)SQL_DUE_SINCE_S * 1000;
}

/* Before the first try: each repetition writes the same keys, so that sendd,
 * which may have been told of a try that was lost, settles the row of a later
 * one. */
static void
draw_all_ids(struct births *all)
{
	for (size_t i = 0; i < all->n; i++)
		draw_ids(&all->list[i], &all->list[0]);
}

/* The sends of a transaction are there, or none of them. */
static const struct err *
find_births(struct db *db, void *arg, bool *done)
{
	const struct births *all = arg;
	struct send_account account = {.send = all->list[0].send->id};
	const struct err *e = send_accounts(db, &account, 1);

	*done = e == NULL && account.found;
	return e;
}

static const struct err *
add_rows(struct db *db, struct births *all, const struct birth *b)
{
	const struct outbox_send *s = b->send;
	const struct err *e = idempotency_put(db, s->key,
	    &(struct idempotency_use){s->request, s->id, s->refused});

	queueing_begin(&all->q, s->id, s->app);
	all->q.store = s->store;
	all->q.history = s->history;
	all->q.next_id = b->next_id;
	all->q.due_ms = 0;
	b->send->row.key.id = 0;
	for (size_t m = 0; e == NULL && m < s->n_messages; m++)
		e = add_message(db, all, b, m,
		    (s->shard + (unsigned)(m / RUN)) % OUTBOX_SHARDS);
	for (size_t m = 0; e == NULL && m < s->n_messages; m++)
		e = queueing_refused(db, &all->q, &s->messages[m]);
	return e;
}

static const struct err *
write_births(struct db *db, void *arg)
{
	struct births *all = arg;
	const struct err *e = NULL;

	row_list_reset(&all->sends);
	row_list_reset(&all->bodies);
	queueing_reset(&all->q);
	if (find_teller(all) != NULL)
		db_at_commit(db, tell_commit, all);
	for (size_t i = 0; e == NULL && i < all->n; i++)
		e = add_send(db, &all->sends, &all->list[i]);
	if (e == NULL)
		e = row_list_flush(db, &all->sends);
	for (size_t i = 0; e == NULL && i < all->n; i++)
		e = add_rows(db, all, &all->list[i]);
	if (e == NULL)
		e = row_list_flush(db, &all->bodies);
	return e != NULL ? e : queueing_flush(db, &all->q);
}

/* --- sends ------------------------------------------------------------ */

static void
births_init(struct births *all, struct outbox_send **sends, size_t n)
{
	*all = (struct births){.list = xcalloc(n, sizeof *all->list), .n = n,
	    .sends = ROW_LIST(SQL_SEND_ADD),
	    .bodies = ROW_LIST(SQL_OUTBOX_BODY_ADD)};
	queueing_init(&all->q);
	for (size_t i = 0; i < n; i++) {
		struct birth *b = &all->list[i];

		b->send = sends[i];
		b->uses = xcalloc(sends[i]->n_messages, sizeof *b->uses);
		count_targets(b);
		find_equal_bodies(b);
	}
}

static void
births_done(struct births *all)
{
	for (size_t i = 0; i < all->n; i++)
		free(all->list[i].uses);
	free(all->list);
	row_list_done(&all->sends);
	row_list_done(&all->bodies);
	queueing_done(&all->q);
}

static const struct err *
write_refusals(struct db *db, void *arg)
{
	struct births *all = arg;
	struct birth *b = all->list;
	const struct outbox_send *s = b->send;
	const struct err *e = NULL;

	draw_ids(b, b);
	queueing_reset(&all->q);
	queueing_begin(&all->q, s->id, s->app);
	all->q.history = true;
	all->q.next_id = b->next_id;
	for (size_t m = 0; e == NULL && m < s->n_messages; m++)
		e = queueing_refused(db, &all->q, &s->messages[m]);
	return e != NULL ? e : queueing_flush(db, &all->q);
}

const struct err *
outbox_refuse(struct db *db, struct outbox_send *send)
{
	struct births all;
	const struct err *e;

	if (!send->history)
		return NULL;
	births_init(&all, &send, 1);
	e = db_transact(db, write_refusals, &all);
	births_done(&all);
	return e;
}

/* An id exists already. A known key is an answer; and what was told may have
 * been sent, which under new ids would be done twice. */
static bool
needs_new_ids(const struct db *db, const struct err *e,
    const struct births *all)
{
	return e != NULL && e->code == ERR_DUPLICATE &&
	    db_duplicate(db, "PRIMARY") && all->list->send->key == NULL &&
	    !all->told;
}

const struct err *
outbox_send(struct db *db, struct outbox_send *send)
{
	struct births all;
	const struct err *e;

	if (ids_wanted(send) >= 1u << 20)
		return err_new(ERR_TOOBIG, "too many devices in one request");
	births_init(&all, &send, 1);
	do {
		draw_all_ids(&all);
		e = db_transact_surely(db, write_births, find_births, &all,
		    false);
	} while (needs_new_ids(db, e, &all));
	births_done(&all);
	return e;
}

/* --- together --------------------------------------------------------- */

bool
outbox_send_is_small(const struct outbox_send *send)
{
	return send->key == NULL && ids_wanted(send) <= OUTBOX_SHARED_ROWS_MAX;
}

const struct err *
outbox_send_all(struct db *db, struct outbox_send **sends, size_t n,
    bool *apart)
{
	struct births all;
	const struct err *e;

	births_init(&all, sends, n);
	draw_all_ids(&all);
	e = db_transact_shared(db, write_births, &all, apart);
	if (e != NULL && e->code == ERR_DOUBT)
		e = db_transact_surely(db, write_births, find_births, &all,
		    true);
	births_done(&all);
	return e;
}
