/* SPDX-License-Identifier: MIT */
#include "fcgi/metrics.h"

#include <stdbool.h>
#include <string.h>

#include "lib/json.h"
#include "lib/mem.h"

#include "push/provider.h"

#include "core/histogram.h"

#include "fcgi/call_counters.h"
#include "fcgi/metrics_text.h"

/* name{app="...",provider="..." */
static void
open_row(struct buf *b, const char *name, const char *app, unsigned platform)
{
	(void)buf_fmt(b, "outpost_%s", name);
	metrics_label(b, '{', "app", app);
	metrics_label(b, ',', "provider", provider_name_of(platform));
}

/* --- outcomes and queue ----------------------------------------------- */

static void
write_outcomes(const struct metrics *m, struct buf *b)
{
	metrics_head(b, "outcomes_total", "counter",
	    "What became of messages to single devices.");
	for (size_t i = 0; i < m->n_counters; i++) {
		const struct counter *c = &m->counters[i];

		open_row(b, "outcomes_total", c->app_id, c->platform);
		metrics_label(b, ',', "outcome", c->outcome);
		metrics_label(b, ',', "reason", c->reason);
		metrics_value(b, c->n);
	}
}

static uint64_t
depth_of(const struct metrics *m, const struct outbox_depth *d)
{
	(void)m;
	return d->rows;
}

static uint64_t
retried_of(const struct metrics *m, const struct outbox_depth *d)
{
	(void)m;
	return d->retried;
}

static uint64_t
age_of(const struct metrics *m, const struct outbox_depth *d)
{
	int64_t age = m->now_ms - d->oldest_ms;

	return age > 0 ? (uint64_t)age / 1000 : 0;
}

static const struct {
	const char *name, *help;
	uint64_t (*value)(const struct metrics *, const struct outbox_depth *);
} queue_rows[] = {
	/* clang-format off */
	{"queue_depth", "Rows of the outbox.", depth_of},
	{"queue_retried", "Rows of the outbox that were tried before.",
	    retried_of},
	{"queue_oldest_seconds", "Age of the oldest row of the outbox.",
	    age_of},
	/* clang-format on */
};

static void
write_queue(const struct metrics *m, struct buf *b)
{
	for (size_t r = 0; r < nitems(queue_rows); r++) {
		metrics_head(b, queue_rows[r].name, "gauge",
		    queue_rows[r].help);
		for (size_t i = 0; i < m->n_depths; i++) {
			const struct outbox_depth *d = &m->depths[i];

			open_row(b, queue_rows[r].name, d->app_id,
			    d->platform);
			metrics_label(b, ',', "lane", d->lane == 0 ? "0" : "1");
			metrics_value(b, queue_rows[r].value(m, d));
		}
	}
}

/* --- holds ------------------------------------------------------------ */

static bool
same_credential(const struct credential_status *a,
    const struct credential_status *b)
{
	return a->platform == b->platform &&
	    strcmp(a->app_id, b->app_id) == 0 && strcmp(a->host, b->host) == 0;
}

/* The credentials of an application at one host, if the provider has many. */
static void
open_host_row(struct buf *b, const char *name, const char *app,
    unsigned platform, const char *host)
{
	open_row(b, name, app, platform);
	if (host[0] != '\0')
		metrics_label(b, ',', "host", host);
}

/* A credential counts as held when one sendd holds it, in any environment of
 * APNs. */
static void
write_holds(const struct metrics *m, struct buf *b)
{
	metrics_head(b, "hold", "gauge", "1 while a credential is held back.");
	for (size_t i = 0, k; i < m->n_healths; i = k) {
		bool held = false;

		for (k = i; k < m->n_healths &&
			    same_credential(&m->healths[i], &m->healths[k]);
		     k++)
			held |= credential_status_is_held(
			    &m->healths[k], m->lease_ms, m->now_ms);
		open_host_row(b, "hold", m->healths[i].app_id,
		    m->healths[i].platform, m->healths[i].host);
		metrics_value(b, held);
	}
	metrics_head(b, "operator_hold", "gauge",
	    "1 while an operator holds an application or provider back.");
	for (size_t i = 0; i < m->n_holds; i++) {
		open_host_row(b, "operator_hold", m->holds[i].app_id,
		    m->holds[i].platform, m->holds[i].host);
		metrics_value(b, 1);
	}
}

/* --- sendd ------------------------------------------------------------ */

/* Members of the figures that each sendd writes with its heartbeat. Its
 * counters start from 0 with the process. */
