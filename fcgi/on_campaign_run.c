/* SPDX-License-Identifier: MIT */
/* The hand on a campaign's run: pause, resume, cancel, its timing; and all
 * runs with their figures. */
#include "fcgi/on_campaign_part.h"

#include "db/campaign_control.h"

#include "lib/clock.h"

#include "core/campaign.h"

#include "fcgi/page.h"

/* clang-format off */
#define AT(member) offsetof(struct campaign_run_in, timing.member)

static const struct field quiet_fields[] = {
	{"from", F_TEXT, 0, AT(quiet_from)},
	{"to",	 F_TEXT, 0, AT(quiet_to)},
	{"zone", F_TEXT, 0, AT(quiet_zone)},
	{NULL}
};

static const struct field run_fields[] = {
	{"sendAt", F_INSTANT, 0, AT(send_at_ms)},
	{"spread", F_TEXT,    0, AT(spread)},
	{"rate",   F_INT,     0, AT(rate), 0, CAMPAIGN_RATE_MAX},
	{"quiet",  F_OBJECT,  0, 0, .of = quiet_fields},
	{NULL}
};

static const struct field live_fields[] = {
	{"again",  F_FLAG,    0, offsetof(struct campaign_run_in, again)},
	{"sendAt", F_INSTANT, 0, AT(send_at_ms)},
	{"spread", F_TEXT,    0, AT(spread)},
	{"rate",   F_INT,     0, AT(rate), 0, CAMPAIGN_RATE_MAX},
	{"quiet",  F_OBJECT,  0, 0, .of = quiet_fields},
	{NULL}
};

const struct form campaign_run_form = {
	run_fields, sizeof(struct campaign_run_in),
	"Request object must not be empty", 0
};
const struct form campaign_live_form = {
	live_fields, sizeof(struct campaign_run_in), NULL, FORM_LAX
};
/* clang-format on */

/* --- pause, resume, cancel -------------------------------------------- */

static const char *const words[CAMPAIGN_VERB__COUNT] = {
    [CAMPAIGN_PAUSE] = "paused", [CAMPAIGN_RESUME] = "resumed",
    [CAMPAIGN_CANCEL] = "cancelled"};

static const struct err *
control(struct call *c, enum campaign_verb verb)
{
	struct json *object = json_new_object(c->mem);
	struct campaign campaign;
	enum campaign_did did = CAMPAIGN_CANNOT;
	const struct err *e;
	const char *state;

	if ((e = campaign_of_path(c, &campaign)) != NULL)
		return e;
	e = campaign_control(c->db, c->mem, campaign.id, verb, &did, &state);
	if (e != NULL) /* removed just now */
		return problem_say(e, ERR_MISSING, CAMPAIGN_UNKNOWN);
	if (did == CAMPAIGN_CANNOT)
		return problem_as(c, PROBLEM_DONE, err_new(ERR_CONFLICT,
		    "Campaign is %s, it cannot be %s", state, words[verb]));
	json_set_text(object, "state", state);
	return reply_object(c, object);
}

const struct err *
on_campaign_pause(struct call *c)
{
	return control(c, CAMPAIGN_PAUSE);
}

const struct err *
on_campaign_resume(struct call *c)
{
	return control(c, CAMPAIGN_RESUME);
}

const struct err *
on_campaign_cancel(struct call *c)
{
	return control(c, CAMPAIGN_CANCEL);
}

/* --- timing ----------------------------------------------------------- */

static const struct err *
no_run(struct call *c, const struct campaign *campaign)
{
	return problem_as(c, PROBLEM_DONE, err_new(ERR_CONFLICT,
	    "Campaign is %s, it has no run in progress", campaign->state));
}

static const struct err *
begun_already(struct call *c)
{
	return problem_as(c, PROBLEM_DONE, err_new(ERR_CONFLICT,
	    "The run has begun, sendAt cannot be changed"));
}

/* What is not said of the timing is taken away, but the moment of the start,
 * which only a run that has not begun can change. */
const struct err *
on_campaign_run(struct call *c)
{
	const struct campaign_run_in *in = c->in;
	struct json *object = json_new_object(c->mem);
	struct run_timing timing;
	struct campaign campaign;
	enum campaign_set did;
	const struct err *e;

	if ((e = campaign_of_path(c, &campaign)) != NULL ||
	    (e = campaign_timing(&in->timing, clock_now_ms(), &timing)) !=
		NULL)
		return e;
	e = campaign_set(c->db, c->mem, &campaign, &timing, &did);
	if (e != NULL) /* removed just now */
		return problem_say(e, ERR_MISSING, CAMPAIGN_UNKNOWN);
	if (did != CAMPAIGN_SET)
		return did == CAMPAIGN_SET_BEGUN ? begun_already(c)
						 : no_run(c, &campaign);
	campaign_timing_view(c->mem, object, &timing);
	return reply_object(c, object);
}

/* --- runs ------------------------------------------------------------- */

const struct err *
on_campaign_runs(struct call *c)
{
	const struct page_in *in = c->in;
	int64_t size = in->size > 0 ? in->size : PAGE_SIZE;
	struct json *object = json_new_object(c->mem), *array;
	struct campaign campaign;
	struct run_figures *list;
	const struct err *e;
	size_t n;

	if ((e = campaign_of_path(c, &campaign)) != NULL ||
	    (e = campaign_runs(c->db, c->mem, campaign.id, 0, size,
		 in->page * size, &list, &n)) != NULL)
		return e;
	json_set_int(object, "campaignId", campaign.id);
	array = json_set_array(object, "runs");
	for (size_t i = 0; i < n; i++)
		campaign_run_view(c->mem, json_add_object(array), &list[i]);
	return reply_page(c, object, in->page, size);
}
