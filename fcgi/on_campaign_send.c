/* SPDX-License-Identifier: MIT */
/*
 * Sending a campaign: to one user for a test, or to all its users. The latter
 * queues it durably and answers; sendd does the rest.
 */
#include "fcgi/on_campaign_part.h"

#include "lib/clock.h"
#include "lib/log.h"

#include "core/campaign.h"

#include "fcgi/idempotency.h"
#include "fcgi/send_call.h"
#include "fcgi/send_outcomes.h"

struct campaign_test_in {
	const char *user_id;
	bool strict;
};

/* clang-format off */
/* The contract looks for the campaign first, then for the userId. */
static const struct field test_fields[] = {
	{"userId", F_ID, 0, offsetof(struct campaign_test_in, user_id), 0, 255},
	{"strict", F_FLAG, 0, offsetof(struct campaign_test_in, strict)},
	{NULL}
};

const struct form campaign_test_form = {
	test_fields, sizeof(struct campaign_test_in),
	"Request must not be null.", FORM_WARNS
};
/* clang-format on */

static const struct err *
answer_test(struct call *c, const struct send_call *s,
    const struct send_counters *account)
{
	struct json *result = send_call_json(c, s, account);

	json_unset(result, "mode");
	send_outcomes_tell(c, s, account->id, result);
	send_call_header(c, account);
	return reply_object(c, result);
}

/* Send to one user, now; the campaign stays as it is. */
const struct err *
on_campaign_send_test(struct call *c)
{
	const struct campaign_test_in *in = c->in;
	struct send_message m = {.user_id = in->user_id};
	struct send_call *s = arena_alloc(c->mem, sizeof *s);
	struct campaign campaign;
	const struct err *e;

	if ((e = campaign_of_path(c, &campaign)) != NULL)
		return e;
	if (in->user_id == NULL)
		return err_new(ERR_INVALID, "Request must contain a user ID.");
	if ((e = campaign_message(c->mem, &campaign, &m.body)) != NULL)
		return e;
	*s = (struct send_call){.send = {.app_id = campaign.app_id,
	    .mode = "TEST", .campaign = campaign.id, .messages = &m, .n = 1},
	    .answer = answer_test, .wait = true, .devices = true,
	    .strict = in->strict};
	return send_call_once(c, s);
}

/* The run is durable; queueing at once only makes it quick. */
static void
queue_run(struct call *c, const struct campaign_run *run)
{
	const struct send_context context = send_call_context(c);
	const struct err *e = campaign_queue(&context, run);

	if (e != NULL)
		log_warn("queue id=%s campaign=%lld error=\"%s\"", c->id,
		    (long long)run->campaign, QUOTED(e->text));
}

static const struct err *
sent_before(struct call *c, int64_t last_ms)
{
	char at[CLOCK_TEXT] = "before";

	if (last_ms != 0)
		clock_instant(last_ms, at);
	return problem_as(c, PROBLEM_DONE, err_new(ERR_CONFLICT, "Campaign "
	    "was sent already (%s). To send it to everybody once more, ask "
	    "with {\"requestObject\": {\"again\": true}}", at));
}

struct live_call {
	const struct campaign *campaign;
	const struct idempotency *once;
};

static const struct err *
compose_run(struct call *c, const struct live_call *l,
    struct campaign_run *run)
{
	const struct campaign_run_in *in = c->in;
	struct run_timing timing;
	const struct err *e;

	if ((e = campaign_timing(&in->timing, clock_now_ms(), &timing)) !=
		NULL ||
	    (e = campaign_compose(c->settings, c->mem, l->campaign, &timing,
		 run)) != NULL)
		return e;
	run->again = in->again;
	run->key = l->once->wanted ? l->once->key : NULL;
	run->request = l->once->wanted ? l->once->request : NULL;
	return NULL;
}

/* A campaign that is being sent is not started again; the call succeeds,
 * because the campaign is sent, as the caller wants. */
static const struct err *
start_run(struct call *c, void *arg)
{
	struct campaign_run run;
	enum campaign_begun begun;
	const struct err *e;
	int64_t last_ms;

	if ((e = compose_run(c, arg, &run)) != NULL)
		return e;
	e = campaign_start(c->db, &run, &begun, &last_ms);
	if (e != NULL)
		return problem_say(e, ERR_MISSING, CAMPAIGN_UNKNOWN);
	if (begun == CAMPAIGN_DONE)
		return sent_before(c, last_ms);
	if (begun == CAMPAIGN_UNAPPROVED)
		return problem_as(c, PROBLEM_DONE, err_new(ERR_CONFLICT,
		    "Campaign is not approved: another integration than the "
		    "one that made or changed it must approve of it first"));
	if (begun == CAMPAIGN_RUNNING)
		log_notice("campaign id=%s campaign=%lld why=\"it is being "
		    "sent already\"", c->id, (long long)run.campaign);
	queue_run(c, &run);
	return NULL;
}

const struct err *
on_campaign_send_live(struct call *c)
{
	struct campaign campaign;
	const struct err *e;
	struct idempotency r;
	struct live_call live = {&campaign, &r};
	uint64_t before;

	if ((e = campaign_of_path(c, &campaign)) != NULL ||
	    (e = idempotency_read(c, campaign.app_id, &r)) != NULL)
		return e;
	e = idempotency_once(c, &r, start_run, &live, &before);
	return e != NULL ? e : reply_ok(c);
}
