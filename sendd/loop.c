/* SPDX-License-Identifier: MIT */
/* The main loop of sendd: its steps in order, each in the file of its name. */
#include "sendd/loop.h"

#include "lib/clock.h"
#include "lib/log.h"

#define DB_PAUSE_MS 500 /* of a part, after a failure of the database */
#define DB_CALM_MS 3000 /* without a failure: the database is back */
#define SOON_MS 5	/* there is something to do, and no room for it yet */

/* --- the parts -------------------------------------------------------- */

static const struct err *
settle_part(struct sendd *s)
{
	return settle(&s->settler, s->stopping || s->errand.send != 0);
}

/* Renew the leases with a heartbeat, and have written what was counted. */
static const struct err *
leases_part(struct sendd *s)
{
	struct buf figures = BUF(4096);
	const struct err *e;

	if (s->errand.send == 0 && leases_are_due(&s->leases)) {
		report_figures(&s->reporter, &figures);
		leases_beat(&s->leases, buf_str(&figures));
		report_write(&s->reporter, false);
	}
	buf_done(&figures);
	e = leases_run(&s->leases);
	s->stopping |= s->leases.usurped;
	return e;
}

static const struct err *
errand_part(struct sendd *s)
{
	return errand_tick(&s->errand);
}

static const struct err *
admit_part(struct sendd *s)
{
	return admit(&s->admission, s->stopping);
}

static const struct err *
expand_part(struct sendd *s)
{
	return expand(&s->expander, s->stopping);
}

static const struct err *
credentials_part(struct sendd *s)
{
	return credential_run(&s->credentials);
}

static const struct err *
house_part(struct sendd *s)
{
	halted_tick(&s->halted);
	if (s->errand.send == 0) {
		check_look(&s->checker);
		check_drive(&s->checker);
		server_look_again(&s->server);
	}
	return db_tasks_run(&s->house);
}

static const struct err *
maintenance_part(struct sendd *s)
{
	if (s->errand.send != 0)
		return NULL;
	if (doorbell_server_rang_all(s->doorbell))
		maintenance_hurry(&s->maintenance);
	return maintenance_tick(&s->maintenance, s->stopping);
}

/* --- when a part has something to do ---------------------------------- */

static int64_t
write_due_ms(const struct sendd *s, int64_t now_ms)
{
	return settle_due_ms(&s->settler, now_ms);
}

static int64_t
lease_due_ms(const struct sendd *s, int64_t now_ms)
{
	(void)now_ms;
	return leases_due_ms(&s->leases);
}

static int64_t
end_due_ms(const struct sendd *s, int64_t now_ms)
{
	(void)now_ms;
	return errand_due_ms(&s->errand);
}

static int64_t
look_due_ms(const struct sendd *s, int64_t now_ms)
{
	(void)now_ms;
	return s->errand.send == 0 && !s->stopping
	    ? maintenance_due_ms(&s->maintenance) : INT64_MAX;
}

/* A db_worker that is busy wakes us when it is done, so only an idle reader
 * makes us wake up to read. */
static int64_t
admit_due_ms(const struct sendd *s, int64_t now_ms)
{
	if (s->stopping || !db_worker_is_idle(s->admission.reader))
		return INT64_MAX;
	if (s->queue.aside.n > 0)
		return now_ms;
	return scan_has_more(&s->scan, &s->shards) ? now_ms + SOON_MS
						   : scan_due_ms(&s->scan);
}

static int64_t
expand_due_ms(const struct sendd *s, int64_t now_ms)
{
	return s->queue.due.n > 0 && !s->stopping &&
		db_worker_is_idle(s->expander.worker) &&
		leases_are_known(&s->leases)
	    ? now_ms : INT64_MAX;
}

static int64_t
credentials_due_ms(const struct sendd *s, int64_t now_ms)
{
	(void)now_ms;
	return credential_due_ms(&s->credentials);
}

static int64_t
house_due_ms(const struct sendd *s, int64_t now_ms)
{
	return db_tasks_are_due(&s->house) ? now_ms
					   : halted_due_ms(&s->halted);
}

struct loop_work {
	const struct err *(*work)(struct sendd *s);
	/* monotonic; NULL: now and then will do */
	int64_t (*due_ms)(const struct sendd *s, int64_t now_ms);
};

