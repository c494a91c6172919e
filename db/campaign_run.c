/* SPDX-License-Identifier: MIT */
/*
 * A campaign's run, from its start until its last row is in the outbox.
 * Devices are not read one by one: each step is one INSERT ... SELECT over a
 * range of the device table, in the order of its primary key.
 */
#include "db/campaign_run.h"

#include <string.h>

#include "db/campaign_figures.h"
#include "db/campaign_reach.h"
#include "db/idempotency.h"
#include "db/outbox.h"
#include "lib/id.h"
#include "lib/mem.h"

/* Why a device is refused before it has a row. */
#define REFUSED "a device of the development environment"

#define AT_ONCE 20 /* runs that are being queued, looked at by one step */

#define NOT_BEGUN (-1) /* as queue_end */

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
	bool approval; /* only while somebody approves of the campaign */
	bool paced; /* its rows wait until every sendd knows of that */
	int64_t upto; /* last device; not small */
};

/* The values of the statements, in their order; queue: of those that write
 * rows, which have one more. */
static size_t
stretch_values(const struct run_stretch *s, bool queue, struct value v[6])
{
	size_t n = 0;

	if (queue)
		v[n++] = v_i64(s->paced ? SQL_SOON_MS : 0);
	for (int i = 0; i < 3; i++)
		v[n++] = v_i64(s->development);
	if (!s->small)
		v[n++] = v_i64(s->upto);
	v[n++] = v_i64(s->campaign);
	return n;
}

/* What a stretch has added, by platform. */
struct run_added {
	uint64_t by[PLATFORM__COUNT], refused;
	unsigned refused_on; /* that platform */
};

static const struct err *
count_refused(struct db *db, const struct run_stretch *s, struct run_added *n)
{
	struct value v[6];
	size_t n_values = stretch_values(s, false, v);
	struct rows *r;
	const struct err *e = db_query(db, s->small ?
	    SQL_CAMPAIGN_REFUSED_SMALL : SQL_CAMPAIGN_REFUSED_LARGE, v,
	    n_values, &r);

	if (e != NULL)
		return e;
	for (; db_next(r); n->refused += db_u64(r, 1)) {
		n->refused_on = db_u64(r, 0) % PLATFORM__COUNT;
		n->by[n->refused_on] += db_u64(r, 1);
	}
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

/* Write the rows of the range. */
static const struct err *
queue_stretch(struct db *db, const struct run_stretch *s, struct run_added *n)
{
	struct value v[6];
	size_t n_values = stretch_values(s, true, v);
	const struct err *e;
	struct rows *r;

	*n = (struct run_added){.refused = 0};
	e = db_query(db, s->small ? SQL_CAMPAIGN_QUEUE_SMALL :
	    SQL_CAMPAIGN_QUEUE_LARGE, v, n_values, &r);
	if (e != NULL)
		return e;
	while (db_next(r))
		n->by[db_u64(r, 0) % PLATFORM__COUNT]++;
	db_done(r);
	return count_refused(db, s, n);
}

static const struct err *
post_refused(struct db *db, const struct run_stretch *s,
    const struct run_added *n)
{
	struct run_outcome o = {s->send, n->refused_on, "failed", REFUSED,
	    n->refused};

	return run_outcomes_post(db, &o, n->refused > 0);
}

/* Record the progress, and the number of rows in the send's counters. The
 * campaign's row is locked as late as can be: whoever pauses or cancels the run
 * does not wait for its rows to be written. */
static const struct err *
advance_run(struct db *db, const struct run_stretch *s,
    const struct run_added *n, bool last)
{
	const struct err *e = db_exec(db, SQL_CAMPAIGN_ADVANCE,
	    VALUES(v_i64(s->upto), v_i64(last), v_i64(s->campaign),
		v_u64(s->send), v_i64(s->approval)));

	if (e != NULL)
		return e;
	if (db_affected(db) == 0)
		return err_new(ERR_CONFLICT, "campaign %lld is stopped",
		    (long long)s->campaign);
	if ((e = grow(db, s->send, n->by, n->refused)) != NULL ||
	    (e = post_refused(db, s, n)) != NULL || !last)
		return e;
	return db_exec(db, SQL_CAMPAIGN_DUPLICATE_PURGE,
	    VALUES(v_i64(s->campaign)));
}

/* --- start ------------------------------------------------------------ */

struct run_start {
	const struct campaign_run *run;
	enum campaign_begun begun;
	int64_t last_ms;
};

static const struct err *
add_run_send(struct db *db, const struct campaign_run *run, uint64_t send)
{
	struct value v[8 + 2 * PLATFORM__COUNT] = {v_u64(send),
	    v_i64(run->app), v_i64(run->campaign), v_text("CAMPAIGN")};
	const struct err *e;

	for (size_t i = 4; i < nitems(v); i++)
		v[i] = v_u64(0); /* all counts */
	if ((e = db_exec(db, SQL_SEND_ADD, v, nitems(v))) != NULL)
		return e;
	return db_exec(db, SQL_OUTBOX_BODY_ADD, VALUES(v_u64(send),
	    v_u64(send), v_blob(run->body, run->body_len)));
}

static const struct err *
add_run_row(struct db *db, const struct campaign_run *run, uint64_t send)
{
	const struct run_timing *t = &run->timing;

	return db_exec(db, SQL_CAMPAIGN_RUN_ADD, VALUES(v_u64(send),
	    v_i64(run->campaign),
	    t->start_ms != 0 ? v_i64(t->start_ms) : v_null(),
	    v_i64(t->spread_ms), v_i64(t->rate), v_i64(t->quiet_from),
	    v_i64(t->quiet_to), v_text(t->quiet_zone)));
}

/* A large run first finds the duplicate devices that all its steps leave out:
 * otherwise the removal of a device between two steps could push to its
 * duplicate a second time. */
static const struct err *
find_duplicates(struct db *db, int64_t id)
{
	struct value campaign = v_i64(id);
	const struct err *e = db_exec(db, SQL_CAMPAIGN_DUPLICATE_PURGE,
	    VALUES(campaign));

	return e != NULL ? e
			 : db_exec(db, SQL_CAMPAIGN_DUPLICATE_ADD,
			       VALUES(campaign, campaign));
}

/* A small run is queued completely when it begins. */
static const struct err *
begin_queueing(struct db *db, struct run_stretch *s, int64_t devices)
{
	struct run_added n;
	const struct err *e;

	if (!s->small)
		return find_duplicates(db, s->campaign);
	s->upto = devices;
	e = queue_stretch(db, s, &n);
	return e != NULL ? e : advance_run(db, s, &n, true);
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
		    : st->run->approval && db_u64(r, 4) == 0
		    ? CAMPAIGN_UNAPPROVED : CAMPAIGN_DONE;
		send = db_u64(r, 1);
		st->last_ms = db_i64(r, 2);
	} else {
		e = err_new(ERR_MISSING, "no campaign %lld",
		    (long long)st->run->campaign);
	}
	db_done(r);
	if (e != NULL || st->begun != CAMPAIGN_RUNNING)
		return e;
	return idempotency_put(db, st->run->key,
	    &(struct idempotency_use){st->run->request, send, NULL});
}

