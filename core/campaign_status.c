/* SPDX-License-Identifier: MIT */
#include "core/campaign_status.h"

#include <string.h>

#include "core/campaign.h"
#include "db/send_status.h"
#include "push/provider.h"

/* The version is read first: what is read then is at least as new. */
const struct err *
campaign_status(struct db *db, struct arena *a, int64_t id,
    struct campaign_status *out)
{
	struct send_account now = {.campaign = id};
	struct run_figures *runs;
	const struct err *e;
	size_t n;

	*out = (struct campaign_status){.has_run = false};
	if ((e = send_accounts(db, &now, 1)) != NULL ||
	    (e = campaign_by_id(db, a, id, &out->campaign)) != NULL)
		return e;
	out->version = now.version;
	if (out->campaign.send == 0)
		return NULL;
	e = campaign_runs(db, a, id, out->campaign.send, 1, 0, &runs, &n);
	if (e != NULL || n == 0)
		return e;
	out->has_run = true;
	out->run = runs[0];
	return run_outcomes(db, a, id, out->campaign.send, &out->outcomes,
	    &out->n_outcomes);
}

int64_t
campaign_queued_percent(const struct campaign *c)
{
	if (c->queue_end < 0)
		return 0;
	return c->queue_end > 0 ? c->queued * 100 / c->queue_end : 100;
}

static void
view_outcome(struct json *into, const struct run_outcome *o)
{
	if (o->platform < PLATFORM__COUNT)
		json_set_text(into, "platform", providers[o->platform]->name);
	json_set_text(into, "outcome", o->outcome);
	if (o->reason[0] != '\0')
		json_set_text(into, "reason", o->reason);
	json_set_int(into, "count", (int64_t)o->n);
}

void
campaign_status_view(struct arena *a, struct json *into,
    const struct campaign_status *s)
{
	struct json *list;

	json_set_text(into, "state", s->campaign.state);
	json_set_int(into, "version", (int64_t)s->version);
	if (!s->has_run)
		return;
	json_set_int(into, "queuedPercent",
	    campaign_queued_percent(&s->campaign));
	campaign_run_view(a, json_set_object(into, "run"), &s->run);
	list = json_set_array(into, "outcomes");
	for (size_t i = 0; i < s->n_outcomes; i++)
		view_outcome(json_add_object(list), &s->outcomes[i]);
}
