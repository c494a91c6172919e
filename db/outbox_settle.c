/* SPDX-License-Identifier: MIT */
/*
 * Settling a batch of outcomes. The transaction ends with the fence, a renewal
 * of the leases: an owner that lost a shard matches fewer rows than it has
 * leases, and commits nothing. On Galera the takeover is certified against that
 * write. With a single server it is enough to read the leases and hold them,
 * which several transactions may do at a time. The fence is last because it
 * locks the rows of the leases until the end: while the statements before it
 * wait for a row of somebody else, the leases must be renewed by the db_worker
 * that does nothing else.
 */
#include "db/outbox_settle.h"

#include <stdlib.h>

#include "db/history.h"
#include "db/key_runs.h"
#include "db/outbox_present.h"
#include "db/row_list.h"
#include "db/run_recall.h"
#include "db/run_tally.h"
#include "db/send_sums.h"
#include "lib/json_text.h"
#include "lib/log.h"
#include "lib/mem.h"

/* So many rows cost less when each is a row of values than in a JSON list. */
#define FEW 8
/* Runs of so many rows, on average, cost less than a JSON list. */
#define RUN_MIN 4

/* The effects of each outcome on the stored message and on the history; those
 * on the counters: send_sums.c. */
static const struct {
	int status;
	const char *state;
	enum history_outcome history; /* not of DEFERRED */
} fates[OUTCOME__COUNT] = {
    [OUTCOME_SENT] = {1, "sent", HISTORY_SENT},
    [OUTCOME_FAILED] = {-1, "failed", HISTORY_FAILED},
    [OUTCOME_EXPIRED] = {-1, "expired", HISTORY_EXPIRED},
    [OUTCOME_DEFERRED] = {0, "pending", HISTORY_FAILED},
    [OUTCOME_REMOVED] = {-1, "failed", HISTORY_REMOVED},
    [OUTCOME_INACTIVE] = {-1, "failed", HISTORY_INACTIVE},
    [OUTCOME_CANCELLED] = {-1, "failed", HISTORY_FAILED},
    [OUTCOME_REHEARSED] = {-1, "rehearsed", HISTORY_REHEARSED},
};

struct settling {
	uint64_t incarnation;
	int64_t lease_ms;
	bool hold;
	const struct lease *leases;
	size_t n_leases;
	const struct outcome *outcomes;
	size_t n;
	bool stored, history;
	bool campaigns; /* rows of campaigns among them */
	const struct outcome **list; /* those to be written */
	size_t n_list;
	struct outbox_key *keys; /* of the finished ones */
	size_t n_finished;
	struct key_run *finished; /* the same */
	size_t n_runs;
	uint64_t n_deleted; /* of the finished rows */
	bool doubtful;	    /* a row may be gone: look at all of them */
	bool single;	    /* one row that ends: all is posted as one */
	bool posted;	    /* ... and was, as the first try */
	struct send_sums sends; /* of those */
	struct history_entry *past; /* of those that are final, with a user */
	size_t n_past;
	struct run_tally runs; /* of those that are final, of lane 1 */
	struct buf gone, deferred, messages; /* JSON */
};

/* --- the lists -------------------------------------------------------- */

static void
open_item(struct buf *b)
{
	(void)buf_text(b, b->len > 0 ? ",[" : "[[");
}

static void
put_text(struct buf *b, const char *text)
{
	(void)buf_text(b, ",");
	(void)json_quote(text, b);
}

static void
put_pause(struct buf *b, const struct outcome *o)
{
	(void)buf_fmt(b, ",%lld,%d", (long long)o->pause_ms,
	    o->counted ? 1 : 0);
	put_text(b, o->reason);
}

static void
list_row(struct settling *s, const struct outcome *o)
{
	if (o->kind != OUTCOME_DEFERRED) {
		s->keys[s->n_finished++] = o->row.key;
		return;
	}
	open_item(&s->deferred);
	outbox_key_write(&o->row.key, &s->deferred);
	put_pause(&s->deferred, o);
	(void)buf_text(&s->deferred, "]");
}

