/* SPDX-License-Identifier: MIT */
#include "db/campaign_run.h"

#include "db/campaign_reach.h"
#include "db/idempotency.h"
#include "db/run_stretch.h"
#include "lib/id.h"
#include "lib/mem.h"

struct run_start {
	struct campaign_run *run;
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
	if ((e = db_post(db, SQL_SEND_ADD, v, nitems(v), NULL)) != NULL)
		return e;
	return db_post(db, SQL_OUTBOX_BODY_ADD, VALUES(v_u64(send),
	    v_u64(send), v_blob(run->body, run->body_len)), NULL);
}

static const struct err *
add_run_row(struct db *db, const struct campaign_run *run, uint64_t send)
{
	const struct run_timing *t = &run->timing;

	return db_post(db, SQL_CAMPAIGN_RUN_ADD, VALUES(v_u64(send),
	    v_i64(run->campaign),
	    t->start_ms != 0 ? v_i64(t->start_ms) : v_null(),
	    v_i64(run->expires_ms), v_i64(t->spread_ms), v_i64(t->rate),
	    v_i64(t->quiet_from), v_i64(t->quiet_to), v_text(t->quiet_zone)),
	    NULL);
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

/* So many ids behind that of a run are left to its rows, which have the
 * device's id added: as many as can be drawn at once. Rows of devices with
 * larger ids may meet the id of a message; its send tells the two apart. */
#define RUN_IDS ((1u << 20) - 1)

/* Of a run for later it is what the run has when it begins: rows have the age
 * of their run (lib/id.h). */
static uint64_t
new_send(const struct run_timing *t)
{
	uint64_t count = id_new() & ((UINT64_C(1) << ID_COUNT_BITS) - 1);

	return t->start_ms == 0 ? id_range(RUN_IDS)
				: id_of_second(t->start_ms / 1000) + count;
}

static const struct err *
run_start_once(struct db *db, void *arg)
{
	struct run_start *st = arg;
	struct campaign_run *run = st->run;
	struct run_stretch s = {run->campaign, new_send(&run->timing),
	    run->development, .approval = run->approval,
	    .paced = run_timing_is_paced(&run->timing)};
	bool later = run->timing.start_ms != 0;
	int64_t devices = RUN_NOT_BEGUN;
	const struct err *e = NULL;

	run->queued = false;
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
	return later ? NULL
		     : run_stretch_begin(db, &s, devices, &run->queued);
}

const struct err *
campaign_start(struct db *db, struct campaign_run *run,
    enum campaign_begun *begun, int64_t *last_ms)
{
	struct run_start st = {run, CAMPAIGN_DONE, 0};
	const struct err *e = run_transact(db, run_start_once, &st);

	*begun = st.begun;
	*last_ms = st.last_ms;
	return e;
}
