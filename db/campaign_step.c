/* SPDX-License-Identifier: MIT */
#include "db/campaign_step.h"

#include "db/campaign_reach.h"
#include "db/run_stretch.h"

#define AT_ONCE 20 /* runs that are being queued, looked at by one step */
#define ENDS_AT_ONCE 200
/* Devices of a transaction at most: until its COMMIT all readers of the outbox
 * pass over its rows one by one, and a message waits while it is made durable.
 * Two connections wait for each other at the end of each. */
#define DEVICES_MAX 10000
#define DEVICES_OF_TWO 25000
/* A run may have few of the devices: where the rows are limited, as many are
 * looked at once more, so often at most. */
#define PARTS_MAX 8

/* In a cluster a transaction is certified and applied as a whole, and holds up
 * those of the other nodes meanwhile: a chunk has no more rows than that. */
#define CLUSTER_ROWS 4000

struct run_step {
	const struct run_steward *who;
	bool queued, more;
};

/* The campaigns that have rows to queue. */
static const struct err *
find_queueing(struct db *db, const struct run_step *st,
    struct run_stretch *list, size_t *n)
{
	const struct run_steward *w = st->who;
	struct value any = w->only != 0 ? v_i64(w->only) : v_null();
	struct rows *r;
	const struct err *e = db_query(db, SQL_CAMPAIGN_NEXT,
	    VALUES(any, any, v_i64(w->approval), v_u64(w->shards)), &r);

	if (e != NULL)
		return e;
	for (*n = 0; *n < AT_ONCE && db_next(r); (*n)++)
		list[*n] = (struct run_stretch){.campaign = db_i64(r, 0),
		    .send = db_u64(r, 1), .development = w->development,
		    .approval = w->approval};
	db_done(r);
	return NULL;
}

/* *locked: it is there, was not locked by another process, or is waited for
 * (SQL_CAMPAIGN_RUN_AWAIT), and is locked by this one now. */
static const struct err *
lock_run_by(struct db *db, enum sql_id id, struct run_stretch *s, bool *locked)
{
	struct rows *r;
	const struct err *e = db_query(db, id, VALUES(v_u64(s->send)), &r);

	if (e != NULL)
		return e;
	if ((*locked = db_next(r)))
		s->paced = db_u64(r, 0) != 0;
	db_done(r);
	return NULL;
}

static const struct err *
lock_run(struct db *db, struct run_stretch *s, bool *locked)
{
	return lock_run_by(db, SQL_CAMPAIGN_RUN_LOCK, s, locked);
}

/* *found: it is still being queued. */
static const struct err *
find_place(struct db *db, struct run_stretch *s, int64_t *end, bool *found)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_CAMPAIGN_PLACE,
	    VALUES(v_i64(s->campaign), v_u64(s->send)), &r);

	if (e != NULL)
		return e;
	if ((*found = db_next(r))) {
		s->from = db_i64(r, 0);
		*end = db_i64(r, 1);
		s->twins = db_u64(r, 2) != 0;
	}
	db_done(r);
	return NULL;
}

/* Lock the next run that has rows to queue; s->campaign stays 0 when there is
 * none. */
static const struct err *
find_next(struct db *db, const struct run_step *st, struct run_stretch *s,
    int64_t *end)
{
	struct run_stretch list[AT_ONCE];
	const struct err *e;
	bool found = false;
	size_t n;

	e = find_queueing(db, st, list, &n);
	for (size_t i = 0; e == NULL && !found && i < n; i++) {
		e = lock_run(db, &list[i], &found);
		if (e == NULL && found)
			e = find_place(db, &list[i], end, &found);
		if (e == NULL && found)
			*s = list[i];
	}
	return e;
}

/* The end of the chunk: the id of its last device. */
static const struct err *
find_upto(struct db *db, int64_t from, int64_t end, int64_t chunk,
    int64_t *upto)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_CAMPAIGN_CHUNK,
	    VALUES(v_i64(from), v_i64(end), v_i64(chunk - 1)), &r);

	if (e != NULL)
		return e;
	*upto = db_next(r) ? db_i64(r, 0) : end;
	db_done(r);
	return NULL;
}

