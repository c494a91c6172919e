/* SPDX-License-Identifier: MIT */
#include "db/campaign_control.h"

#include <string.h>

#include "db/run_recall.h"
#include "lib/clock.h"
#include "lib/mem.h"

#define GIVE_UP_MS 1000

static const struct {
	enum sql_id id;
	const char *so_already[3];
} verbs[CAMPAIGN_VERB__COUNT] = {
    [CAMPAIGN_PAUSE] = {SQL_CAMPAIGN_PAUSE, {"paused"}},
    [CAMPAIGN_RESUME] = {SQL_CAMPAIGN_RESUME, {"queueing", "sending"}},
    [CAMPAIGN_CANCEL] = {SQL_CAMPAIGN_CANCEL, {"cancelling", "cancelled"}},
};

static const struct err *
read_after(struct db *db, struct arena *a, int64_t id, const char **state)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_CAMPAIGN_STATE,
	    VALUES(v_i64(id)), &r);

	if (e != NULL)
		return e;
	if (db_next(r))
		*state = db_copy(a, r, 3);
	else
		e = err_new(ERR_MISSING, "no campaign %lld", (long long)id);
	db_done(r);
	return e;
}

static enum campaign_did
why_not(enum campaign_verb verb, const char *state)
{
	for (size_t i = 0; i < nitems(verbs[verb].so_already); i++)
		if (verbs[verb].so_already[i] != NULL &&
		    strcmp(verbs[verb].so_already[i], state) == 0)
			return CAMPAIGN_SO_ALREADY;
	return CAMPAIGN_CANNOT;
}

/* db_affected tells whether it was in progress. */
static const struct err *
cancel_run(struct db *db, int64_t id, uint64_t send)
{
	struct value only = send != 0 ? v_u64(send) : v_null();

	return db_exec(db, SQL_CAMPAIGN_CANCEL,
	    VALUES(v_i64(id), only, only));
}

const struct err *
campaign_control(struct db *db, struct arena *a, int64_t id,
    enum campaign_verb verb, enum campaign_did *did, const char **state)
{
	const struct err *e = verb == CAMPAIGN_CANCEL
		? cancel_run(db, id, 0)
		: db_exec(db, verbs[verb].id, VALUES(v_i64(id)));
	bool changed = e == NULL && db_affected(db) > 0;

	if (e == NULL)
		e = read_after(db, a, id, state);
	if (e == NULL)
		*did = changed ? CAMPAIGN_CHANGED : why_not(verb, *state);
	return e;
}

/* --- what sendd holds back -------------------------------------------- */

static struct campaign_held
row_to_held(struct arena *a, const struct rows *r)
{
	return (struct campaign_held){.send = db_u64(r, 0),
	    .changes = db_u64(r, 13),
	    .paused = db_u64(r, 1) != 0,
	    .timing = {.start_ms = db_i64(r, 2), .spread_ms = db_i64(r, 3),
		.spread_from_ms = db_i64(r, 14), .rate = db_i64(r, 4),
		.quiet_from = db_i64(r, 5), .quiet_to = db_i64(r, 6),
		.quiet_zone = db_copy(a, r, 7)},
	    .total = db_u64(r, 8), .done = db_u64(r, 9),
	    .queued = db_i64(r, 10), .queue_end = db_i64(r, 11),
	    .recalls = db_u64(r, 12) != 0};
}

const struct err *
campaign_held(struct db *db, struct arena *a, struct campaign_held **list,
    size_t *n)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_CAMPAIGN_HELD, NO_VALUES, &r);

	if (e != NULL)
		return e;
	*list = arena_zero(a, db_count(r) * sizeof **list);
	for (*n = 0; db_next(r); (*n)++)
		(*list)[*n] = row_to_held(a, r);
	db_done(r);
	return NULL;
}

const struct err *
campaign_cancel(struct db *db, int64_t id, uint64_t send, bool *cancelled)
{
	const struct err *e = cancel_run(db, id, send);

	*cancelled = e == NULL && db_affected(db) > 0;
	return e;
}

struct run_id {
	int64_t campaign;
	uint64_t send;
};

const struct err *
campaign_cancel_app(struct db *db, struct arena *a, int64_t app,
    int64_t before_ms, uint64_t *n)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_CAMPAIGN_RUNS_OF_APP,
	    VALUES(v_i64(app), v_i64(before_ms)), &r);
	struct run_id *list;
	size_t found;
	bool cancelled;

	*n = 0;
	if (e != NULL)
		return e;
	list = arena_zero(a, db_count(r) * sizeof *list);
	for (found = 0; db_next(r); found++)
		list[found] = (struct run_id){db_i64(r, 0), db_u64(r, 1)};
	db_done(r);
	for (size_t i = 0; e == NULL && i < found; i++) {
		e = campaign_cancel(db, list[i].campaign, list[i].send,
		    &cancelled);
		*n += e == NULL && cancelled;
	}
	return e;
}

/* --- giving up -------------------------------------------------------- */

const struct err *
campaign_give_up(struct db *db, int64_t id)
{
	uint64_t send = 0;
	struct rows *r;
	bool more;
	const struct err *e = cancel_run(db, id, 0);

	if (e != NULL || db_affected(db) == 0 ||
	    (e = db_query(db, SQL_CAMPAIGN_STATE, VALUES(v_i64(id)), &r)) !=
		NULL)
		return e;
	if (db_next(r))
		send = db_u64(r, 1);
	db_done(r);
	return run_recall(db, send, clock_mono_ms() + GIVE_UP_MS, &more);
}