static unsigned
tries_of(const struct outcome *o)
{
	return o->row.attempts + (o->counted ? 1 : 0);
}

/* A campaign's row has no user but that of its device, as it was read. When the
 * device is another's now, the user may have been erased since, and the row was
 * not found. */
static bool
is_nobodys(const struct outcome *o)
{
	return o->user == NULL ||
	    (o->kind == OUTCOME_REMOVED && o->row.key.lane > 0);
}

static void
list_history(struct settling *s, const struct outcome *o)
{
	if (s->history && o->kind != OUTCOME_DEFERRED && !is_nobodys(o))
		s->past[s->n_past++] = (struct history_entry){&o->row, o->user,
		    fates[o->kind].history, tries_of(o), o->reason};
}

static void
list_gone(struct settling *s, const struct outcome *o)
{
	if (o->gone_ms == 0)
		return;
	open_item(&s->gone);
	(void)buf_fmt(&s->gone, "%lld", (long long)o->row.device);
	put_text(&s->gone, o->token);
	put_text(&s->gone, o->reason);
	(void)buf_fmt(&s->gone, ",%lld]", (long long)o->gone_ms);
}

static void
list_message(struct settling *s, const struct outcome *o)
{
	if (!s->stored)
		return;
	open_item(&s->messages);
	(void)buf_fmt(&s->messages, "%llu,%d,\"%s\",%u",
	    (unsigned long long)o->row.key.id, fates[o->kind].status,
	    fates[o->kind].state, tries_of(o));
	put_text(&s->messages, o->provider_id);
	put_text(&s->messages, o->reason);
	(void)buf_fmt(&s->messages, ",%lld,%llu,%u]", (long long)o->row.device,
	    (unsigned long long)o->row.send, o->row.platform);
	s->campaigns |= o->row.key.lane > 0;
}

/* --- finished rows ---------------------------------------------------- */

static const struct err *
add_run(struct db *db, struct row_list *rows, const struct key_run *r)
{
	const struct outbox_key *k = &r->first;

	if (rows->id == SQL_OUTBOX_DELETE_ONE)
		return row_list_add(db, rows, VALUES(v_u64(k->shard),
		    v_u64(k->lane), v_i64(k->due_ms), v_u64(k->id)));
	return row_list_add(db, rows, VALUES(v_u64(k->shard), v_u64(k->lane),
	    v_i64(k->due_ms), v_u64(k->id), v_u64(r->last), v_u64(k->id),
	    v_u64(r->step), v_u64((r->last - k->id) / r->step + 1)));
}

static const struct err *
post_runs(struct db *db, struct settling *s)
{
	struct row_list rows = ROW_LIST(s->n_runs == s->n_finished
	    ? SQL_OUTBOX_DELETE_ONE : SQL_OUTBOX_DELETE_RUN);
	const struct err *e = NULL;

	rows.matched = &s->n_deleted;
	for (size_t i = 0; e == NULL && i < s->n_runs; i++)
		e = add_run(db, &rows, &s->finished[i]);
	if (e == NULL)
		e = row_list_flush(db, &rows);
	row_list_done(&rows);
	return e;
}

static const struct err *
post_keys(struct db *db, struct settling *s)
{
	struct buf list = BUF(DB_LIST_MAX);
	const struct err *e;

	for (size_t i = 0; i < s->n_finished; i++) {
		open_item(&list);
		outbox_key_write(&s->keys[i], &list);
		(void)buf_text(&list, "]");
	}
	e = buf_text(&list, "]") ? db_post(db, SQL_OUTBOX_DELETE,
	    VALUES(v_blob(list.data, list.len)), &s->n_deleted)
	    : err_new(ERR_TOOBIG, "a batch of outcomes is too large");
	buf_done(&list);
	return e;
}