/* Of a run for later it is what the run has when it begins: rows have the age
 * of their run (lib/id.h). */
static uint64_t
new_send(const struct run_timing *t)
{
	uint64_t count = id_new() & ((UINT64_C(1) << ID_COUNT_BITS) - 1);

	return t->start_ms == 0 ? id_new()
				: id_of_second(t->start_ms / 1000) + count;
}

static const struct err *
run_start_once(struct db *db, void *arg)
{
	struct run_start *st = arg;
	const struct campaign_run *run = st->run;
	struct run_stretch s = {run->campaign, new_send(&run->timing),
	    run->development, .approval = run->approval,
	    .paced = run_timing_is_paced(&run->timing)};
	bool later = run->timing.start_ms != 0;
	int64_t devices = NOT_BEGUN;
	const struct err *e = NULL;

	if (!later)
		e = campaign_reach(db, run->campaign, run->chunk, &devices,
		    &s.small);
	if (e != NULL ||
	    (e = db_exec(db, SQL_CAMPAIGN_START, VALUES(v_u64(s.send),
		 v_i64(devices), v_i64(run->campaign), v_i64(run->approval),
		 v_i64(run->again)))) != NULL)
		return e;
	if (db_affected(db) == 0)
		return read_state(db, st);
	st->begun = CAMPAIGN_STARTED;
	if ((e = idempotency_put(db, run->key, &(struct idempotency_use){
		 run->request, s.send, NULL})) != NULL ||
	    (e = add_run_row(db, run, s.send)) != NULL ||
	    (e = add_run_send(db, run, s.send)) != NULL)
		return e;
	return later ? NULL : begin_queueing(db, &s, devices);
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
	bool development, approval, queued, more;
};

