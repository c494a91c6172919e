/* SPDX-License-Identifier: MIT */
#include "db/campaign_figures.h"

#include "lib/json_text.h"

#define RUN_COLUMNS 15

/* The outcomes that a row has of one platform. */
static struct run_counts
read_outcomes(const struct rows *r)
{
	const unsigned at = RUN_COLUMNS + 4 * PLATFORM__COUNT + 1;
	struct run_counts n = {.sent = db_u64(r, at),
	    .failed = db_u64(r, at + 1), .expired = db_u64(r, at + 2),
	    .cancelled = db_u64(r, at + 3)};

	n.total = n.sent + n.failed + n.expired + n.cancelled;
	return n;
}

/* The counters of the send of a run in progress. */
static void
read_counters(const struct rows *r, struct run_counts by[PLATFORM__COUNT])
{
	unsigned at = RUN_COLUMNS;

	for (unsigned p = 0; p < PLATFORM__COUNT; p++, at += 4)
		by[p] = (struct run_counts){db_u64(r, at), db_u64(r, at + 1),
		    db_u64(r, at + 2), db_u64(r, at + 3), 0};
}

/* While the run is in progress what was cancelled is among the failed of its
 * send. */
static void
add_platform(struct run_figures *f, const struct rows *r)
{
	uint64_t p = db_u64(r, RUN_COLUMNS + 4 * PLATFORM__COUNT);
	struct run_counts n = read_outcomes(r);

	if (p >= PLATFORM__COUNT)
		return;
	if (f->ended_ms != 0) {
		f->by[p] = n;
	} else {
		/* they may be counted a moment before (db/send_delta.h) */
		if (n.cancelled > f->by[p].failed)
			n.cancelled = f->by[p].failed;
		f->by[p].failed -= n.cancelled;
		f->by[p].cancelled = n.cancelled;
	}
}

bool
run_figures_by_platform(const struct run_figures *r)
{
	uint64_t total = 0;

	for (int p = 0; p < PLATFORM__COUNT; p++)
		total += r->by[p].total;
	return total == r->all.total;
}

static struct run_figures
row_to_figures(struct arena *a, const struct rows *r)
{
	return (struct run_figures){.send = db_u64(r, 0),
	    .state = db_copy(a, r, 1), .created_ms = db_i64(r, 2),
	    .timing = {.start_ms = db_i64(r, 3), .spread_ms = db_i64(r, 5),
		.rate = db_i64(r, 6), .quiet_from = db_i64(r, 7),
		.quiet_to = db_i64(r, 8), .quiet_zone = db_copy(a, r, 9)},
	    .ended_ms = db_i64(r, 4),
	    .all = {db_u64(r, 10), db_u64(r, 11), db_u64(r, 12),
		db_u64(r, 13), db_u64(r, 14)}};
}

const struct err *
campaign_runs(struct db *db, struct arena *a, int64_t campaign, uint64_t send,
    int64_t limit, int64_t offset, struct run_figures **list, size_t *n)
{
	struct value only = send != 0 ? v_u64(send) : v_null();
	struct rows *r;
	const struct err *e = db_query(db, SQL_CAMPAIGN_RUN_LIST,
	    VALUES(v_i64(campaign), only, only, v_i64(limit), v_i64(offset),
		v_i64(campaign)), &r);

	if (e != NULL)
		return e;
	*list = arena_zero(a, db_count(r) * sizeof **list);
	*n = 0;
	while (db_next(r)) {
		if (*n == 0 || (*list)[*n - 1].send != db_u64(r, 0)) {
			(*list)[*n] = row_to_figures(a, r);
			if ((*list)[*n].ended_ms == 0)
				read_counters(r, (*list)[*n].by);
			++*n;
		}
		add_platform(&(*list)[*n - 1], r);
	}
	db_done(r);
	return NULL;
}

const struct err *
campaign_run_timing(struct db *db, uint64_t send, struct run_timing *timing,
    int64_t *expires_ms)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_CAMPAIGN_RUN_TIMING,
	    VALUES(v_u64(send)), &r);

	*timing = (struct run_timing){.start_ms = 0};
	*expires_ms = 0;
	if (e != NULL)
		return e;
	if (db_next(r)) {
		timing->start_ms = db_i64(r, 0);
		timing->spread_ms = db_i64(r, 1);
		timing->spread_from_ms = db_i64(r, 2);
		*expires_ms = db_i64(r, 3);
	}
	db_done(r);
	return NULL;
}

const struct err *
campaign_run_set(struct db *db, int64_t campaign, uint64_t send,
    const struct run_timing *t, bool *set)
{
	struct value start = t->start_ms != 0 ? v_i64(t->start_ms) : v_null();
	struct value from = t->spread_from_ms != 0 ? v_i64(t->spread_from_ms)
						   : v_null();
	const struct err *e = db_exec(db, SQL_CAMPAIGN_RUN_SET, VALUES(start,
	    v_i64(t->spread_ms), from, v_i64(t->rate), v_i64(t->quiet_from),
	    v_i64(t->quiet_to), v_text(t->quiet_zone), v_i64(campaign),
	    v_u64(send), start));

	if (e == NULL)
		*set = db_affected(db) > 0;
	return e;
}

/* --- what was not sent ------------------------------------------------ */

const struct err *
run_outcomes_post(struct db *db, const struct run_outcome *list, size_t n)
{
	struct buf b = BUF(DB_LIST_MAX);
	const struct err *e;

	if (n == 0)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		(void)buf_fmt(&b, "%s%llu,%u,\"%s\",", i > 0 ? "],[" : "[[",
		    (unsigned long long)list[i].send, list[i].platform,
		    list[i].outcome);
		(void)json_quote(list[i].reason, &b);
		(void)buf_fmt(&b, ",%llu", (unsigned long long)list[i].n);
	}
	e = buf_text(&b, "]]")
	    ? db_post(db, SQL_CAMPAIGN_OUTCOME_ADD,
		  VALUES(v_blob(b.data, b.len)), NULL)
	    : err_new(ERR_TOOBIG, "a batch of outcomes is too large");
	buf_done(&b);
	return e;
}

const struct err *
run_outcomes(struct db *db, struct arena *a, int64_t campaign, uint64_t send,
    struct run_outcome **list, size_t *n)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_CAMPAIGN_OUTCOME_LIST,
	    VALUES(v_i64(campaign), v_u64(send)), &r);

	if (e != NULL)
		return e;
	*list = arena_zero(a, db_count(r) * sizeof **list);
	for (*n = 0; db_next(r); (*n)++)
		(*list)[*n] = (struct run_outcome){.send = send,
		    .platform = (unsigned)db_u64(r, 0),
		    .outcome = db_copy(a, r, 1), .reason = db_copy(a, r, 2),
		    .n = db_u64(r, 3)};
	db_done(r);
	return NULL;
}
