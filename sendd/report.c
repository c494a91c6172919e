/* SPDX-License-Identifier: MIT */
#include "sendd/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/counter.h"
#include "db/credential_status.h"
#include "lib/clock.h"
#include "lib/mem.h"
#include "lib/text.h"

/* Reasons are strangers' words: so many of an application's with a provider
 * between two reports, and so many of all; the rest is "other". */
#define REASONS_MAX COUNTER_REASONS
#define TALLIES_MAX 4096
#define OTHER "other"

/* The reason tells more. */
static const char *const outcome_names[OUTCOME__COUNT] = {
    [OUTCOME_SENT] = "sent", [OUTCOME_FAILED] = "failed",
    [OUTCOME_EXPIRED] = "expired", [OUTCOME_DEFERRED] = "deferred",
    [OUTCOME_REMOVED] = "failed", [OUTCOME_INACTIVE] = "failed"};

static bool
is_tally(const struct tally *t, const struct tally *like)
{
	return t->app == like->app && t->platform == like->platform &&
	    t->kind == like->kind && strcmp(t->reason, like->reason) == 0;
}

/* l->latest is its place, or the end. False: so many of the application's with
 * the provider are there that a further one is too many. */
static bool
look_up(struct tallies *l, const struct tally *like)
{
	unsigned reasons = 0;

	/* most outcomes are like the one before */
	if (l->latest < l->n && is_tally(&l->list[l->latest], like))
		return true;
	for (l->latest = 0; l->latest < l->n; l->latest++) {
		const struct tally *t = &l->list[l->latest];

		if (is_tally(t, like))
			return true;
		reasons += t->app == like->app &&
		    t->platform == like->platform;
	}
	return reasons < REASONS_MAX && l->n < TALLIES_MAX;
}

static struct tally *
find(struct tallies *l, struct tally *like)
{
	if (!look_up(l, like)) {
		memcpy(like->reason, OTHER, sizeof OTHER);
		(void)look_up(l, like); /* there is always room for it */
	}
	if (l->latest == l->n) {
		l->list = xrealloc(l->list, (l->n + 1) * sizeof *l->list);
		l->list[l->n++] = *like;
	}
	return &l->list[l->latest];
}

/* What is counted by has no sizes and other numbers in its sentences: those are
 * for the log and the message. A code alone is a provider's word, and of HTTP
 * statuses there are few. */
static void
count_by(const char *reason, char out[80])
{
	bool sentence = strchr(reason, ' ') != NULL &&
	    !text_starts(reason, "HTTP ");
	size_t n = 0;

	for (; *reason != '\0' && n < 79; reason++) {
		bool digit = *reason >= '0' && *reason <= '9';

		if (!sentence || !digit)
			out[n++] = *reason;
		else if (n == 0 || out[n - 1] != '#')
			out[n++] = '#';
	}
	out[n] = '\0';
	if (*reason != '\0')
		(void)snprintf(out, 80, OTHER);
}

void
report_count(struct sendd *s, const struct outcome *o)
{
	unsigned platform = o->row.platform;
	struct tally like = {.app = o->row.app, .platform = platform,
	    .kind = o->kind};

	count_by(o->reason != NULL ? o->reason : "", like.reason);
	find(&s->tallies, &like)->n++;
	if (o->kind != OUTCOME_DEFERRED && platform < PLATFORM__COUNT)
		histogram_add(&s->figures.tries[platform], &histogram_tries,
		    (int64_t)o->row.attempts + o->counted);
}

static const struct err *
write_counters(struct sendd *s)
{
	struct counter *list = xcalloc(s->tallies.n, sizeof *list);
	const struct err *e;
	size_t n = 0;

	for (size_t i = 0; i < s->tallies.n; i++) {
		const struct tally *t = &s->tallies.list[i];

		if (t->n == 0)
			continue;
		list[n] = (struct counter){.app = t->app,
		    .platform = t->platform, .outcome = outcome_names[t->kind],
		    .reason = t->reason, .n = t->n};
		n++;
	}
	e = counter_add(s->db, list, n);
	free(list);
	if (e == NULL)
		s->tallies.n = 0;
	return e;
}

static const char *
state_name(const struct credential *c)
{
	static const char *const names[] = {[CREDENTIAL_NONE] = "none",
	    [CREDENTIAL_ASKING] = "asking", [CREDENTIAL_READY] = "ok",
	    [CREDENTIAL_SUSPENDED] = "held"};

	return c->operator_hold || c->unusable ? "held" : names[c->state];
}

static const struct err *
write_health(struct sendd *s)
{
	const struct err *e;
	struct credential_status *list;
	size_t n = 0, size = 0;

	for (struct credential *c = s->credentials.first; c != NULL;
	     c = c->next)
		size++;
	list = xcalloc(size, sizeof *list);
	for (struct credential *c = s->credentials.first; c != NULL;
	     c = c->next)
		list[n++] = (struct credential_status){.app = c->app,
		    .platform = c->provider->platform,
		    .environment = c->environment, .state = state_name(c),
		    .reason = c->operator_hold ? "held by an operator" : c->why,
		    .until_ms = c->state == CREDENTIAL_SUSPENDED
			? credential_pause_ms(c)
			: 0,
		    .accepted = c->accepted, .suspects = c->suspects,
		    .gone = c->gone};
	e = credential_status_put(s->db, s->self.name, list, n);
	free(list);
	return e;
}

const struct err *
report_write(struct sendd *s)
{
	const struct err *e = write_counters(s);

	return e != NULL ? e : write_health(s);
}

static void
add_wires(struct sendd *s, struct pool_stats *sum)
{
	memset(sum, 0, sizeof *sum);
	for (struct credential *c = s->credentials.first; c != NULL;
	     c = c->next) {
		struct pool_stats one;

		if (c->origin.host[0] == '\0')
			continue;
		pool_stats(credential_pool(&s->credentials, c), &one);
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
report_figures(struct sendd *s, struct buf *into)
{
	const struct figures *f = &s->figures;
	const struct {
		const char *name;
		uint64_t value;
	} all[] = {{"sent", f->sent}, {"failed", f->failed},
	    {"expired", f->expired}, {"deferred", f->deferred},
	    {"gone", f->gone}, {"lost", f->lost}, {"inHand", s->queue.n},
	    {"inFlight", s->queue.in_flight},
	    {"unread", s->overdue.missed}, {"loops", f->loops}};
	struct pool_stats w;

	add_wires(s, &w);
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

void
report_done(struct sendd *s)
{
	free(s->tallies.list);
}
