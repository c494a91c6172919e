/* SPDX-License-Identifier: MIT */
#include "db/campaign_figures.h"

#include "lib/json_text.h"

static struct run_figures
row_to_figures(struct arena *a, const struct rows *r)
{
	return (struct run_figures){.send = db_u64(r, 0),
	    .state = db_copy(a, r, 1), .created_ms = db_i64(r, 2),
	    .timing = {.start_ms = db_i64(r, 3), .spread_ms = db_i64(r, 5),
		.rate = db_i64(r, 6), .quiet_from = db_i64(r, 7),
		.quiet_to = db_i64(r, 8), .quiet_zone = db_copy(a, r, 9)},
	    .ended_ms = db_i64(r, 4), .total = db_u64(r, 10),
	    .sent = db_u64(r, 11), .failed = db_u64(r, 12),
	    .expired = db_u64(r, 13), .cancelled = db_u64(r, 14)};
}

const struct err *
campaign_runs(struct db *db, struct arena *a, int64_t campaign, uint64_t send,
    int64_t limit, int64_t offset, struct run_figures **list, size_t *n)
{
	struct value only = send != 0 ? v_u64(send) : v_null();
	struct rows *r;
	const struct err *e = db_query(db, SQL_CAMPAIGN_RUN_LIST,
	    VALUES(v_i64(campaign), only, only, v_i64(limit), v_i64(offset)),
	    &r);

	if (e != NULL)
		return e;
	*list = arena_zero(a, db_count(r) * sizeof **list);
	for (*n = 0; db_next(r); (*n)++)
		(*list)[*n] = row_to_figures(a, r);
	db_done(r);
	return NULL;
}

const struct err *
campaign_run_set(struct db *db, int64_t campaign, uint64_t send,
    const struct run_timing *t, bool *set)
{
	struct value start = t->start_ms != 0 ? v_i64(t->start_ms) : v_null();
	const struct err *e = db_exec(db, SQL_CAMPAIGN_RUN_SET, VALUES(start,
	    v_i64(t->spread_ms), v_i64(t->rate), v_i64(t->quiet_from),
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
