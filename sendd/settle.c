/* SPDX-License-Identifier: MIT */
/*
 * Writing outcomes to the database, many in one transaction: soon when a caller
 * may wait for one, in batches for campaigns. A db_worker writes while the
 * wires work. Outcomes that cannot be written stay here and are tried again,
 * for as long as their shard is ours; those of a lost shard are dropped: its
 * new owner sends again.
 */
#include "sendd/settle.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/clock.h"
#include "lib/mem.h"

#include "db/node.h"

#include "sendd/settle_note.h"

/* A row that has stayed locked is tried again after so many times as long as it
 * is waited for: most of the time is for the outcomes of others. */
#define BLOCKED_TIMES 2
#define PART_MAX 16 /* outcomes set aside that are tried together */
#define BLOCKED_TRIES_MAX 4 /* that each double the pause behind them */
#define REST_MAX_MS 100
#define LATE_MS 20 /* that long no batch of messages takes, usually */
#define SOON_MS 5 /* there is something to write, and it may gather yet */

enum which {
	WHICH_ANY,
	WHICH_MESSAGES,	 /* by a connection of their own */
	WHICH_CAMPAIGNS, /* while callers come */
	WHICH_BLOCKED	 /* of what a locked row has kept back */
};

/* One writing job. */
struct batch {
	struct settle_order order;
	int64_t posted_ms;
	enum which which;
	bool of_one_send; /* of what was blocked */
	struct lease leases[OUTBOX_SHARDS];
	struct outcome_batch outcomes;
	struct settling *settling; /* NULL: nothing of it was sent */
	struct done_at read_at;
	char node[NODE_NAME]; /* out: where it was written */
};

/* --- the db_worker's part ------------------------------------------------- */

static const struct err *
write_all(struct db *db, const struct batch *b)
{
	const struct err *e = done_at_is_elsewhere(&b->read_at, db_where(db))
	    ? db_catch_up(db) : NULL;

	return e != NULL ? e : outbox_settle(db, &b->order);
}

const struct err *
settle_write(struct db *db, void *job)
{
	struct batch *b = job;
	const struct err *e = b->outcomes.n == 0 ? db_catch_up(db)
	    : b->settling != NULL ? outbox_settle_heard(db, b->settling)
	    : write_all(db, b);

	(void)snprintf(b->node, sizeof b->node, "%s", db_where(db));
	return e;
}

static void
batch_free(struct batch *b)
{
	outcome_batch_done(&b->outcomes);
	free(b);
}

/* --- reaping ---------------------------------------------------------- */

static void
batch_written(struct settler *s, struct batch *b)
{
	done_at_note(&s->settled_at, b->node);
	if (!b->order.hold)
		shards_renewed(s->shards, b->leases, b->order.n_leases,
		    b->posted_ms + b->order.lease_ms);
	for (size_t k = 0; k < b->outcomes.n; k++) {
		struct outcome *o = &b->outcomes.list[k];
		struct item *i = b->outcomes.items[k];

		settle_note(s->figures, s->tallies, o, i, b->node);
		if (o->kind == OUTCOME_DEFERRED)
			scan_look_in(s->scan, o->pause_ms, clock_mono_ms());
		if (o->row.key.lane == 0)
			doorbell_server_settled(s->doorbell, o);
		outcome_done(o);
		queue_finish(s->queue, i);
	}
	doorbell_server_tell(s->doorbell);
}

/* Is the outcome's shard still ours, in the same epoch? */
static bool
is_of_our_shard(const struct outcome *o, const struct item *i, void *arg)
{
	const struct settler *s = arg;

	return shards_hold(s->shards, o->row.key.shard, i->epoch);
}

static void
lose_outcome(struct item *i, void *arg)
{
	struct settler *s = arg;

	s->figures->lost++;
	queue_finish(s->queue, i);
}

/* Some row of the batch is locked by somebody else, or was carried and is not
 * there yet: which one shows when a send is tried alone. */
static void
put_aside(struct settler *s, struct batch *b, int64_t now_ms)
{
	if (b->of_one_send) {
		s->locked_send = b->outcomes.list[0].row.send;
		s->blocked_until_ms = now_ms + (SOON_MS << s->blocked_tries) +
		    BLOCKED_TIMES * (now_ms - b->posted_ms);
		if (s->blocked_tries < BLOCKED_TRIES_MAX)
			s->blocked_tries++;
	}
	s->blocked_part = 0;
	outcomes_take_back(&s->blocked, &b->outcomes);
}