static const struct loop_work parts[LOOP_PART__COUNT] = {
    [LOOP_SETTLE] = {settle_part, write_due_ms},
    [LOOP_LEASES] = {leases_part, lease_due_ms},
    [LOOP_ERRAND] = {errand_part, end_due_ms},
    [LOOP_ADMIT] = {admit_part, admit_due_ms},
    [LOOP_EXPAND] = {expand_part, expand_due_ms},
    [LOOP_CREDENTIALS] = {credentials_part, credentials_due_ms},
    [LOOP_HOUSE] = {house_part, house_due_ms},
    [LOOP_MAINTENANCE] = {maintenance_part, look_due_ms},
};

/* --- a round ---------------------------------------------------------- */

/* The part has a pause. Each cause is logged once, and once that all is over.
 * The first round that goes well does not prove that: what fails on a
 * db_worker's connection, or for lack of one right, fails only every second or
 * so. A conflict with others is no failure: it is tried again at once. But one
 * that lasts stops the part: the log names its statement, once an hour. */
static void
fail_part(struct sendd *s, int part, const struct err *e, int64_t now_ms)
{
	if (e->code == ERR_CONTENTION) {
		if (alarm_is_news(&s->conflicts, e->text, now_ms))
			log_notice("%s", e->text);
		return;
	}
	if (trouble_is_new(&s->db_troubles, e->text))
		log_err("%s", e->text);
	s->failed_ms = now_ms;
	s->again_ms[part] = now_ms + DB_PAUSE_MS;
}

/* What one part waits for, a locked table or a node that hangs, keeps no other
 * part from its work; nor does its failure. */
static void
with_database(struct sendd *s)
{
	const struct err *e;
	int64_t now_ms;

	for (int k = 0; k < LOOP_PART__COUNT; k++) {
		now_ms = clock_mono_ms();
		if (now_ms >= s->again_ms[k] && (e = parts[k].work(s)) != NULL)
			fail_part(s, k, e, now_ms);
	}
	if (clock_mono_ms() >= s->failed_ms + DB_CALM_MS &&
	    trouble_ends(&s->db_troubles))
		log_notice("database is back");
}

static int64_t
next_due_ms(const struct sendd *s, int64_t now_ms)
{
	int64_t until = INT64_MAX;

	for (int k = 0; k < LOOP_PART__COUNT; k++) {
		int64_t due = parts[k].due_ms != NULL
		    ? parts[k].due_ms(s, now_ms) : INT64_MAX;

		if (due < s->again_ms[k])
			due = s->again_ms[k];
		if (due < until)
			until = due;
	}
	return until;
}

static int
wait_ms(const struct sendd *s, int wires)
{
	int64_t now_ms = clock_mono_ms(), until = next_due_ms(s, now_ms);

	if (until - now_ms > wires)
		until = now_ms + wires;
	return until > now_ms ? (int)(until - now_ms) : 0;
}

/* Is it known what is cancelled and held? If that is too old, it is read at
 * once. An errand waits for the database itself, which is no standstill. */
static bool
is_up_to_date(struct sendd *s)
{
	const struct operator_holds *holds = &s->credentials.operator_holds;
	int64_t now_ms = clock_mono_ms();
	int64_t heard_ms = s->leases.cut_off.heard_ms;
	bool cancelled, held;

	if (s->errand.for_ms > 0)
		return true;
	standstill_note(&s->standstill, now_ms);
	cancelled = standstill_outdates(&s->standstill, now_ms,
	    s->cancelled.asked_ms, heard_ms);
	held = standstill_outdates(&s->standstill, now_ms, holds->asked_ms,
	    heard_ms);
	if (cancelled) {
		s->halted.due_ms = 0;
		s->halted.catch_up = true;
	}
	if (held) {
		s->credentials.refresh_due_ms = 0;
		s->credentials.catch_up = true;
	}
	return !cancelled && !held;
}

void
loop_round(struct sendd *s)
{
	bool current = is_up_to_date(s);
	int wires, wait;

	with_database(s);
	if (s->stopping || current)
		dispatch_sealed(&s->dispatcher, current);
	if (!s->stopping && current)
		dispatch(&s->dispatcher);
	wires = wires_tick(&s->credentials.wires);
	wait = wait_ms(s, wires);
	if (s->errand.for_ms == 0)
		standstill_expect(&s->standstill, clock_mono_ms(), wait);
	poller_run(s->poller, wait);
	completion_collect(&s->completion);
	s->figures.loops++;
}

void
loop_run(struct sendd *s)
{
	while (!s->stopping) {
		loop_round(s);
		s->stopping |= errand_is_over(&s->errand);
	}
}