/* The campaigns that have rows to queue. */
static const struct err *
find_queueing(struct db *db, const struct run_step *st,
    struct run_stretch *list, size_t *n)
{
	struct value any = st->only != 0 ? v_i64(st->only) : v_null();
	struct rows *r;
	const struct err *e = db_query(db, SQL_CAMPAIGN_NEXT,
	    VALUES(any, any, v_i64(st->approval)), &r);

	if (e != NULL)
		return e;
	for (*n = 0; *n < AT_ONCE && db_next(r); (*n)++)
		list[*n] = (struct run_stretch){.campaign = db_i64(r, 0),
		    .send = db_u64(r, 1), .development = st->development,
		    .approval = st->approval};
	db_done(r);
	return NULL;
}

/* *locked: it was not locked by another process, and is by this one now. */
static const struct err *
lock_run(struct db *db, struct run_stretch *s, bool *locked)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_CAMPAIGN_RUN_LOCK,
	    VALUES(v_u64(s->send)), &r);

	if (e != NULL)
		return e;
	if ((*locked = db_next(r)))
		s->paced = db_u64(r, 0) != 0;
	db_done(r);
	return NULL;
}

/* *found: it is still being queued. */
static const struct err *
find_place(struct db *db, const struct run_stretch *s, int64_t *from,
    int64_t *end, bool *found)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_CAMPAIGN_PLACE,
	    VALUES(v_i64(s->campaign), v_u64(s->send)), &r);

	if (e != NULL)
		return e;
	if ((*found = db_next(r))) {
		*from = db_i64(r, 0);
		*end = db_i64(r, 1);
	}
	db_done(r);
	return NULL;
}

/* Lock the next run that has rows to queue; s->campaign stays 0 when there is
 * none. */
static const struct err *
find_next(struct db *db, const struct run_step *st, struct run_stretch *s,
    int64_t *from, int64_t *end)
{
	struct run_stretch list[AT_ONCE];
	const struct err *e;
	bool found = false;
	size_t n;

	e = find_queueing(db, st, list, &n);
	for (size_t i = 0; e == NULL && !found && i < n; i++) {
		e = lock_run(db, &list[i], &found);
		if (e == NULL && found)
			e = find_place(db, &list[i], from, end, &found);
		if (e == NULL && found)
			*s = list[i];
	}
	return e;
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

/* The start of the run was for later, and has come. */
static const struct err *
begin_run(struct db *db, struct run_step *st, struct run_stretch *s)
{
	int64_t devices;
	const struct err *e;

	if ((e = campaign_reach(db, s->campaign, st->chunk, &devices,
		 &s->small)) != NULL ||
	    (e = db_exec(db, SQL_CAMPAIGN_BEGIN, VALUES(v_i64(devices),
		 v_i64(s->campaign), v_u64(s->send)))) != NULL ||
	    (e = begin_queueing(db, s, devices)) != NULL)
		return e;
	st->queued = s->small;
	st->more = !s->small;
	return NULL;
}

static const struct err *
run_step_once(struct db *db, void *arg)
{
	struct run_step *st = arg;
	struct run_stretch s = {0};
	struct run_added n;
	int64_t from = 0, end = 0;
	const struct err *e;

	st->queued = st->more = false;
	if ((e = find_next(db, st, &s, &from, &end)) != NULL ||
	    s.campaign == 0)
		return e;
	if (end == NOT_BEGUN)
		return begin_run(db, st, &s);
	if ((e = find_upto(db, from, end, st->chunk, &s.upto)) != NULL ||
	    (e = queue_stretch(db, &s, &n)) != NULL)
		return e;
	st->queued = true;
	st->more = s.upto < end;
	return advance_run(db, &s, &n, !st->more);
}

/* ERR_CONFLICT: the run was cancelled, or its campaign changed, while its rows
 * were written. */
const struct err *
campaign_queue_step(struct db *db, int64_t campaign, int64_t chunk,
    bool development, bool approval, bool *queued, bool *more)
{
	struct run_step st = {campaign, chunk, development, approval, false,
	    false};
	const struct err *e = transact_run(db, run_step_once, &st);
	bool stopped = e != NULL && e->code == ERR_CONFLICT;

	if (e == NULL || stopped) {
		*queued = st.queued && !stopped;
		*more = st.more && !stopped;
	}
	return stopped ? NULL : e;
}

const struct err *
campaign_finish(struct db *db)
{
	return db_exec(db, SQL_CAMPAIGN_FINISH, NO_VALUES);
}

const struct err *
campaign_adopt(struct db *db)
{
	return db_exec(db, SQL_CAMPAIGN_RUN_ADOPT, NO_VALUES);
}