/* What was set aside beside a row that is locked no more, or never was, is
 * written by fewer and fewer transactions. */
static void
went_on(struct settler *s, const struct batch *b)
{
	if (b->which != WHICH_BLOCKED)
		return;
	s->blocked_tries = 0;
	s->blocked_part = s->blocked_part == 0 ? 2
	    : s->blocked_part < PART_MAX ? 2 * s->blocked_part : PART_MAX;
	for (size_t k = 0; k < b->outcomes.n; k++)
		if (b->outcomes.list[k].row.send == s->locked_send)
			s->locked_send = 0;
}

/* Messages beside a campaign have the database alone for as long. */
static void
rest_behind(struct settler *s, const struct batch *b, int64_t now_ms)
{
	int64_t rest = now_ms - b->posted_ms;

	if (b->which == WHICH_CAMPAIGNS)
		s->rest_until_ms = now_ms + (rest < REST_MAX_MS ? rest
		    : REST_MAX_MS);
}

static const struct err *
reap_batch(struct settler *s, struct db_worker *w)
{
	struct batch *b;
	const struct err *e;

	if (w == NULL || (b = db_worker_collect(w, &e)) == NULL)
		return NULL;
	if (b->outcomes.n == 0) { /* what fails shows at the next one */
		batch_free(b);
		return NULL;
	}
	if (e != NULL)
		done_at_not_taken(s->read_at, &b->read_at);
	if (e == NULL) {
		rest_behind(s, b, clock_mono_ms());
		went_on(s, b);
		batch_written(s, b);
	} else if (e->code == ERR_CONTENTION) {
		put_aside(s, b, clock_mono_ms());
	} else {
		outcomes_take_back(s->pending, &b->outcomes);
	}
	batch_free(b);
	if (e == NULL || e->code != ERR_CONFLICT)
		return e;
	/* a shard was taken over: see which, drop its outcomes, go on */
	leases_check(s->leases);
	return NULL;
}

/* --- handing over ----------------------------------------------------- */

static void
add_leases(const struct settler *s, struct batch *b)
{
	bool among[OUTBOX_SHARDS] = {false};

	for (size_t k = 0; k < b->outcomes.n; k++)
		among[b->outcomes.list[k].row.key.shard] = true;
	for (unsigned i = 0; i < OUTBOX_SHARDS; i++)
		if (among[i])
			b->leases[b->order.n_leases++] =
			    (struct lease){i, s->shards->all[i].epoch};
}

/* A carried row comes while its INSERT is under way: for as long as that may
 * take, its outcome waits for it. */
static void
note_expected(struct outcome_batch *b, int64_t now_ms)
{
	for (size_t k = 0; k < b->n; k++)
		b->list[k].expected = now_ms < b->items[k]->expected_ms;
}

static void
take_blocked(struct settler *s, size_t max, struct outcome_batch *b)
{
	if (s->blocked_part == 0)
		outcomes_take_send(&s->blocked, max, b);
	else
		outcomes_take_oldest(&s->blocked, s->blocked_part, b);
}

/* What comes of a send whose row is locked would hold up what comes with it. */
static void
take_outcomes(struct settler *s, enum which which, int64_t now_ms,
    struct outcome_batch *b)
{
	size_t max = 2 * (size_t)s->settings->sendd.batch;

	if (which == WHICH_BLOCKED)
		take_blocked(s, max, b);
	else if (which == WHICH_MESSAGES)
		outcomes_take_messages(s->pending, max, b);
	else if (which == WHICH_CAMPAIGNS)
		outcomes_take_campaigns(s->pending, max, now_ms, b);
	else
		outcomes_take(s->pending, max, now_ms, b);
	if (s->locked_send != 0 && which != WHICH_BLOCKED)
		outcomes_set_aside(&s->blocked, b, s->locked_send);
	note_expected(b, now_ms);
}

/* A single outcome, for which often somebody waits, is written without a change
 * of threads. */
static bool
post_single(struct db *db, void *job)
{
	struct batch *b = job;

	b->settling = outbox_settle_post(db, &b->order);
	return b->settling != NULL;
}