static const struct {
	const char *member, *name, *type, *help;
} figures[] = {
	/* clang-format off */
	{"inHand", "sendd_in_hand", "gauge", "Rows in memory."},
	{"inFlight", "sendd_in_flight", "gauge", "Requests without answer yet."},
	{"unread", "sendd_unread", "gauge", "Lanes of its shards with a row that is due and is passed over."},
	{"connections", "sendd_connections", "gauge", "Open connections."},
	{"sent", "sendd_sent_total", "counter", "Accepted by a provider."},
	{"failed", "sendd_failed_total", "counter", "Refused for good."},
	{"expired", "sendd_expired_total", "counter", "Not sent in time."},
	{"cancelled", "sendd_cancelled_total", "counter", "Cancelled before they were sent."},
	{"deferred", "sendd_deferred_total", "counter", "Put off to a later try."},
	{"gone", "sendd_gone_total", "counter", "Devices put into quarantine."},
	{"lost", "sendd_lost_total", "counter", "Batches fenced off by another owner."},
	{"connects", "sendd_connects_total", "counter", "Connections made."},
	{"connectFailures", "sendd_connect_failures_total", "counter", "Connections that failed."},
	{"goaways", "sendd_goaways_total", "counter", "GOAWAY frames received."},
	{"resets", "sendd_resets_total", "counter", "Streams reset by the provider."},
	{"timeouts", "sendd_timeouts_total", "counter", "Requests without an answer in time."},
	{"starts", "sendd_starts_total", "counter", "Starts, since its name is known."},
	{"cutOffs", "sendd_cut_offs_total", "counter", "How often its database did not answer."},
	{"cutOffSeconds", "sendd_cut_off_seconds_total", "counter", "How long its database did not answer."},
	{"loops", "sendd_loops_total", "counter", "Rounds of the main loop."},
	/* clang-format on */
};

static bool
is_up(const struct metrics *m, const struct instance *i)
{
	return i->now_ms - i->seen_ms <= m->lease_ms;
}

static void
instance_row(struct buf *b, const char *name, const struct instance *i)
{
	(void)buf_fmt(b, "outpost_%s", name);
	metrics_label(b, '{', "instance", i->name);
}

static struct json **
parse_figures(const struct metrics *m, struct arena *a)
{
	struct json **parsed = arena_zero(a, m->n_instances * sizeof *parsed);

	for (size_t i = 0; i < m->n_instances; i++) {
		const char *text = m->instances[i].figures;

		if (text == NULL || json_parse(a, text, strlen(text),
			INSTANCE_FIGURES_DEPTH, &parsed[i]) != NULL)
			parsed[i] = NULL;
	}
	return parsed;
}

static void
write_figures(const struct metrics *m, struct json *const *parsed,
    struct buf *b)
{
	for (size_t f = 0; f < nitems(figures); f++) {
		metrics_head(b, figures[f].name, figures[f].type,
		    figures[f].help);
		for (size_t i = 0; i < m->n_instances; i++) {
			const struct json *j = json_get(parsed[i],
			    figures[f].member);

			/* ignore holds of instances whose lease has expired;
			 * their counters stay */
			if (j == NULL || (!is_up(m, &m->instances[i]) &&
				strcmp(figures[f].type, "gauge") == 0))
				continue;
			instance_row(b, figures[f].name, &m->instances[i]);
			metrics_value(b, (uint64_t)json_int(j, 0));
		}
	}
}

/* The bounds of a kind as the label le shows them, and the sum's unit. */
static const struct {
	const struct histogram_kind *kind;
	const char *name, *help;
	double unit;
	const char *le[HISTOGRAM_MAX];
} histograms[] = {
	/* clang-format off */
	{&histogram_answers, "answer_seconds",
	    "From a request to a provider to its whole answer.", 1e6,
	    {"0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10", "+Inf"}},
	{&histogram_tries, "tries",
	    "Tries that finished messages to single devices took.", 1,
	    {"1", "2", "3", "5", "10", "+Inf"}},
	/* clang-format on */
};

static void
histogram_row(struct buf *b, size_t f, const char *suffix,
    const struct instance *i, unsigned platform)
{
	(void)buf_fmt(b, "outpost_%s%s", histograms[f].name, suffix);
	metrics_label(b, '{', "instance", i->name);
	metrics_label(b, ',', "provider", provider_name_of(platform));
}

/* Buckets are cumulative: each includes the counts of the smaller ones. */
static void
write_histogram(struct buf *b, size_t f, const struct instance *i,
    unsigned platform, const struct histogram *h)
{
	uint64_t n = 0;

	for (unsigned k = 0; k < histograms[f].kind->n; k++) {
		histogram_row(b, f, "_bucket", i, platform);
		metrics_label(b, ',', "le", histograms[f].le[k]);
		metrics_value(b, n += h->n[k]);
	}
	histogram_row(b, f, "_sum", i, platform);
	(void)buf_fmt(b, "} %.15g\n", (double)h->sum / histograms[f].unit);
	histogram_row(b, f, "_count", i, platform);
	metrics_value(b, n);
}

