/* SPDX-License-Identifier: MIT */
/* How far a campaign is, at once or when something has changed. */
#include "fcgi/on_campaign_part.h"

#include "lib/text.h"

#include "core/campaign_status.h"

#define WAIT_MAX_MS 60000

struct campaign_status_in {
	const char *wait;
	int64_t after;
};

/* clang-format off */
static const struct field status_fields[] = {
	{"wait",  F_TEXT, F_QUERY_ONLY,
	    offsetof(struct campaign_status_in, wait)},
	{"after", F_INT,  F_QUERY_ONLY,
	    offsetof(struct campaign_status_in, after), 0, INT64_MAX},
	{NULL}
};

const struct form campaign_status_form = {
	status_fields, sizeof(struct campaign_status_in), NULL, 0
};
/* clang-format on */

static const struct err *
answer(struct call *c, const struct campaign_status *s)
{
	struct json *object = json_new_object(c->mem);

	json_set_int(object, "id", s->campaign.id);
	campaign_status_view(c->mem, object, s);
	return reply_object(c, object);
}

/* Without a connection the answer is what was read before the wait. */
static const struct err *
answer_changed(struct call *c, const struct send_counters *account)
{
	const struct campaign_status *before = c->wait->arg;
	struct campaign_status s;
	const struct err *e;

	(void)account;
	if (c->db == NULL)
		return answer(c, before);
	e = campaign_status(c->db, c->mem, before->campaign.id, &s);
	if (e != NULL)
		return problem_say(e, ERR_MISSING, CAMPAIGN_UNKNOWN);
	return answer(c, &s);
}

static bool
always(const struct call *c, const struct send_counters *account)
{
	(void)c;
	(void)account;
	return true;
}

static const struct err *
read_wait(const struct campaign_status_in *in, int64_t *for_ms)
{
	*for_ms = 0;
	if (in->wait == NULL)
		return NULL;
	if (!text_duration(in->wait, for_ms) || *for_ms > WAIT_MAX_MS)
		return err_new(ERR_INVALID, "wait must be a duration of at "
		    "most %ds, as \"10s\"", WAIT_MAX_MS / 1000);
	return NULL;
}

/* A process that has one call at a time answers at once. */
const struct err *
on_campaign_status(struct call *c)
{
	const struct campaign_status_in *in = c->in;
	struct campaign_status *s = arena_zero(c->mem, sizeof *s);
	struct campaign campaign;
	const struct err *e;
	int64_t for_ms;

	if ((e = read_wait(in, &for_ms)) != NULL ||
	    (e = campaign_of_path(c, &campaign)) != NULL ||
	    (e = campaign_status(c->db, c->mem, campaign.id, s)) != NULL)
		return problem_say(e, ERR_MISSING, CAMPAIGN_UNKNOWN);
	if (for_ms == 0 || !c->may_wait || (uint64_t)in->after != s->version)
		return answer(c, s);
	c->wait = arena_alloc(c->mem, sizeof *c->wait);
	*c->wait = (struct call_wait){.campaign = campaign.id,
	    .version = s->version, .for_ms = for_ms, .answer = answer_changed,
	    .needs_db = always, .arg = s};
	return NULL;
}