static const struct err *
post_single(struct db *db, const struct outbox_key *k)
{
	return db_post_one(db, SQL_OUTBOX_DELETE_ONE, VALUES(v_u64(k->shard),
	    v_u64(k->lane), v_i64(k->due_ms), v_u64(k->id)));
}

static const struct err *
post_finished(struct db *db, struct settling *s)
{
	if (s->single)
		return post_single(db, s->keys);
	s->n_runs = key_runs(s->keys, s->n_finished, s->finished);
	return s->n_finished <= FEW || s->n_finished / RUN_MIN >= s->n_runs
	    ? post_runs(db, s) : post_keys(db, s);
}

/* --- posting ---------------------------------------------------------- */

static const struct err *
post_outcome_list(struct db *db, enum sql_id id, const struct buf *list)
{
	if (list->len == 0)
		return NULL;
	return db_post(db, id, VALUES(v_blob(list->data, list->len)), NULL);
}

/* --- the transaction -------------------------------------------------- */

static const struct err *
make_lists(struct db *db, struct settling *s)
{
	struct buf *lists[] = {&s->gone, &s->deferred, &s->messages};

	for (size_t i = 0; i < nitems(lists); i++)
		buf_reset(lists[i]);
	s->n_finished = s->n_past = s->n_deleted = 0;
	run_tally_reset(&s->runs);
	for (size_t i = 0; i < s->n_list; i++) {
		list_row(s, s->list[i]);
		list_gone(s, s->list[i]);
		list_message(s, s->list[i]);
		list_history(s, s->list[i]);
		run_tally_add(&s->runs, s->list[i]);
	}
	send_sums_take(&s->sends, s->list, s->n_list, db_is_clustered(db));
	for (size_t i = 0; i < nitems(lists); i++)
		if (lists[i]->len > 0 && !buf_text(lists[i], "]"))
			return err_new(ERR_TOOBIG,
			    "a batch of outcomes is too large");
	return NULL;
}

static const struct err *
post_lists(struct db *db, struct settling *s)
{
	const struct err *e = history_post(db, s->past, s->n_past);

	if (e == NULL)
		e = post_finished(db, s);
	if (e == NULL)
		e = post_outcome_list(db, SQL_OUTBOX_DEFER, &s->deferred);
	if (e == NULL)
		e = run_recall_late(db, s->list, s->n_list);
	if (e == NULL)
		e = send_sums_post(db, &s->sends);
	if (e == NULL)
		e = run_tally_post(db, &s->runs);
	if (e == NULL)
		e = post_outcome_list(db, SQL_DEVICE_GONE, &s->gone);
	if (e == NULL)
		e = post_outcome_list(db, SQL_MESSAGE_FINISH, &s->messages);
	if (e == NULL && s->campaigns)
		e = post_outcome_list(db, SQL_MESSAGE_OF_CAMPAIGN,
		    &s->messages);
	return e;
}

/* A row was deleted since it was read: its outcome is told, or its user erased.
 * It must not stand in the history, nor count again. */
static const struct err *
miss_rows(struct settling *s)
{
	s->doubtful = true;
	return err_new(ERR_BUSY, "%zu rows of the outbox are not there",
	    s->n_finished - (size_t)s->n_deleted);
}

/* A server may have become a node of a cluster since sendd asked, and a
 * connection a new one. */
static bool
must_hold(struct db *db, const struct settling *s)
{
	return s->hold && !db_is_clustered(db);
}

/* When db_answers has returned, *kept is *full if the leases are still ours. */
static const struct err *
post_fence(struct db *db, const struct settling *s, uint64_t *kept,
    uint64_t *full)
{
	bool hold = must_hold(db, s);

	*full = hold ? 1 : s->n_leases;
	if (hold)
		return shard_hold(db, s->incarnation, s->leases, s->n_leases,
		    kept);
	return shard_fence(db, s->incarnation, s->lease_ms, s->leases,
	    s->n_leases, kept);
}

/* All is sent together, the fence last: what was written under a lease that is
 * lost is rolled back. */
