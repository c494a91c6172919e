/* SPDX-License-Identifier: MIT */
/* Metrics for Prometheus. All but those of the responder itself come from the
 * database, so each responder on each machine returns the same ones; calls are
 * counted by machine. */
#include "fcgi/handlers.h"

#include "lib/clock.h"

#include "fcgi/call.h"
#include "fcgi/metrics.h"

#define TYPE "text/plain; version=0.0.4; charset=utf-8"

static const struct err *
collect_metrics(struct call *c, struct metrics *m)
{
	const struct err *e;

	m->now_ms = clock_now_ms();
	m->program = "push";
	m->load = c->worker->load;
	m->counters_dir = c->settings->api.counters;
	m->ahead_ms = clock_ahead_ms();
	m->lease_ms = c->settings->sendd.lease_ms;
	if ((e = counter_list(c->db, c->mem, &m->counters, &m->n_counters)) !=
		NULL ||
	    (e = outbox_depth(c->db, c->mem, &m->depths, &m->n_depths)) !=
		NULL ||
	    (e = credential_status_list(
		 c->db, c->mem, &m->healths, &m->n_healths)) != NULL ||
	    (e = hold_list(c->db, c->mem, &m->holds, &m->n_holds)) != NULL)
		return e;
	return instance_list(c->db, c->mem, &m->instances, &m->n_instances);
}

const struct err *
on_metrics(struct call *c)
{
	struct metrics m = {0};
	struct buf *b = reply_buf(c);
	const struct err *e;

	if ((e = collect_metrics(c, &m)) != NULL)
		return e;
	metrics_write(&m, c->mem, b);
	return reply_buffered(c, 200, TYPE, b);
}
