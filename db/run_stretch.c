/* SPDX-License-Identifier: MIT */
#include "db/run_stretch.h"

#include "db/campaign_figures.h"

/* Why a device is refused before it has a row. */
#define REFUSED "a device of the development environment"

#define TRIES 5 /* when ids of two runs collide: draw new ones, or wait */

const struct err *
run_transact(struct db *db, db_fn *fn, void *arg)
{
	const struct err *e = NULL;

	for (int try = 0; try < TRIES; try++) {
		e = db_transact(db, fn, arg);
		if (e == NULL || !db_duplicate(db, "PRIMARY"))
			break;
	}
	return e;
}

#define VALUES_MAX 8

/* The values of the statements, in their order; queue: of those that write
 * rows. */
static size_t
stretch_values(const struct run_stretch *s, bool queue,
    struct value v[VALUES_MAX])
{
	size_t n = 0;

	if (queue)
		v[n++] = v_i64(s->paced ? SQL_SOON_MS
		    : -SQL_DUE_SINCE_S * INT64_C(1000)); /* at once */
	for (int i = 0; i < 3; i++)
		v[n++] = v_i64(s->development);
	if (!s->small) {
		v[n++] = v_i64(s->from);
		v[n++] = v_i64(s->upto);
		v[n++] = v_i64(s->twins);
	}
	v[n++] = v_i64(s->campaign);
	if (s->small && !queue)
		v[n++] = v_i64(s->development);
	return n;
}

static const struct err *
count_refused(struct db *db, const struct run_stretch *s, struct run_added *n)
{
	struct value v[VALUES_MAX];
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
	return db_post(db, SQL_SEND_GROW, v, n, NULL);
}

uint64_t
run_added_rows(const struct run_added *n)
{
	uint64_t rows = 0;

	for (int p = 0; p < PLATFORM__COUNT; p++)
		rows += n->by[p];
	return rows - n->refused;
}

void
run_added_sum(struct run_added *sum, const struct run_added *n)
{
	for (int p = 0; p < PLATFORM__COUNT; p++)
		sum->by[p] += n->by[p];
	sum->refused += n->refused;
	if (n->refused > 0)
		sum->refused_on = n->refused_on;
}

const struct err *
run_stretch_add(struct db *db, const struct run_stretch *s, struct run_added *n)
{
	struct value v[VALUES_MAX];
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
const struct err *
run_stretch_advance(struct db *db, const struct run_stretch *s,
    const struct run_added *n, bool last)
{
	const struct err *e = db_post_one(db, SQL_CAMPAIGN_ADVANCE,
	    VALUES(v_i64(s->upto), v_i64(last), v_i64(s->campaign),
		v_u64(s->send), v_i64(s->from), v_i64(s->approval)));

	if (e != NULL ||
	    (e = grow(db, s->send, n->by, n->refused)) != NULL ||
	    (e = post_refused(db, s, n)) != NULL || !last)
		return e;
	return db_post(db, SQL_CAMPAIGN_DUPLICATE_PURGE,
	    VALUES(v_i64(s->campaign)), NULL);
}

/* --- the first -------------------------------------------------------- */

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

const struct err *
run_stretch_begin(struct db *db, struct run_stretch *s, int64_t last_device,
    bool *queued)
{
	struct run_added n;
	const struct err *e;

	*queued = false;
	if (!s->small)
		return find_duplicates(db, s->campaign);
	s->upto = last_device;
	if ((e = run_stretch_add(db, s, &n)) != NULL)
		return e;
	for (int p = 0; p < PLATFORM__COUNT; p++)
		*queued |= n.by[p] > 0;
	return run_stretch_advance(db, s, &n, true);
}
