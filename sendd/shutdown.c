/* SPDX-License-Identifier: MIT */
#include "sendd/shutdown.h"

#include "lib/clock.h"
#include "lib/log.h"
#include "sendd/loop.h"

#define DRAIN_MS 8000 /* at the end requests may take up to this long */
#define WRITE_MS 40000 /* what was answered may be written for so long */
#define LEAVE_MS 6000 /* and the database, for what is written last */
#define POLL_MS 100

static bool
is_drained(const struct sendd *s)
{
	return s->queue.in_flight == 0 && settle_is_empty(&s->settler) &&
	    db_worker_is_idle(s->admission.reader) &&
	    db_worker_is_idle(s->expander.worker) &&
	    maintenance_is_idle(&s->maintenance);
}

/* An outcome that is given up is a message that is sent again. That is not to
 * be done while its lease is held: MariaDB answers, and some row is locked or
 * the disk is slow. */
static bool
may_write(const struct sendd *s, int64_t now_ms, int64_t until_ms)
{
	return now_ms < until_ms && !settle_is_empty(&s->settler) &&
	    shards_mask(&s->shards, now_ms) != 0;
}

/* Send nothing new: wait for the requests in flight, and write their outcomes.
 * Waiting items stay in the database. */
static void
drain(struct sendd *s)
{
	int64_t now = clock_mono_ms();
	int64_t until = now + DRAIN_MS, last = now + WRITE_MS;

	if (s->errand.for_ms > 0 && until > s->errand.end_ms)
		until = last = s->errand.end_ms;
	queue_drop_waiting(&s->queue);
	while (!is_drained(s) && (now < until || may_write(s, now, last))) {
		loop_round(s);
		queue_drop_waiting(&s->queue);
		now = clock_mono_ms();
	}
	if (!settle_is_empty(&s->settler))
		log_warn("some outcomes are not written: these messages are "
		    "sent again");
}

static void
run_tasks(struct sendd *s)
{
	const struct err *e = leases_run(&s->leases);

	if (e != NULL)
		log_warn("cannot give the shards back: %s", e->text);
	if ((e = db_tasks_run(&s->house)) != NULL)
		log_warn("cannot write what was counted: %s", e->text);
}

/* Until none of them is left, or that moment. */
static void
finish_tasks(struct sendd *s, const struct db_tasks *l, int64_t until)
{
	run_tasks(s);
	while (db_tasks_are_left(l) && clock_mono_ms() < until) {
		poller_run(s->poller, POLL_MS);
		run_tasks(s);
	}
}

/* At the end of the process: release the leases and write the counts. What is
 * under way comes first: a look at the leases may still take some, and a report
 * has only what was counted when it was made. */
static void
leave(struct sendd *s)
{
	int64_t until = clock_mono_ms() + LEAVE_MS;

	finish_tasks(s, &s->leases.tasks, until);
	leases_leave(&s->leases);
	finish_tasks(s, &s->house, until);
	if (s->errand.send != 0)
		report_counts(&s->reporter, true);
	else
		report_write(&s->reporter, true);
	finish_tasks(s, &s->house, until);
	finish_tasks(s, &s->leases.tasks, until);
}

void
shutdown_run(struct sendd *s)
{
	log_notice("stopping: %u in flight", s->queue.in_flight);
	drain(s);
	leave(s);
	log_notice("stopped: sent=%llu failed=%llu deferred=%llu left=%u",
	    (unsigned long long)s->figures.sent,
	    (unsigned long long)s->figures.failed,
	    (unsigned long long)s->figures.deferred, s->queue.in_flight);
}