/* Devices of the steward's next chunk. */
static int64_t
devices_of(const struct run_steward *w)
{
	int64_t most = w->beside != NULL ? DEVICES_OF_TWO
	    : w->rows > 0 ? w->rows : DEVICES_MAX;

	return w->chunk < most ? w->chunk : most;
}

/* The chunk ends earlier where it has as many rows as a cluster takes well. */
static const struct err *
limit_rows(struct db *db, struct run_stretch *s)
{
	struct value development = v_i64(s->development);
	struct rows *r;
	const struct err *e;

	if (!db_is_clustered(db))
		return NULL;
	e = db_query(db, SQL_CAMPAIGN_CHUNK_ROWS, VALUES(development,
	    development, development, v_i64(s->from), v_i64(s->upto),
	    v_i64(s->twins), v_i64(s->campaign), v_i64(CLUSTER_ROWS - 1)), &r);
	if (e != NULL)
		return e;
	if (db_next(r))
		s->upto = db_i64(r, 0);
	db_done(r);
	return NULL;
}

/* Offer what is behind s to the second connection, which finds out by itself
 * where the chunk ends. */
static void
offer_next(const struct run_step *st, const struct run_stretch *s, int64_t end)
{
	struct run_stretch next = *s;

	if (st->who->beside == NULL || s->upto >= end)
		return;
	next.from = s->upto;
	next.upto = end;
	run_beside_offer(st->who->beside, &next, devices_of(st->who));
}

/* The start of the run was for later, and has come. */
static const struct err *
begin_run(struct db *db, struct run_step *st, struct run_stretch *s)
{
	int64_t devices;
	const struct err *e;
	bool queued;

	if ((e = campaign_reach(db, s->campaign, st->who->chunk,
		 &devices, &s->small)) != NULL ||
	    (e = db_exec(db, SQL_CAMPAIGN_BEGIN, VALUES(v_i64(devices),
		 v_i64(s->campaign), v_u64(s->send)))) != NULL ||
	    (e = run_stretch_begin(db, s, devices, &queued)) != NULL)
		return e;
	st->queued = s->small;
	st->more = !s->small;
	return NULL;
}

/* Queue the part of a chunk that begins at s->from. */
static const struct err *
add_some(struct db *db, const struct run_step *st, struct run_stretch *s,
    int64_t end, struct run_added *n)
{
	struct run_added more;
	const struct err *e;

	if ((e = find_upto(db, s->from, end, devices_of(st->who), &s->upto)) !=
	    NULL || (e = limit_rows(db, s)) != NULL)
		return e;
	offer_next(st, s, end);
	if ((e = run_stretch_add(db, s, &more)) != NULL)
		return e;
	run_added_sum(n, &more);
	return NULL;
}

/* Queue a chunk: half as many rows as may be are enough. */
static const struct err *
add_step(struct db *db, const struct run_step *st, struct run_stretch *s,
    int64_t end, struct run_added *n)
{
	int64_t from = s->from;
	const struct err *e;

	e = add_some(db, st, s, end, n);
	for (int k = 1; e == NULL && k < PARTS_MAX && s->upto < end &&
	    (int64_t)run_added_rows(n) < st->who->rows / 2; k++) {
		s->from = s->upto;
		e = add_some(db, st, s, end, n);
	}
	s->from = from;
	return e;
}

static const struct err *
run_step_once(struct db *db, void *arg)
{
	struct run_step *st = arg;
	struct run_stretch s = {0};
	struct run_added n = {.refused = 0};
	int64_t end = 0;
	const struct err *e;

	st->queued = st->more = false;
	if ((e = find_next(db, st, &s, &end)) != NULL || s.campaign == 0)
		return e;
	if (end == RUN_NOT_BEGUN)
		return begin_run(db, st, &s);
	st->queued = true;
	if ((e = add_step(db, st, &s, end, &n)) != NULL)
		return e;
	st->more = s.upto < end;
	if (st->who->beside != NULL)
		run_beside_note_written(st->who->beside);
	return run_stretch_advance(db, &s, &n, !st->more);
}

