/* SPDX-License-Identifier: MIT */
#include "core/campaign.h"

#include <time.h>

#include "core/campaign_timing.h"
#include "core/compose.h"
#include "core/far_ring.h"
#include "core/view.h"
#include "db/campaign_step.h"
#include "lib/clock.h"
#include "lib/id.h"
#include "lib/json_text.h"
#include "push/provider.h"

#define STORED_DEPTH 40 /* deeper than a request may be */
#define QUEUE_MS 1000
#define ALONE_MS 50 /* before the steward is asked to go on */
#define YIELD_MS 30 /* for so long it may take the run over */

static const struct err *
no_message(const struct campaign *campaign, const struct err *e)
{
	return err_new(ERR_FAULT, "campaign %lld has no message: %s",
	    (long long)campaign->id, e->text);
}

const struct err *
campaign_message_text(const struct campaign *campaign, struct bytes *message)
{
	const struct err *e = json_text_value(campaign->message,
	    campaign->message_len, STORED_DEPTH, message);

	return e != NULL ? no_message(campaign, e) : NULL;
}

const struct err *
campaign_message(struct arena *a, const struct campaign *campaign,
    struct json **message)
{
	const struct err *e = json_parse(a, campaign->message,
	    campaign->message_len, STORED_DEPTH, message);

	return e != NULL ? no_message(campaign, e) : NULL;
}

/* Of a run whose start is known. remedy: what the caller can do. */
static const struct err *
check_spread(const struct run_timing *t, int64_t expires_ms,
    const char *remedy)
{
	if (t->start_ms >= expires_ms)
		return err_new(ERR_INVALID, "The message is not valid then: "
		    "%s", remedy);
	if (t->spread_ms > 0 &&
	    run_timing_spread_from(t) + t->spread_ms >= expires_ms)
		return err_new(ERR_INVALID, "The message is not valid until "
		    "the end of the spread: %s", remedy);
	return NULL;
}

const struct err *
campaign_compose(const struct settings *s, struct arena *a,
    const struct campaign *campaign, const struct run_timing *timing,
    struct campaign_run *run)
{
	struct send_message m = {.send_at_ms = timing->start_ms};
	struct run_timing begins = *timing;
	int64_t now_ms = clock_now_ms();
	struct compose_times times;
	const struct err *e;

	if ((e = campaign_message(a, campaign, &m.body)) != NULL ||
	    (e = compose_times(&m, now_ms,
		 s->message.default_ttl_ms + timing->spread_ms, &times)) !=
		NULL)
		return e;
	begins.start_ms = now_ms + times.delay_ms;
	if (timing->spread_ms > 0 && (e = check_spread(&begins,
	    times.expires_ms, "set its validUntil behind it")) != NULL)
		return e;
	*run = (struct campaign_run){.campaign = campaign->id,
	    .app = campaign->app, .development = settings_development(s),
	    .chunk = s->campaign.chunk, .approval = s->campaign.approval,
	    .timing = *timing, .expires_ms = times.expires_ms};
	return compose_stored(a, &m, times.expires_ms, &run->body,
	    &run->body_len);
}

/* --- timing ----------------------------------------------------------- */

/* A spread that stays goes on, another one counts from now. Is the message
 * still valid when the run begins, and at the end of the spread? */
static const struct err *
set_spread(struct db *db, const struct campaign *campaign,
    struct run_timing *t)
{
	struct run_timing new = *t, old;
	int64_t expires_ms;
	const struct err *e = campaign_run_timing(db, campaign->send, &old,
	    &expires_ms);

	if (e != NULL)
		return e;
	t->spread_from_ms = t->spread_ms == old.spread_ms ? old.spread_from_ms
							  : clock_now_ms();
	new.spread_from_ms = t->spread_from_ms;
	if (new.start_ms == 0)
		new.start_ms = old.start_ms;
	if (expires_ms == 0 || (t->start_ms == 0 && t->spread_ms == 0))
		return NULL;
	return check_spread(&new, expires_ms, "cancel the run, and send the "
	    "campaign again");
}

