/* SPDX-License-Identifier: MIT */
#include "sendd/report.h"

#include <stdlib.h>
#include <string.h>

#include "db/counter.h"
#include "db/credential_status.h"
#include "lib/clock.h"
#include "lib/json_text.h"
#include "lib/mem.h"

#define STATUS_ROWS 1000 /* in a statement; of the aged, in a heartbeat */

/* Removed and inactive count as failed: their reason tells them apart. What was
 * cancelled is nobody's failure, and what was rehearsed must never look like
 * anything else. */
static const char *const outcome_names[OUTCOME__COUNT] = {
    [OUTCOME_SENT] = "sent", [OUTCOME_FAILED] = "failed",
    [OUTCOME_EXPIRED] = "expired", [OUTCOME_DEFERRED] = "deferred",
    [OUTCOME_REMOVED] = "failed", [OUTCOME_INACTIVE] = "failed",
    [OUTCOME_CANCELLED] = "cancelled",
    [OUTCOME_REHEARSED] = "rehearsed"};

/* A report as a task. Its texts are its own: those of a credential may change
 * while it is written. */
struct report {
	struct db_task task;
	struct reporter *r;
	struct incarnation self;
	struct tallies counts;
	struct counter *counters; /* the same, as they are written */
	size_t n_counters;
	bool counted; /* out: they are written, whatever failed then */
	struct minute_count minutes[MINUTES_MAX];
	size_t n_minutes; /* 0: not this time */
	struct histogram answers[PLATFORM__COUNT]; /* that are in these */
	bool minuted; /* out, likewise */
	struct arena *memory; /* of the texts */
	int64_t made_ms;
	struct credential_status *rows;
	struct credential **of;
	size_t n_rows, size;
};

/* --- the db_worker's part --------------------------------------------- */

static const struct err *
write_report(struct db *db, void *task)
{
	struct report *p = task;
	const struct err *e = counter_add(db, p->counters, p->n_counters);

	p->counted = e == NULL;
	if (e == NULL)
		e = minute_add(db, p->minutes, p->n_minutes);
	p->minuted = e == NULL && p->n_minutes > 0;
	for (size_t i = 0; e == NULL && i < p->n_rows; i += STATUS_ROWS)
		e = credential_status_put(db, &p->self, p->rows + i,
		    p->n_rows - i < STATUS_ROWS ? p->n_rows - i : STATUS_ROWS);
	return e;
}

/* --- counts ----------------------------------------------------------- */

static void
take_counts(struct report *p)
{
	size_t n = 0;

	tallies_take(p->r->tallies, &p->counts);
	p->counters = xcalloc(p->counts.table.n, sizeof *p->counters);
	for (const struct tally *t = p->counts.first; t != NULL;
	    t = t->next, n++)
		p->counters[n] = (struct counter){.app = t->app,
		    .platform = t->platform, .outcome = outcome_names[t->kind],
		    .reason = t->reason, .n = t->n};
	p->n_counters = n;
}

/* Those of earlier reports and of this one; they are written after the
 * counters, so that what is counted again is not told twice. */
static void
take_minutes(struct report *p, bool ending)
{
	const struct figures *f = p->r->figures;
	struct minutes m = p->r->minutes;

	if (!ending && p->made_ms < m.due_ms)
		return;
	minutes_take(&m, &p->counts);
	memcpy(p->answers, f->answers, sizeof p->answers);
	p->n_minutes = minutes_list(&m, f, p->minutes);
}

static void
end_counts(struct report *p)
{
	struct minutes *m = &p->r->minutes;

	if (p->minuted)
		minutes_written(m, p->answers, p->made_ms);
	else if (p->counted)
		minutes_take(m, &p->counts);
	if (!p->counted)
		tallies_return(p->r->tallies, &p->counts);
}

/* --- status ----------------------------------------------------------- */