/* ERR_CONFLICT: the run was cancelled, its campaign changed, or another process
 * has queued of it, while its rows were written. */
const struct err *
campaign_queue_step(struct db *db, const struct run_steward *who, bool *queued,
    bool *more)
{
	struct run_step st = {who, false, false};
	const struct err *e = run_transact(db, run_step_once, &st);
	bool stopped = e != NULL && e->code == ERR_CONFLICT;

	if (who->beside != NULL)
		run_beside_end(who->beside);
	if (e == NULL || stopped) {
		*queued = st.queued && !stopped;
		*more = st.more && !stopped;
	}
	return stopped ? NULL : e;
}

/* --- the second connection -------------------------------------------- */

struct step_beside {
	struct run_beside *beside;
	struct run_stretch stretch; /* to the end of the run */
	int64_t chunk;
};

/* The rows come first: the first connection has the run's row locked until it
 * commits. Then its progress is seen, or, if its rows were rolled back, is not:
 * that of these ones cannot be recorded behind it. Since then another process
 * may have the run, or it may have got a pace, which these rows do not have. */
static const struct err *
step_beside_once(struct db *db, void *arg)
{
	const struct step_beside *st = arg;
	struct run_stretch s = st->stretch, again = s;
	struct run_added n;
	bool locked;
	const struct err *e;

	if ((e = find_upto(db, s.from, s.upto, st->chunk, &s.upto)) != NULL ||
	    (e = limit_rows(db, &s)) != NULL ||
	    (e = run_stretch_add(db, &s, &n)) != NULL)
		return e;
	if (!run_beside_written(st->beside))
		return err_new(ERR_CONFLICT, "the rows before were not queued");
	if ((e = lock_run_by(db, SQL_CAMPAIGN_RUN_AWAIT, &again, &locked)) !=
	    NULL)
		return e;
	if (!locked || again.paced != s.paced)
		return err_new(ERR_CONFLICT, "the run has changed");
	return run_stretch_advance(db, &s, &n, s.upto >= st->stretch.upto);
}

const struct err *
campaign_queue_beside(struct db *db, struct run_beside *b, bool *queued)
{
	struct step_beside st = {.beside = b};
	const struct err *e;

	*queued = false;
	if (!run_beside_offered(b, &st.stretch, &st.chunk))
		return NULL;
	e = run_transact(db, step_beside_once, &st);
	*queued = e == NULL;
	return e != NULL && e->code == ERR_CONFLICT ? NULL : e;
}

/* --- the end ---------------------------------------------------------- */

/* A run that was cancelled while its rows are being queued is locked until they
 * are taken back: it ends at the next look. */
static const struct err *
finish_run(struct db *db, void *arg)
{
	struct run_stretch s = {.send = *(const uint64_t *)arg};
	bool locked;
	const struct err *e = lock_run(db, &s, &locked);

	if (e != NULL || !locked)
		return e;
	e = db_exec(db, SQL_CAMPAIGN_FINISH, VALUES(v_u64(s.send)));
	if (e != NULL || db_affected(db) == 0)
		return e;
	return db_exec(db, SQL_CAMPAIGN_OUTCOME_SENT, VALUES(v_u64(s.send)));
}

const struct err *
campaign_finish(struct db *db, uint64_t shards)
{
	uint64_t list[ENDS_AT_ONCE];
	size_t n;
	struct rows *r;
	const struct err *e = db_query(db, SQL_CAMPAIGN_FINISHED,
	    VALUES(v_u64(shards)), &r);

	if (e != NULL)
		return e;
	for (n = 0; n < ENDS_AT_ONCE && db_next(r); n++)
		list[n] = db_u64(r, 0);
	db_done(r);
	for (size_t i = 0; e == NULL && i < n; i++)
		e = db_transact(db, finish_run, &list[i]);
	return e;
}

const struct err *
campaign_adopt(struct db *db, uint64_t shards)
{
	return db_exec(db, SQL_CAMPAIGN_RUN_ADOPT, VALUES(v_u64(shards)));
}
