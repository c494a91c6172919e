/* SPDX-License-Identifier: MIT */
/*
 * What a caller may want to know, or must do, before a campaign is sent: whom
 * it would reach, what each provider would get, and the approval by a second
 * integration ([campaign] approval).
 */
#include "fcgi/on_campaign_part.h"

#include "push/provider.h"

#include "db/application.h"
#include "db/campaign_reach.h"

#include "core/campaign.h"

#include "fcgi/preview.h"

/* --- whom it reaches -------------------------------------------------- */

static const char *const why_words[AUDIENCE__COUNT] = {
	[AUDIENCE_REACHED] = "reached",
	[AUDIENCE_ENVIRONMENT] = "environment",
	[AUDIENCE_NO_CREDENTIALS] = "noCredentials",
	[AUDIENCE_QUARANTINE] = "quarantine",
	[AUDIENCE_INACTIVE] = "inactive",
	[AUDIENCE_TWIN] = "twin",
};

/* The first one always, of the reasons those that there are. */
static void
put_counts(struct json *into, const uint64_t by[AUDIENCE__COUNT])
{
	for (int why = 0; why < AUDIENCE__COUNT; why++)
		if (why == AUDIENCE_REACHED || by[why] > 0)
			json_set_int(into, why_words[why], (int64_t)by[why]);
}

static void
put_audience(struct json *into, const struct audience *n)
{
	struct json *platforms;
	uint64_t all[AUDIENCE__COUNT] = {0};

	for (int p = 0; p < PLATFORM__COUNT; p++)
		for (int why = 0; why < AUDIENCE__COUNT; why++)
			all[why] += n->by[p][why];
	json_set_int(into, "users", (int64_t)n->users);
	json_set_int(into, "noDevice", (int64_t)n->no_device);
	put_counts(json_set_object(into, "devices"), all);
	if (n->unknown > 0)
		json_set_int(into, "unknownPlatform", (int64_t)n->unknown);
	platforms = json_set_object(into, "platforms");
	for (int p = 0; p < PLATFORM__COUNT; p++)
		put_counts(json_set_object(platforms, providers[p]->name),
		    n->by[p]);
}

const struct err *
on_campaign_audience(struct call *c)
{
	struct json *object = json_new_object(c->mem);
	struct campaign campaign;
	struct audience n;
	const struct err *e;

	if ((e = campaign_of_path(c, &campaign)) != NULL ||
	    (e = campaign_audience(c->db, campaign.id,
		 settings_development(c->settings), &n)) != NULL)
		return e;
	put_audience(object, &n);
	return reply_object(c, object);
}

/* --- what each provider gets ------------------------------------------ */

const struct err *
on_campaign_preview(struct call *c)
{
	struct campaign campaign;
	const struct run_timing now = {.start_ms = 0};
	struct campaign_run run;
	struct application app;
	const struct err *e;
	struct json *out;

	if ((e = campaign_of_path(c, &campaign)) != NULL ||
	    (e = application_by_id(c->db, c->mem, campaign.app, &app)) !=
		NULL ||
	    (e = campaign_compose(c->settings, c->mem, &campaign, &now,
		 &run)) != NULL ||
	    (e = preview_providers(c, &app, run.body, run.body_len, &out)) !=
		NULL)
		return e;
	return reply_object(c, out);
}

/* --- four eyes -------------------------------------------------------- */

static const struct err *
own_work(const struct campaign *campaign, const char *who)
{
	return err_new(ERR_DENIED, "%s has made this campaign, or was the "
	    "last to change it (made by %s, changed by %s): another "
	    "integration must approve of it", who,
	    campaign->created_by != NULL ? campaign->created_by : "?",
	    campaign->changed_by != NULL ? campaign->changed_by : "?");
}

const struct err *
on_campaign_approve(struct call *c)
{
	struct json *object = json_new_object(c->mem);
	const char *who = campaign_caller(c);
	struct campaign campaign;
	const struct err *e;
	bool approved;

	if ((e = campaign_of_path(c, &campaign)) != NULL)
		return e;
	if (who == NULL)
		return err_new(ERR_DENIED, "only an integration may approve "
		    "of a campaign, and [api] auth is none");
	e = campaign_approve(c->db, campaign.id, who, &approved);
	if (e != NULL)
		return e;
	if (!approved)
		return own_work(&campaign, who);
	json_set_text(object, "approvedBy", who);
	return reply_object(c, object);
}