/* The statement sets nothing if the run has begun meanwhile, or is over. */
static const struct err *
set_run(struct db *db, struct arena *a, struct campaign *campaign,
    const struct run_timing *t, enum campaign_set *did)
{
	bool set;
	const struct err *e = campaign_run_set(db, campaign->id,
	    campaign->send, t, &set);

	if (e != NULL)
		return e;
	*did = set ? CAMPAIGN_SET : CAMPAIGN_SET_NO_RUN;
	if (!set && (e = campaign_by_id(db, a, campaign->id, campaign)) == NULL
	    && t->start_ms != 0 && campaign->queue_end >= 0)
		*did = CAMPAIGN_SET_BEGUN;
	return e;
}

const struct err *
campaign_set(struct db *db, struct arena *a, struct campaign *campaign,
    const struct run_timing *timing, enum campaign_set *did)
{
	struct run_timing t = *timing;
	const struct err *e;

	*did = CAMPAIGN_SET_NO_RUN;
	if (campaign->send == 0)
		return NULL;
	if (t.start_ms != 0 && campaign->queue_end >= 0) {
		*did = CAMPAIGN_SET_BEGUN;
		return NULL;
	}
	e = set_spread(db, campaign, &t);
	return e != NULL ? e : set_run(db, a, campaign, &t, did);
}

/* --- queueing --------------------------------------------------------- */

/* Let the steward go on: it has two connections for that. It takes the run if
 * nobody has it locked; then the next step here finds nothing to do. */
static void
yield_run(struct doorbell_client *bell)
{
	const struct timespec pause = {.tv_nsec = YIELD_MS * 1000000L};

	if (doorbell_ring_all(bell, 0))
		(void)nanosleep(&pause, NULL);
}

/* The steward may be a sendd of another machine. A waiting room knows whose the
 * shards were some seconds ago, so it is not asked. */
static void
ring_steward(const struct send_context *c)
{
	const struct outbox_send all = {.rows = 1, .n_shards = OUTBOX_SHARDS};

	(void)doorbell_ring_all(c->bell, 0);
	far_ring(c->db, c->settings, &all);
}

const struct err *
campaign_queue(const struct send_context *c, const struct campaign_run *run)
{
	const struct run_steward self = {.shards = STEWARD_OF_ALL,
	    .only = run->campaign, .chunk = run->chunk,
	    .development = run->development, .approval = run->approval};
	int64_t until = clock_mono_ms() + QUEUE_MS;
	const struct err *e;
	bool asked = false, queued, more;

	if (run->queued || db_is_clustered(c->db)) {
		ring_steward(c);
		return NULL;
	}
	do {
		if (!asked && clock_mono_ms() >= until - QUEUE_MS + ALONE_MS) {
			yield_run(c->bell);
			asked = true;
		}
		more = false;
		e = campaign_queue_step(c->db, &self, &queued, &more);
	} while (e == NULL && more && clock_mono_ms() < until &&
	    !send_must_stop(c));
	if (e == NULL && !more)
		/* a run without devices */
		e = campaign_finish(c->db, STEWARD_OF_ALL);
	if (e == NULL)
		ring_steward(c);
	else /* it stays the last error */
		(void)doorbell_ring_all(c->bell, 0);
	return e;
}

/* --- runs ------------------------------------------------------------- */

void
campaign_counts_view(struct json *into, const struct run_counts *n)
{
	json_set_int(into, "total", (int64_t)n->total);
	json_set_int(into, "sent", (int64_t)n->sent);
	json_set_int(into, "failed", (int64_t)n->failed);
	json_set_int(into, "expired", (int64_t)n->expired);
	json_set_int(into, "cancelled", (int64_t)n->cancelled);
	json_set_int(into, "pending", (int64_t)run_counts_pending(n));
}

void
campaign_run_view(struct arena *a, struct json *into,
    const struct run_figures *r)
{
	struct json *by;

	json_set_text(into, "messageId", arena_fmt(a, "%llu",
	    (unsigned long long)r->send));
	json_set_text(into, "state", r->state);
	view_instant(into, "created", r->created_ms);
	campaign_timing_view(a, into, &r->timing);
	view_instant(into, "completed", r->ended_ms);
	campaign_counts_view(json_set_object(into, "counts"), &r->all);
	if (!run_figures_by_platform(r))
		return;
	by = json_set_object(into, "providers");
	for (int p = 0; p < PLATFORM__COUNT; p++)
		if (r->by[p].total > 0)
			campaign_counts_view(json_set_object(by,
			    providers[p]->name), &r->by[p]);
}