static const struct err *
settle_once(struct db *db, void *arg)
{
	struct settling *s = arg;
	const struct err *e = outbox_present(db, s->outcomes, s->n,
	    s->doubtful, s->list, &s->n_list);
	uint64_t kept = 0, full = 0;

	if (e == NULL)
		e = make_lists(db, s);
	if (e == NULL)
		e = post_lists(db, s);
	if (e == NULL && s->single) /* the answers come with the COMMIT's */
		return shard_fence_one(db, s->incarnation, must_hold(db, s)
		    ? 0 : s->lease_ms, s->leases);
	if (e == NULL)
		e = post_fence(db, s, &kept, &full);
	if (e == NULL)
		e = db_answers(db);
	if (e == NULL && kept != full)
		e = err_new(ERR_CONFLICT, "a shard was taken over");
	if (e == NULL && !s->doubtful && s->n_deleted != s->n_finished)
		e = miss_rows(s);
	return e;
}

/* A history that cannot be written must not keep the outcomes from being
 * written: their rows would stay, and the next owner of the shard would send
 * them again. */
static const struct err *
settle_batch(struct db *db, struct settling *s)
{
	const struct err *e = s->posted
	    ? db_transact_heard(db, settle_once, s)
	    : db_transact(db, settle_once, s);
	struct err first;

	/* what it has missed shows when each is posted for itself */
	if (e != NULL && s->single && db_was_missed(db)) {
		s->single = false;
		e = db_transact(db, settle_once, s);
	}
	if (e != NULL && s->doubtful)
		e = db_transact(db, settle_once, s);
	if (e == NULL || s->n_past == 0 || e->code == ERR_CONFLICT ||
	    e->code == ERR_DOUBT || !db_was_refused(db))
		return e;
	first = *e;
	s->history = false;
	if ((e = db_transact(db, settle_once, s)) == NULL)
		log_warn("history error=\"%s\"", QUOTED(first.text));
	return e;
}

static struct settling *
settling_new(const struct settle_order *o)
{
	struct settling *s = xcalloc(1, sizeof *s);

	*s = (struct settling){.incarnation = o->incarnation,
	    .lease_ms = o->lease_ms, .hold = o->hold, .leases = o->leases,
	    .n_leases = o->n_leases, .outcomes = o->outcomes, .n = o->n,
	    .stored = o->stored, .history = o->history,
	    .gone = BUF(DB_LIST_MAX), .deferred = BUF(DB_LIST_MAX),
	    .messages = BUF(DB_LIST_MAX)};
	s->single = o->n == 1 && !o->outcomes->again &&
	    o->outcomes->kind != OUTCOME_DEFERRED;
	s->list = xcalloc(o->n, sizeof *s->list);
	s->keys = xcalloc(o->n, sizeof *s->keys);
	s->finished = xcalloc(o->n, sizeof *s->finished);
	send_sums_init(&s->sends, o->n);
	s->past = xcalloc(o->n, sizeof *s->past);
	run_tally_init(&s->runs, o->n);
	return s;
}

static void
settling_free(struct settling *s)
{
	run_tally_done(&s->runs);
	send_sums_done(&s->sends);
	buf_done(&s->gone);
	buf_done(&s->deferred);
	buf_done(&s->messages);
	free(s->list);
	free(s->keys);
	free(s->finished);
	free(s->past);
	free(s);
}

const struct err *
outbox_settle(struct db *db, const struct settle_order *o)
{
	return outbox_settle_heard(db, settling_new(o));
}

struct settling *
outbox_settle_post(struct db *db, const struct settle_order *o)
{
	struct settling *s = settling_new(o);

	s->posted = s->single && db_transact_post(db, settle_once, s);
	if (s->posted)
		return s;
	settling_free(s);
	return NULL;
}

const struct err *
outbox_settle_heard(struct db *db, struct settling *s)
{
	const struct err *e = settle_batch(db, s);

	settling_free(s);
	return e;
}
