/* SPDX-License-Identifier: MIT */
/* The main loop of sendd: its steps in order, each in the file of its name. */
#include "sendd/loop.h"

#include "lib/clock.h"
#include "lib/log.h"

#define DB_PAUSE_MS 500 /* after a failure of the database */
#define DB_CALM_MS 3000 /* without a failure: the database is back */
#define REFRESH_MS 1000 /* between two looks at what operators have changed */

/* Log a failure of the database once for each cause, and once that it is over.
 * The first round that goes well does not prove that: what fails on a
 * db_worker's connection, or for lack of one right, fails only every second
 * or so. */
static void
log_trouble(struct sendd *s, const struct err *e)
{
	struct troubles *t = &s->db_troubles;

	if (e == NULL) {
		if (clock_mono_ms() >= s->db_again_ms + DB_CALM_MS &&
		    trouble_ends(t))
			log_notice("database is back");
		return;
	}
	if (trouble_is_new(t, e->text))
		log_err("%s", e->text);
	s->db_again_ms = clock_mono_ms() + DB_PAUSE_MS;
}

/* What operators and callers have changed. A run that is not held back any more
 * may be cancelled: so that list is read later. */
static const struct err *
refresh(struct sendd *s, int64_t now_ms)
{
	const struct err *e;

	s->credentials.refresh_due_ms = now_ms + REFRESH_MS;
	if ((e = credential_refresh(&s->credentials, s->db)) != NULL ||
	    (e = run_paces_read(&s->runs, s->db)) != NULL ||
	    (e = cancelled_refresh(&s->cancelled, s->db)) != NULL)
		return e;
	run_paces_take(&s->runs, (double)s->shards.n_mine / OUTBOX_SHARDS,
	    clock_now_ms(), now_ms);
	return s->errand.send == 0 ? check_look(&s->checker) : NULL;
}

static const struct err *
keep_house(struct sendd *s)
{
	int64_t now = clock_mono_ms();
	const struct err *e = NULL;

	if (now >= s->credentials.refresh_due_ms)
		e = refresh(s, now);
	if (e != NULL || s->errand.send != 0)
		return e;
	if ((e = check_drive(&s->checker)) != NULL ||
	    (e = server_look_again(&s->server)) != NULL)
		return e;
	return maintenance_tick(&s->maintenance, s->stopping);
}

/* Renew the leases with a heartbeat; then write what was counted. */
static const struct err *
keep_leases(struct sendd *s)
{
	struct buf figures = BUF(4096);
	const struct err *e;

	if (s->errand.send != 0 || !leases_are_due(&s->leases))
		return NULL;
	report_figures(&s->reporter, &figures);
	e = leases_tick(&s->leases, buf_str(&figures));
	buf_done(&figures);
	s->stopping |= s->leases.usurped;
	return e != NULL ? e : report_write(&s->reporter);
}

static const struct err *
with_database(struct sendd *s)
{
	const struct err *e;

	if ((e = settle(&s->settler, s->stopping)) != NULL ||
	    (e = keep_leases(s)) != NULL ||
	    (e = errand_tick(&s->errand)) != NULL ||
	    (e = admit(&s->admission, s->stopping)) != NULL ||
	    (e = expand(&s->expander, s->stopping)) != NULL)
		return e;
	return keep_house(s);
}

/* Is there something in the queue for a db_worker that has time? */
static bool
is_held_up(const struct sendd *s)
{
	return (s->queue.aside.n > 0 &&
		   db_worker_is_idle(s->admission.reader)) ||
	    (s->queue.due.n > 0 && db_worker_is_idle(s->expander.worker));
}

/* When the next round has something to do. A db_worker that is busy wakes us
 * when it is done, so only an idle reader makes us wake up to read. */
static int64_t
next_due_ms(const struct sendd *s)
{
	int64_t until = s->leases.due_ms;

	if (s->credentials.refresh_due_ms < until)
		until = s->credentials.refresh_due_ms;
	if (errand_due_ms(&s->errand) < until)
		until = errand_due_ms(&s->errand);
	if (s->stopping || !db_worker_is_idle(s->admission.reader))
		return until;
	return scan_due_ms(&s->scan) < until ? scan_due_ms(&s->scan) : until;
}

static int
wait_ms(struct sendd *s, int wires)
{
	int64_t now = clock_mono_ms(), until = next_due_ms(s);

	if (s->db_again_ms > now)
		until = s->db_again_ms;
	else if (is_held_up(s))
		until = now;
	else if (until > now + 5 && (s->pending.n > 0 ||
	    (scan_has_more(&s->scan, &s->shards) &&
		db_worker_is_idle(s->admission.reader))))
		until = now + 5; /* no room: look again soon */
	if (until - now > wires)
		until = now + wires;
	return until > now ? (int)(until - now) : 0;
}

void
loop_round(struct sendd *s)
{
	int wires;

	if (clock_mono_ms() >= s->db_again_ms)
		log_trouble(s, with_database(s));
	dispatch_sealed(&s->dispatcher);
	if (!s->stopping)
		dispatch(&s->dispatcher);
	wires = wires_tick(&s->credentials.wires);
	poller_run(s->poller, wait_ms(s, wires));
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
