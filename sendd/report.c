/* SPDX-License-Identifier: MIT */
#include "sendd/report.h"

#include <stdlib.h>
#include <string.h>

#include "db/counter.h"
#include "db/credential_status.h"
#include "lib/clock.h"
#include "lib/mem.h"

/* Removed and inactive count as failed: their reason tells them apart. */
static const char *const outcome_names[OUTCOME__COUNT] = {
    [OUTCOME_SENT] = "sent", [OUTCOME_FAILED] = "failed",
    [OUTCOME_EXPIRED] = "expired", [OUTCOME_DEFERRED] = "deferred",
    [OUTCOME_REMOVED] = "failed", [OUTCOME_INACTIVE] = "failed"};

static const struct err *
write_counters(struct reporter *r)
{
	struct counter *list = xcalloc(r->tallies->table.n, sizeof *list);
	const struct err *e;
	size_t n = 0;

	for (const struct tally *t = r->tallies->first; t != NULL; t = t->next)
		list[n++] = (struct counter){.app = t->app,
		    .platform = t->platform, .outcome = outcome_names[t->kind],
		    .reason = t->reason, .n = t->n};
	e = counter_add(r->db, list, n);
	free(list);
	if (e == NULL)
		tallies_clear(r->tallies);
	return e;
}

static const char *
state_name(const struct credential *c)
{
	static const char *const names[] = {[CREDENTIAL_NONE] = "none",
	    [CREDENTIAL_ASKING] = "asking", [CREDENTIAL_READY] = "ok"};

	return c->operator_hold || c->pace.suspended || c->unusable
		   ? "held"
		   : names[c->state];
}

static const struct err *
write_health(struct reporter *r)
{
	const struct err *e;
	struct credential_status *list;
	size_t n = 0, size = 0;

	for (struct credential *c = r->credentials->first; c != NULL;
	     c = c->next)
		size++;
	list = xcalloc(size, sizeof *list);
	for (struct credential *c = r->credentials->first; c != NULL;
	     c = c->next)
		list[n++] = (struct credential_status){.app = c->app,
		    .platform = c->provider->platform,
		    .environment = c->environment,
		    .state = state_name(c),
		    .reason = c->operator_hold ? "held by an operator" : c->why,
		    .until_ms = c->pace.suspended ? credential_pause_ms(c) : 0,
		    .accepted = c->guard.accepted,
		    .suspects = c->guard.suspects,
		    .gone = c->guard.gone};
	e = credential_status_put(r->db, r->identity->self.name, list, n);
	free(list);
	return e;
}

const struct err *
report_write(struct reporter *r)
{
	const struct err *e = write_counters(r);

	return e != NULL ? e : write_health(r);
}

static void
add_wires(const struct reporter *r, struct pool_stats *sum)
{
	memset(sum, 0, sizeof *sum);
	for (struct credential *c = r->credentials->first; c != NULL;
	     c = c->next) {
		struct pool_stats one;

		if (c->origin.host[0] == '\0')
			continue;
		pool_stats(credential_pool(r->credentials, c), &one);
		sum->connections += one.connections;
		sum->connects += one.connects;
		sum->connect_failures += one.connect_failures;
		sum->goaways += one.goaways;
		sum->resets += one.resets;
		sum->timeouts += one.timeouts;
	}
}

static void
put_histograms(const struct histogram *list, const struct histogram_kind *k,
    struct buf *into)
{
	(void)buf_fmt(into, ",\"%s\":{", k->member);
	for (unsigned p = 0; p < PLATFORM__COUNT; p++) {
		(void)buf_fmt(into, "%s\"%s\":", p == 0 ? "" : ",",
		    providers[p]->name);
		histogram_write(&list[p], k, into);
	}
	(void)buf_text(into, "}");
}

void
report_figures(const struct reporter *r, struct buf *into)
{
	const struct figures *f = r->figures;
	const struct {
		const char *name;
		uint64_t value;
	} all[] = {{"sent", f->sent}, {"failed", f->failed},
	    {"expired", f->expired}, {"deferred", f->deferred},
	    {"gone", f->gone}, {"lost", f->lost}, {"inHand", r->queue->n},
	    {"inFlight", r->queue->in_flight},
	    {"unread", r->overdue->missed}, {"loops", f->loops}};
	struct pool_stats w;

	add_wires(r, &w);
	(void)buf_text(into, "{");
	for (size_t i = 0; i < nitems(all); i++)
		(void)buf_fmt(into, "\"%s\":%llu,", all[i].name,
		    (unsigned long long)all[i].value);
	(void)buf_fmt(into, "\"clockAheadMs\":%lld,",
	    (long long)clock_ahead_ms());
	(void)buf_fmt(into, "\"connections\":%u,\"connects\":%llu,"
	    "\"connectFailures\":%llu,\"goaways\":%llu,\"resets\":%llu,"
	    "\"timeouts\":%llu", w.connections,
	    (unsigned long long)w.connects,
	    (unsigned long long)w.connect_failures,
	    (unsigned long long)w.goaways, (unsigned long long)w.resets,
	    (unsigned long long)w.timeouts);
	put_histograms(f->answers, &histogram_answers, into);
	put_histograms(f->tries, &histogram_tries, into);
	(void)buf_text(into, "}");
}
