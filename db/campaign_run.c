/* SPDX-License-Identifier: MIT */
/*
 * A campaign's run, from its start until its last row is in the outbox.
 * Devices are not read one by one: each step is one INSERT ... SELECT over a
 * range of the device table, in the order of its primary key.
 */
#include "db/campaign_run.h"

#include <string.h>

#include "db/idempotency.h"
#include "db/outbox.h"
#include "lib/id.h"

/* Looking up one user costs as much as scanning 100 devices, measured with
 * neither in memory. Up to FEW users the cost does not matter; with more than
 * MANY the caller would wait too long. */
#define LOOK_UP_COST 100
#define FEW 1000
#define MANY 20000

#define TRIES 5 /* when ids of two runs collide: draw new ones, or wait */

static const struct err *
transact_run(struct db *db, db_fn *fn, void *arg)
{
	const struct err *e = NULL;

	for (int try = 0; try < TRIES; try++) {
		e = db_transact(db, fn, arg);
		if (e == NULL || !db_duplicate(db, "PRIMARY"))
			break;
	}
	return e;
}

/* --- a range of devices ----------------------------------------------- */

struct run_stretch {
	int64_t campaign;
	uint64_t send;
	bool development, small;
	int64_t upto; /* last device; not small */
};

/* The values of both kinds of statement, in their order. */
static size_t
stretch_values(const struct run_stretch *s, struct value v[5])
{
	size_t n = 0;

	while (n < 3)
		v[n++] = v_i64(s->development);
	if (!s->small)
		v[n++] = v_i64(s->upto);
	v[n++] = v_i64(s->campaign);
	return n;
}

static const struct err *
count_refused(struct db *db, const struct run_stretch *s,
    uint64_t by[PLATFORM__COUNT], uint64_t *refused)
{
	struct value v[5];
	size_t n = stretch_values(s, v);
	struct rows *r;
	const struct err *e = db_query(db, s->small ?
	    SQL_CAMPAIGN_REFUSED_SMALL : SQL_CAMPAIGN_REFUSED_LARGE, v, n, &r);

	if (e != NULL)
		return e;
	for (*refused = 0; db_next(r); *refused += db_u64(r, 1))
		by[db_u64(r, 0) % PLATFORM__COUNT] += db_u64(r, 1);
	db_done(r);
	return NULL;
}

static const struct err *
grow(struct db *db, uint64_t send, const uint64_t by[PLATFORM__COUNT],
    uint64_t refused)
{
	struct value v[4 + PLATFORM__COUNT];
	size_t n = 0;

	while (n < 3)
		v[n++] = v_u64(refused); /* answered, done, failed */
	for (int p = 0; p < PLATFORM__COUNT; p++)
		v[n++] = v_u64(by[p]);
	v[n++] = v_u64(send);
	return db_exec(db, SQL_SEND_GROW, v, n);
}

/* Write the rows of the range, and add their number to the send's counters. */
static const struct err *
queue_stretch(struct db *db, const struct run_stretch *s)
{
	uint64_t by[PLATFORM__COUNT] = {0}, refused;
	struct value v[5];
	size_t n = stretch_values(s, v);
	const struct err *e;
	struct rows *r;

	e = db_query(db, s->small ? SQL_CAMPAIGN_QUEUE_SMALL :
	    SQL_CAMPAIGN_QUEUE_LARGE, v, n, &r);
	if (e != NULL)
		return e;
	while (db_next(r))
		by[db_u64(r, 0) % PLATFORM__COUNT]++;
	db_done(r);
	if ((e = count_refused(db, s, by, &refused)) != NULL)
		return e;
	return grow(db, s->send, by, refused);
}

static const struct err *
advance_run(struct db *db, int64_t campaign, int64_t upto, bool last)
{
	const struct err *e = db_exec(db, SQL_CAMPAIGN_ADVANCE,
	    VALUES(v_i64(upto), v_text(last ? "sending" : "queueing"),
		v_i64(campaign)));

	if (e == NULL && last)
		e = db_exec(db, SQL_CAMPAIGN_DUPLICATE_PURGE,
		    VALUES(v_i64(campaign)));
	return e;
}

/* --- start ------------------------------------------------------------ */

struct run_start {
	const struct campaign_run *run;
	enum campaign_begun begun;
	int64_t last_ms;
};

static const struct err *
find_size(struct db *db, const struct campaign_run *run, int64_t *devices,
    int64_t *users)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_CAMPAIGN_SIZE,
	    VALUES(v_i64(run->campaign), v_i64(run->chunk + 1)), &r);

	if (e != NULL)
		return e;
	*devices = *users = 0;
	if (db_next(r)) {
		*devices = db_i64(r, 0);
		*users = db_i64(r, 1);
	}
	db_done(r);
	return NULL;
}

static const struct err *
add_run_send(struct db *db, const struct campaign_run *run, uint64_t send)
{
	struct value zero = v_u64(0);
	const struct err *e = db_exec(db, SQL_SEND_ADD, VALUES(v_u64(send),
	    v_i64(run->app), v_i64(run->campaign), v_text("CAMPAIGN"), zero,
	    zero, zero, zero, zero, zero, zero, zero, zero, zero));

	if (e != NULL)
		return e;
	return db_exec(db, SQL_OUTBOX_BODY_ADD, VALUES(v_u64(send),
	    v_u64(send), v_blob(run->body, run->body_len)));
}

/* A small run is queued completely at its start. A large run first finds the
 * duplicate devices that all its steps leave out: otherwise the removal of a
 * device between two steps could push to its duplicate a second time. */
