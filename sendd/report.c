/* SPDX-License-Identifier: MIT */
#include "sendd/report.h"

#include <stdlib.h>

#include "db/counter.h"
#include "db/credential_status.h"
#include "lib/clock.h"
#include "lib/json_text.h"
#include "lib/mem.h"

#define STATUS_ROWS 1000 /* in a statement; of the aged, in a heartbeat */

/* Removed and inactive count as failed: their reason tells them apart. What was
 * rehearsed must never look like anything else. */
static const char *const outcome_names[OUTCOME__COUNT] = {
    [OUTCOME_SENT] = "sent", [OUTCOME_FAILED] = "failed",
    [OUTCOME_EXPIRED] = "expired", [OUTCOME_DEFERRED] = "deferred",
    [OUTCOME_REMOVED] = "failed", [OUTCOME_INACTIVE] = "failed",
    [OUTCOME_CANCELLED] = "failed",
    [OUTCOME_REHEARSED] = "rehearsed"};

const struct err *
report_counts(struct reporter *r)
{
	struct counter *list = xcalloc(r->tallies->table.n, sizeof *list);
	const struct err *e;
	size_t n = 0;

	for (const struct tally *t = r->tallies->first; t != NULL;
	    t = t->next, n++)
		list[n] = (struct counter){.app = t->app,
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

static struct credential_status
status_of(const struct credential *c)
{
	return (struct credential_status){.app = c->app,
	    .platform = c->provider->platform,
	    .environment = c->environment,
	    .state = state_name(c),
	    .reason = credential_held_why(c),
	    .until_ms = c->pace.suspended ? credential_pause_ms(c) : 0,
	    .accepted = c->guard.accepted,
	    .suspects = c->guard.suspects,
	    .gone = c->guard.gone,
	    .host = c->host != NULL ? c->host : ""};
}

/* The rows of one statement. */
struct status_rows {
	struct credential_status list[STATUS_ROWS];
	struct credential *of[STATUS_ROWS];
	size_t n;
};

static const struct err *
write_rows(struct reporter *r, struct status_rows *rows, int64_t now_ms)
{
	const struct err *e = credential_status_put(r->db, &r->identity->self,
	    rows->list, rows->n);

	for (size_t i = 0; e == NULL && i < rows->n; i++)
		status_report_written(&rows->of[i]->told->reported,
		    &rows->list[i], now_ms);
	rows->n = 0;
	return e;
}

/* What is only aged is written within room; whoever finds none is the first
 * one of the next heartbeat. */
static const struct err *
report_status(struct reporter *r, struct credential *c,
    struct status_rows *rows, size_t *room, int64_t now_ms)
{
	struct credential_status s = status_of(c);
	enum status_need need = status_report_need(&c->told->reported, &s,
	    now_ms);

	if (need == STATUS_AGED && *room == 0 && r->next == NULL)
		r->next = c;
	if (need == STATUS_CURRENT || (need == STATUS_AGED && *room == 0))
		return NULL;
	*room -= need == STATUS_AGED;
	rows->of[rows->n] = c;
	rows->list[rows->n++] = s;
	return rows->n == STATUS_ROWS ? write_rows(r, rows, now_ms) : NULL;
}

/* News are written at once. Of the rest a heartbeat writes only so much that
 * its cost does not grow with the number of credentials. */
static const struct err *
write_status(struct reporter *r)
{
	struct credential *first = r->credentials->first;
	struct credential *begin = r->next != NULL ? r->next : first;
	struct status_rows *rows = xcalloc(1, sizeof *rows);
	int64_t now_ms = clock_mono_ms();
	size_t room = STATUS_ROWS;
	const struct err *e = NULL;
	struct credential *c = begin;

	r->next = NULL;
	while (e == NULL && c != NULL) {
		e = report_status(r, c, rows, &room, now_ms);
		c = c->next != NULL ? c->next : first;
		if (c == begin)
			break;
	}
	if (e == NULL)
		e = write_rows(r, rows, now_ms);
	free(rows);
	return e;
}

const struct err *
report_write(struct reporter *r)
{
	const struct err *e = report_counts(r);

	return e != NULL ? e : write_status(r);
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
	    {"rehearsed", f->rehearsed},
	    {"gone", f->gone}, {"lost", f->lost}, {"inHand", r->queue->n},
	    {"inFlight", r->queue->in_flight},
	    {"unread", r->overdue->missed}, {"loops", f->loops}};
	struct pool_stats w;

	wires_stats(&r->credentials->wires, &w);
	(void)buf_text(into, "{");
	for (size_t i = 0; i < nitems(all); i++)
		(void)buf_fmt(into, "\"%s\":%llu,", all[i].name,
		    (unsigned long long)all[i].value);
	(void)buf_text(into, "\"version\":\"" OUTPOST_VERSION "\"");
	json_put_text(into, "node", db_where(r->db));
	(void)buf_fmt(into, ",\"clockAheadMs\":%lld,",
	    (long long)clock_ahead_ms());
	(void)buf_fmt(into, "\"connections\":%u,\"connects\":%llu,"
	    "\"connectFailures\":%llu,\"goaways\":%llu,\"resets\":%llu,"
	    "\"timeouts\":%llu", w.connections,
	    (unsigned long long)w.connects,
	    (unsigned long long)w.connect_failures,
	    (unsigned long long)w.goaways, (unsigned long long)w.resets,
	    (unsigned long long)w.timeouts);
	if (doorbell_server_far(r->doorbell) != NULL)
		(void)buf_fmt(into, ",\"doorbell\":\"%s\"",
		    doorbell_server_far(r->doorbell));
	put_histograms(f->answers, &histogram_answers, into);
	put_histograms(f->tries, &histogram_tries, into);
	(void)buf_text(into, "}");
}
