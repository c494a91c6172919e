/* SPDX-License-Identifier: MIT */
#include "fcgi/send_warn.h"

#include "lib/log.h"
#include "lib/mem.h"

#include "fcgi/warn.h"

/* Where the caller wrote that member of message i. */
static const char *
path_of(struct call *c, const struct send *s, size_t i, const char *member)
{
	if (s->batch)
		return arena_fmt(c->mem, "batch[%zu].%s", i, member);
	/* the test of a campaign has no message of its own */
	return s->campaign != 0 ? member
				: arena_fmt(c->mem, "message.%s", member);
}

static void
warn_no_device(struct call *c, const struct send *s, size_t i,
    const struct target_list *list)
{
	bool one = s->messages[i].activation_id != NULL;
	const char *path = path_of(c, s, i, one ? "activationId" : "userId");
	const char *why = target_nobody(list, one);

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

/* Of the whole send: it is the application that lacks something. */
struct left_out {
	size_t unconfigured[PLATFORM__COUNT], unknown;
};

static struct left_out
count_left_out(const struct send *s, const struct send_fate *fates)
{
	struct left_out n = {{0}, 0};

	for (size_t i = 0; i < s->n; i++) {
		n.unknown += fates[i].list.by[TARGET_UNKNOWN];
		for (int p = 0; p < PLATFORM__COUNT; p++)
			n.unconfigured[p] += fates[i].list.unconfigured[p];
	}
	return n;
}

void
send_warn(struct call *c, const struct send *s, const struct send_fate *fates)
{
	struct left_out n = count_left_out(s, fates);

	for (size_t i = 0; i < s->n; i++) {
		if (fates[i].looked)
			warn_no_device(c, s, i, &fates[i].list);
		warn_refusals(c, path_of(c, s, i, "body"), fates[i].refusals);
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
send_log(const struct call *c, const struct send *s,
    const struct send_fate *fates)
{
	struct left_out n = count_left_out(s, fates);

	for (size_t i = 0; i < s->n; i++)
		log_refusals(c, fates[i].refusals);
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
send_count(struct call *c, int64_t app, const struct send *s,
    const struct send_fate *fates)
{
	struct counter *list = arena_zero(c->mem,
	    s->n * PLATFORM__COUNT * sizeof *list);
	const struct err *e = NULL;
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++)
		n += refusal_counters(app, fates[i].refusals, &list[n]);
	if (n > 0)
		e = counter_add(c->db, list, n);
	/* the message is accepted, whatever becomes of this */
	if (e != NULL)
		log_warn("count id=%s error=\"%s\"", c->id, QUOTED(e->text));
}

static bool
goes(const struct send_fate *fate)
{
	for (size_t i = 0; i < fate->list.n_targets; i++)
		if (fate->list.targets[i].refused == NULL)
			return true;
	return fate->may_go;
}

const struct err *
send_is_futile(const struct call *c, const struct send *s,
    const struct send_fate *fates)
{
	const char *first = NULL, *stray = warn_stray(c);
	const struct err *e;
	size_t at = 0;

	for (size_t i = 0; i < s->n; i++) {
		if (goes(&fates[i]))
			return NULL;
		if (first == NULL && (first = refusal_of_all(
		    fates[i].list.targets, fates[i].list.n_targets,
		    fates[i].refusals)) != NULL)
			at = i;
	}
	if (first == NULL)
		return NULL;
	e = err_new(ERR_INVALID, "%s%s%s%s", first,
	    stray != NULL ? " (there is no member " : "",
	    stray != NULL ? stray : "", stray != NULL ? ")" : "");
	return s->batch ? send_of_batch(e, at) : e;
}

void
send_warn_campaign(struct call *c, const struct application *app,
    const struct json *body, size_t stored)
{
	struct refusal by[PLATFORM__COUNT];
	struct message what;

	/* as it is when it is sent: see core/campaign.c */
	if (message_take(c->mem, body, false, true, 1, &what) != NULL)
		return;
	(void)refusal_of_app(c->mem, c->settings, app, &what, stored, by);
	warn_refusals(c, "message", by);
}
