/* SPDX-License-Identifier: MIT */
#include "fcgi/send_warn.h"

#include "lib/log.h"
#include "lib/mem.h"

#include "fcgi/warn.h"

/* The path to that member of message i in the caller's body. */
static const char *
message_path(struct call *c, const struct send *s, bool batch,
    size_t i, const char *member)
{
	if (batch)
		return arena_fmt(c->mem, "batch[%zu].%s", i, member);
	/* the test of a campaign has no message of its own */
	return s->campaign != 0
	    ? member
	    : arena_fmt(c->mem, "message.%s", member);
}

static void
warn_no_device(struct call *c, const struct send *s, bool batch,
    const struct send_fate *fate)
{
	size_t i = fate->index;
	bool one = s->messages[i].activation_id != NULL;
	const char *path = message_path(c, s, batch, i,
	    one ? "activationId" : "userId");
	const char *why = target_nobody(&fate->list, one);

	if (why != NULL)
		warn_add(c, WARN_NO_DEVICE, path, "%s", why);
}

static void
warn_refusals(struct call *c, const char *path,
    const struct refusal by[PLATFORM__COUNT])
{
	for (int p = 0; p < PLATFORM__COUNT; p++)
		if (by[p].why != NULL)
			warn_add(c, by[p].too_long ? WARN_TOO_LONG
						   : WARN_NO_BODY,
			    path, "%s: devices of %s count as failed",
			    by[p].why, providers[p]->name);
}

/* Counted over the whole send, because the application lacks something. */
struct left_out {
	size_t unconfigured[PLATFORM__COUNT], unknown;
};

static struct left_out
count_left_out(const struct send_plan *plan)
{
	struct left_out n = {{0}, 0};

	for (size_t i = 0; i < plan->queue.n_messages; i++) {
		const struct target_list *l = &plan->fates[i].list;

		n.unknown += l->by[TARGET_UNKNOWN];
		for (int p = 0; p < PLATFORM__COUNT; p++)
			n.unconfigured[p] += l->unconfigured[p];
	}
	return n;
}

void
send_warn(struct call *c, const struct send *s, bool batch,
    const struct send_plan *plan)
{
	struct left_out n = count_left_out(plan);

	for (size_t i = 0; i < plan->queue.n_messages; i++) {
		const struct send_fate *fate = &plan->fates[i];

		if (fate->looked)
			warn_no_device(c, s, batch, fate);
		warn_refusals(c, message_path(c, s, batch, fate->index,
		    "body"), fate->refusals);
	}
	for (int p = 0; p < PLATFORM__COUNT; p++)
		if (n.unconfigured[p] > 0)
			warn_add(c, WARN_NO_CREDENTIALS, "appId", "%s",
			    target_unconfigured(c->mem, (enum platform)p,
				n.unconfigured[p]));
}

static void
log_refusals(const struct call *c, const struct refusal by[PLATFORM__COUNT])
{
	for (int p = 0; p < PLATFORM__COUNT; p++)
		if (by[p].devices > 0)
			log_notice("refused id=%s app=%s provider=%s "
			    "devices=%zu why=\"%s\"", c->id, c->app,
			    providers[p]->name, by[p].devices,
			    QUOTED(by[p].why));
}

void
send_log(const struct call *c, const struct send_plan *plan)
{
	struct left_out n = count_left_out(plan);

	for (size_t i = 0; i < plan->queue.n_messages; i++)
		log_refusals(c, plan->fates[i].refusals);
	for (int p = 0; p < PLATFORM__COUNT; p++)
		if (n.unconfigured[p] > 0)
			log_notice("skip id=%s app=%s provider=%s devices=%zu "
			    "why=\"no credentials\"", c->id, c->app,
			    providers[p]->name, n.unconfigured[p]);
	if (n.unknown > 0)
		log_warn("skip id=%s app=%s devices=%zu "
		    "why=\"unknown platform\"", c->id, c->app, n.unknown);
}

void
send_warn_campaign(struct call *c, const struct application *app,
    const struct json *body, size_t stored)
{
	struct refusal by[PLATFORM__COUNT];
	struct message what;

	/* as core/campaign.c sends it */
	if (message_take(c->mem, message_text(c->mem, body), false, true, 1,
		&what) != NULL)
		return;
	(void)refusal_of_app(c->mem, c->settings, app, &what, stored, by);
	warn_refusals(c, "message", by);
}