static void
hand_over_batch(struct settler *s, struct db_worker *w, enum which which,
    int64_t now_ms)
{
	struct batch *b = xcalloc(1, sizeof *b);

	b->posted_ms = now_ms;
	b->which = which;
	b->of_one_send = b->which == WHICH_BLOCKED && s->blocked_part == 0;
	take_outcomes(s, which, now_ms, &b->outcomes);
	if (b->outcomes.n == 0) {
		batch_free(b);
		return;
	}
	b->order = (struct settle_order){.incarnation = s->identity->self.id,
	    .lease_ms = s->settings->sendd.lease_ms,
	    .hold = s->messages != NULL, .leases = b->leases,
	    .outcomes = b->outcomes.list, .n = b->outcomes.n,
	    .stored = s->settings->message.storage,
	    .history = s->settings->message.history_ms > 0};
	add_leases(s, b);
	b->read_at = done_at_take(s->read_at);
	if (w == s->messages)
		s->messages_since_ms = now_ms;
	if (b->order.n == 1)
		db_worker_submit_first(w, post_single, b);
	else
		db_worker_submit(w, b);
}

/* Outcomes of a lost shard may still be added by answers that come later, so
 * each new one is looked at; all of them only after a loss. */
static void
drop_lost(struct settler *s)
{
	bool anew = s->losses != s->shards->losses;

	s->losses = s->shards->losses;
	if (anew)
		doorbell_server_lost(s->doorbell);
	outcomes_sift(s->pending, anew, is_of_our_shard, lose_outcome, s);
	outcomes_sift(&s->blocked, anew, is_of_our_shard, lose_outcome, s);
}

/* A caller that cannot wait at the doorbell reads the database, and there is no
 * ring for its messages. */
static bool
may_be_awaited(const struct settler *s, int64_t now_ms)
{
	return doorbell_server_is_awaited(s->doorbell) ||
	    quick_poll_is_on(&s->scan->quick, now_ms);
}

/* Callers come whom the doorbell knows, also before one is heard at it: its
 * message may be in flight by then. */
static bool
callers_ring(const struct settler *s, int64_t now_ms)
{
	return scan_callers_come(s->scan, now_ms) ||
	    doorbell_server_is_awaited(s->doorbell);
}

/* Callers come who wait, at the doorbell or by reading the database. */
static bool
callers_come(const struct settler *s, int64_t now_ms)
{
	return callers_ring(s, now_ms) ||
	    quick_poll_is_on(&s->scan->quick, now_ms);
}

/* Do messages have a connection of their own? Otherwise the outcome of each
 * would wait for the batch under way. */
static bool
are_apart(const struct settler *s, bool now)
{
	return s->messages != NULL && !now;
}

/* Is something to be written, but for what was blocked? */
static bool
is_due(struct settler *s, bool now, int64_t now_ms)
{
	size_t batch = s->settings->sendd.batch;
	bool due;

	if (are_apart(s, now) && callers_ring(s, now_ms))
		return now_ms >= s->rest_until_ms &&
		    outcomes_of_campaigns_are_due(s->pending, 2 * batch,
		    now_ms);
	due = outcomes_are_due(s->pending, batch, may_be_awaited(s, now_ms),
	    s->queue->in_flight == 0, now_ms) || (now && s->pending->n > 0);
	if (due && !now && callers_come(s, now_ms))
		due = !outcomes_give_way(s->pending, now_ms);
	return due;
}

/* Is something to be written? If it is both what was blocked and what was not,
 * they take turns. */
static bool
choose_turn(struct settler *s, bool now, int64_t now_ms)
{
	bool due = is_due(s, now, now_ms);
	bool blocked = s->blocked.n > 0 && now_ms >= s->blocked_until_ms;

	s->tried_blocked = blocked && (!due || !s->tried_blocked);
	return due || blocked;
}

static bool
is_free(struct db_worker *w)
{
	return w == NULL || db_worker_is_idle(w);
}

/* May a batch be written beside the one under way? Not while one of what was
 * locked is, nor while callers ring: the outcome of each would wait for the
 * leases until the second batch is written, too. Nobody rings for a backlog of
 * messages either, so quick polls alone do not tell that callers wait for few:
 * for a batch of messages two write, and all callers are answered sooner. */