static const char *
state_name(const struct credential *c)
{
	static const char *const names[] = {[CREDENTIAL_UNKNOWN] = "none",
	    [CREDENTIAL_NONE] = "none", [CREDENTIAL_ASKING] = "asking",
	    [CREDENTIAL_READY] = "ok"};

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

/* One that had another host meanwhile has another status, too. */
static void
mark_written(const struct report *p)
{
	for (size_t i = 0; i < p->n_rows; i++) {
		struct credential *c = p->of[i];
		const char *host = c->host != NULL ? c->host : "";

		if (strcmp(host, p->rows[i].host) == 0)
			status_report_written(&c->told->reported, &p->rows[i],
			    p->made_ms);
	}
}

static const char *
keep_word(struct report *p, const char *text)
{
	return arena_text(p->memory, text, strlen(text));
}

static void
add_row(struct report *p, struct credential *c,
    const struct credential_status *s)
{
	struct credential_status *row;

	if (p->n_rows == p->size) {
		p->size = p->size > 0 ? 2 * p->size : 64;
		p->rows = xrealloc(p->rows, p->size * sizeof *p->rows);
		p->of = xrealloc(p->of, p->size * sizeof(struct credential *));
	}
	p->of[p->n_rows] = c;
	row = &p->rows[p->n_rows++];
	*row = *s;
	row->reason = keep_word(p, s->reason);
	row->host = keep_word(p, s->host);
}

/* What is only aged is written within room; whoever finds none is the first
 * one of the next heartbeat. */
static void
report_status(struct report *p, struct credential *c, size_t *room)
{
	struct credential_status s = status_of(c);
	enum status_need need = status_report_need(&c->told->reported, &s,
	    p->made_ms);

	if (c->state == CREDENTIAL_UNKNOWN || need == STATUS_CURRENT)
		return;
	if (need == STATUS_AGED && *room == 0) {
		if (p->r->next == NULL)
			p->r->next = c;
		return;
	}
	*room -= need == STATUS_AGED;
	add_row(p, c, &s);
}

/* News are written at once. Of the rest a heartbeat writes only so much that
 * its cost does not grow with the number of credentials. */
static void
take_status(struct report *p)
{
	struct credential *first = p->r->credentials->first;
	struct credential *begin = p->r->next != NULL ? p->r->next : first;
	struct credential *c = begin;
	size_t room = STATUS_ROWS;

	p->r->next = NULL;
	while (c != NULL) {
		report_status(p, c, &room);
		c = c->next != NULL ? c->next : first;
		if (c == begin)
			break;
	}
}

/* --- the task --------------------------------------------------------- */

static const struct err *
end_report(void *task, const struct err *e)
{
	struct report *p = task;

	p->r->writing = false;
	if (e == NULL)
		mark_written(p);
	end_counts(p);
	tallies_done(&p->counts);
	arena_free(p->memory);
	free(p->counters);
	free(p->rows);
	free(p->of);
	free(p);
	return e;
}

static void
give_report(struct reporter *r, bool status, bool ending)
{
	struct report *p;

	if (r->writing)
		return;
	p = xcalloc(1, sizeof *p);
	p->task.work = write_report;
	p->task.done = end_report;
	p->r = r;
	p->self = r->identity->self;
	p->memory = arena_new();
	p->made_ms = clock_mono_ms();
	take_counts(p);
	take_minutes(p, ending);
	if (status)
		take_status(p);
	r->writing = true;
	db_tasks_give(r->tasks, &p->task);
}

void
report_write(struct reporter *r, bool ending)
{
	give_report(r, true, ending);
}

void
report_counts(struct reporter *r, bool ending)
{
	give_report(r, false, ending);
}

/* --- figures ---------------------------------------------------------- */

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
	    {"expired", f->expired}, {"cancelled", f->cancelled},
	    {"deferred", f->deferred}, {"rehearsed", f->rehearsed},
	    {"gone", f->gone}, {"lost", f->lost}, {"inHand", r->queue->n},
	    {"inFlight", r->queue->in_flight},
	    {"unread", r->overdue->missed}, {"loops", f->loops},
	    {"cutOffs", r->cut_off->times},
	    {"cutOffSeconds", r->cut_off->total_ms / 1000}};
	struct pool_stats w;

	wires_stats(&r->credentials->wires, &w);
	(void)buf_text(into, "{");
	for (size_t i = 0; i < nitems(all); i++)
		(void)buf_fmt(into, "\"%s\":%llu,", all[i].name,
		    (unsigned long long)all[i].value);
	(void)buf_text(into, "\"version\":\"" OUTPOST_VERSION "\"");
	json_put_text(into, "node", r->node);
	(void)buf_fmt(into, ",\"nodeAheadMs\":%lld,\"clockAheadMs\":%lld,",
	    (long long)*r->skew_ms, (long long)clock_ahead_ms());
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
	node_clocks_write(r->clocks, into);
	put_histograms(f->answers, &histogram_answers, into);
	put_histograms(f->tries, &histogram_tries, into);
	(void)buf_text(into, "}");
}