static void
write_histograms(const struct metrics *m, struct json *const *parsed,
    struct buf *b)
{
	for (size_t f = 0; f < nitems(histograms); f++) {
		const struct histogram_kind *k = histograms[f].kind;

		metrics_head(b, histograms[f].name, "histogram",
		    histograms[f].help);
		for (size_t i = 0; i < m->n_instances; i++)
			for (unsigned p = 0; p < PLATFORM__COUNT; p++) {
				struct histogram h;

				if (histogram_read(json_get(json_get(parsed[i],
					k->member), providers[p]->name), k, &h))
					write_histogram(b, f,
					    &m->instances[i], p, &h);
			}
	}
}

static void
write_instances(const struct metrics *m, struct buf *b)
{
	metrics_head(b, "sendd_up", "gauge",
	    "1 while a sendd was seen within a lease, 0 for a day after.");
	for (size_t i = 0; i < m->n_instances; i++) {
		const struct instance *s = &m->instances[i];

		instance_row(b, "sendd_up", s);
		metrics_value(b, is_up(m, s));
	}
	metrics_head(b, "sendd_last_loop_seconds", "gauge",
	    "Age of a sendd's last heartbeat.");
	for (size_t i = 0; i < m->n_instances; i++) {
		const struct instance *s = &m->instances[i];
		int64_t age = s->now_ms - s->seen_ms;

		instance_row(b, "sendd_last_loop_seconds", s);
		(void)buf_fmt(b, "} %.3f\n", age > 0 ? (double)age / 1000 : 0);
	}
	metrics_head(b, "sendd_shards", "gauge",
	    "Shards of the outbox it leases.");
	for (size_t i = 0; i < m->n_instances; i++) {
		instance_row(b, "sendd_shards", &m->instances[i]);
		metrics_value(b, m->instances[i].shards);
	}
}

static void
clock_row(struct buf *b, const char *program, const char *instance,
    int64_t ahead_ms)
{
	(void)buf_text(b, "outpost_clock_offset_seconds");
	metrics_label(b, '{', "program", program);
	metrics_label(b, ',', "instance", instance);
	(void)buf_fmt(b, "} %.3f\n", (double)ahead_ms / 1000);
}

/* The clock offset of each sendd that reports it, and of the responder that
 * serves this call. */
static void
write_clocks(const struct metrics *m, struct json *const *parsed,
    struct buf *b)
{
	metrics_head(b, "clock_offset_seconds", "gauge",
	    "How far a machine's clock is ahead of the database's.");
	for (size_t i = 0; i < m->n_instances; i++) {
		const struct json *j = json_get(parsed[i], "clockAheadMs");

		if (j != NULL)
			clock_row(b, "sendd", m->instances[i].name,
			    json_int(j, 0));
	}
	if (m->program != NULL)
		clock_row(b, m->program, "", m->ahead_ms);
	metrics_head(b, "sendd_node_ahead_seconds", "gauge", "How far the "
	    "clock of its database server is ahead of the other nodes'.");
	for (size_t i = 0; i < m->n_instances; i++) {
		const struct json *j = json_get(parsed[i], "nodeAheadMs");

		if (j == NULL || !is_up(m, &m->instances[i]))
			continue;
		instance_row(b, "sendd_node_ahead_seconds", &m->instances[i]);
		(void)buf_fmt(b, "} %.3f\n", (double)json_int(j, 0) / 1000);
	}
}

/* --- the responder that serves this call ------------------------------ */

static void
write_own(const struct metrics *m, struct buf *b, const char *name,
    const char *type, const char *help, uint64_t value)
{
	metrics_head(b, name, type, help);
	(void)buf_fmt(b, "outpost_%s", name);
	metrics_label(b, '{', "program", m->program);
	metrics_value(b, value);
}

static void
write_load(const struct metrics *m, struct buf *b)
{
	const struct load *l = m->load;

	if (l == NULL)
		return;
	write_own(m, b, "calls_waiting", "gauge",
	    "SYNCHRONOUS calls that wait for providers.",
	    atomic_load(&l->waiting));
	write_own(m, b, "calls_queued", "gauge",
	    "Calls that wait for a worker.", atomic_load(&l->queued));
	write_own(m, b, "calls_refused_total", "counter",
	    "Calls that got no worker in time.", atomic_load(&l->refused));
}

/* The programs that count their calls. */
static const char *const programs[] = {"push", "admin", "inbox", NULL};

void
metrics_write(const struct metrics *m, struct arena *a, struct buf *into)
{
	struct json **parsed = parse_figures(m, a);

	write_outcomes(m, into);
	write_queue(m, into);
	write_holds(m, into);
	write_instances(m, into);
	write_figures(m, parsed, into);
	write_clocks(m, parsed, into);
	write_load(m, into);
	if (m->counters_dir != NULL)
		call_counters_write(m->counters_dir, programs, a, into);
	write_histograms(m, parsed, into);
}