static bool
may_write_beside(const struct settler *s, int64_t now_ms)
{
	size_t full = 2 * (size_t)s->settings->sendd.batch;
	size_t enough = quick_poll_is_on(&s->scan->quick, now_ms)
	    ? s->pending->urgent : s->pending->n;

	return s->second != NULL && db_worker_is_idle(s->second) &&
	    !db_worker_is_idle(s->worker) && !s->tried_blocked &&
	    s->blocked.n == 0 && enough >= full && !callers_ring(s, now_ms);
}

/* Their own connection may wait; the first one has those of campaigns. */
static struct db_worker *
for_messages(const struct settler *s, int64_t now_ms)
{
	if (db_worker_is_idle(s->messages))
		return s->messages;
	return db_worker_is_idle(s->second) &&
	    now_ms - s->messages_since_ms > LATE_MS ? s->second : NULL;
}

static void
hand_over_messages(struct settler *s, int64_t now_ms)
{
	struct db_worker *w = for_messages(s, now_ms);

	if (w == NULL || !outcomes_of_messages_are_due(s->pending,
	    (size_t)s->settings->sendd.batch, may_be_awaited(s, now_ms),
	    now_ms))
		return;
	hand_over_batch(s, w, WHICH_MESSAGES, now_ms);
}

/* While one commits, waits for the disk, or has its statements made, the
 * database works for the other one. */
static void
hand_over(struct settler *s, bool now, int64_t now_ms)
{
	if (are_apart(s, now))
		hand_over_messages(s, now_ms);
	if (db_worker_is_idle(s->worker) && choose_turn(s, now, now_ms))
		hand_over_batch(s, s->worker, s->tried_blocked ? WHICH_BLOCKED
		    : are_apart(s, now) && callers_ring(s, now_ms)
		    ? WHICH_CAMPAIGNS : WHICH_ANY, now_ms);
	if (may_write_beside(s, now_ms))
		hand_over_batch(s, s->second, WHICH_ANY, now_ms);
}

/* A connection returns to a node that serves again when it has something to
 * do, and some of these have nothing for days. */
static void
send_home(struct settler *s)
{
	struct db_worker *const of[SETTLE_WORKERS] = {s->worker, s->second,
	    s->messages};
	unsigned returns = node_returns();

	for (size_t i = 0; i < SETTLE_WORKERS; i++) {
		if (s->returns[i] == returns || !is_free(of[i]))
			continue;
		if (of[i] != NULL)
			db_worker_submit(of[i],
			    xcalloc(1, sizeof(struct batch)));
		s->returns[i] = returns;
	}
}

/* A row that is locked is no failure, and must not hide one. */
static const struct err *
graver(const struct err *a, const struct err *b)
{
	return a == NULL || (b != NULL && a->code == ERR_CONTENTION) ? b : a;
}

const struct err *
settle(struct settler *s, bool now)
{
	const struct err *first = reap_batch(s, s->worker);
	const struct err *second = reap_batch(s, s->second);
	const struct err *e = graver(graver(first, second),
	    reap_batch(s, s->messages));
	int64_t now_ms = clock_mono_ms();

	drop_lost(s);
	if (e == NULL && leases_are_known(s->leases))
		hand_over(s, now, now_ms);
	send_home(s);
	return e;
}

static int64_t
answers_due_ms(const struct settler *s)
{
	struct db_worker *of[] = {s->worker, s->second, s->messages};
	int64_t due_ms = INT64_MAX;

	for (size_t i = 0; i < nitems(of); i++)
		if (of[i] != NULL && db_worker_due_ms(of[i]) < due_ms)
			due_ms = db_worker_due_ms(of[i]);
	return due_ms;
}

int64_t
settle_due_ms(const struct settler *s, int64_t now_ms)
{
	int64_t due_ms = answers_due_ms(s), again_ms = INT64_MAX;

	if (s->pending->n > 0 ||
	    (s->blocked.n > 0 && s->blocked_until_ms <= now_ms))
		again_ms = now_ms + SOON_MS;
	else if (s->blocked.n > 0)
		again_ms = s->blocked_until_ms;
	return due_ms < again_ms ? due_ms : again_ms;
}

bool
settle_is_empty(const struct settler *s)
{
	return s->pending->n == 0 && s->blocked.n == 0 &&
	    db_worker_is_idle(s->worker) && is_free(s->second) &&
	    is_free(s->messages);
}