static const struct err *
start_queueing(struct db *db, const struct run_stretch *s, int64_t devices)
{
	struct value campaign = v_i64(s->campaign);
	const struct err *e;

	if (s->small) {
		if ((e = queue_stretch(db, s)) != NULL)
			return e;
		return advance_run(db, s->campaign, devices, true);
	}
	if ((e = db_exec(db, SQL_CAMPAIGN_DUPLICATE_PURGE, VALUES(campaign))) !=
	    NULL)
		return e;
	return db_exec(db, SQL_CAMPAIGN_DUPLICATE_ADD,
	    VALUES(campaign, campaign));
}

/* The reason why the run did not start. */
static const struct err *
read_state(struct db *db, struct run_start *st)
{
	uint64_t send = 0;
	struct rows *r;
	const struct err *e = db_query(db, SQL_CAMPAIGN_STATE,
	    VALUES(v_i64(st->run->campaign)), &r);

	if (e != NULL)
		return e;
	if (db_next(r)) {
		st->begun = db_u64(r, 0) != 0 ? CAMPAIGN_RUNNING
					      : CAMPAIGN_DONE;
		send = db_u64(r, 1);
		st->last_ms = db_i64(r, 2);
	} else {
		e = err_new(ERR_MISSING, "no campaign %lld",
		    (long long)st->run->campaign);
	}
	db_done(r);
	if (e != NULL || st->begun == CAMPAIGN_DONE)
		return e;
	return idempotency_put(db, st->run->key,
	    &(struct idempotency_use){st->run->request, send, NULL});
}

static const struct err *
run_start_once(struct db *db, void *arg)
{
	struct run_start *st = arg;
	const struct campaign_run *run = st->run;
	struct run_stretch s = {run->campaign, id_new(), run->development};
	int64_t devices, users;
	const struct err *e;

	if ((e = find_size(db, run, &devices, &users)) != NULL)
		return e;
	s.small = users <= run->chunk && users <= MANY &&
	    users <= FEW + devices / LOOK_UP_COST;
	e = db_exec(db, SQL_CAMPAIGN_START, VALUES(v_u64(s.send),
	    v_i64(devices), v_i64(run->campaign), v_i64(run->again)));
	if (e != NULL)
		return e;
	if (db_affected(db) == 0)
		return read_state(db, st);
	st->begun = CAMPAIGN_STARTED;
	if ((e = idempotency_put(db, run->key, &(struct idempotency_use){
		 run->request, s.send, NULL})) != NULL ||
	    (e = add_run_send(db, run, s.send)) != NULL)
		return e;
	return start_queueing(db, &s, devices);
}

const struct err *
campaign_start(struct db *db, const struct campaign_run *run,
    enum campaign_begun *begun, int64_t *last_ms)
{
	struct run_start st = {run, CAMPAIGN_DONE, 0};
	const struct err *e = transact_run(db, run_start_once, &st);

	*begun = st.begun;
	*last_ms = st.last_ms;
	return e;
}

/* --- steps ------------------------------------------------------------ */

struct run_step {
	int64_t only, chunk; /* only 0: any campaign */
	bool development, queued, more;
};

/* Lock the next campaign that has rows to queue; s->campaign stays 0 when
 * there is none. */
static const struct err *
find_next(struct db *db, const struct run_step *st, struct run_stretch *s,
    int64_t *from, int64_t *end)
{
	struct value only = st->only != 0 ? v_i64(st->only) : v_null();
	struct rows *r;
	const struct err *e = db_query(db, SQL_CAMPAIGN_NEXT,
	    VALUES(only, only), &r);

	if (e != NULL)
		return e;
	if (db_next(r)) {
		s->campaign = db_i64(r, 0);
		s->send = db_u64(r, 1);
		*from = db_i64(r, 2);
		*end = db_i64(r, 3);
	}
	db_done(r);
	return NULL;
}

/* The end of the chunk: the first existing id plus the size of the chunk. */
static const struct err *
find_upto(struct db *db, int64_t from, int64_t end, int64_t chunk,
    int64_t *upto)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_CAMPAIGN_FIRST,
	    VALUES(v_i64(from), v_i64(end)), &r);

	if (e != NULL)
		return e;
	*upto = end;
	if (db_next(r) && !db_is_null(r, 0) && db_i64(r, 0) <= end - chunk)
		*upto = db_i64(r, 0) + chunk - 1;
	db_done(r);
	return NULL;
}

static const struct err *
run_step_once(struct db *db, void *arg)
{
	struct run_step *st = arg;
	struct run_stretch s = {0, 0, st->development};
	int64_t from, end;
	const struct err *e;

	st->queued = st->more = false;
	if ((e = find_next(db, st, &s, &from, &end)) != NULL ||
	    s.campaign == 0)
		return e;
	if ((e = find_upto(db, from, end, st->chunk, &s.upto)) != NULL ||
	    (e = queue_stretch(db, &s)) != NULL)
		return e;
	st->queued = true;
	st->more = s.upto < end;
	return advance_run(db, s.campaign, s.upto, !st->more);
}

const struct err *
campaign_queue_step(struct db *db, int64_t campaign, int64_t chunk,
    bool development, bool *queued, bool *more)
{
	struct run_step st = {campaign, chunk, development, false, false};
	const struct err *e = transact_run(db, run_step_once, &st);

	if (e == NULL) {
		*queued = st.queued;
		*more = st.more;
	}
	return e;
}

const struct err *
campaign_finish(struct db *db)
{
	return db_exec(db, SQL_CAMPAIGN_FINISH, NO_VALUES);
}
