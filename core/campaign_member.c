/* SPDX-License-Identifier: MIT */
#include "core/campaign_member.h"

#include <string.h>

#include "core/view.h"
#include "lib/arena.h"
#include "lib/mem.h"
#include "push/provider.h"
#include "push/remedy.h"

/* Why a run leaves a device out: a word, and a sentence. */
static const struct {
	const char *state, *why;
} left_out[AUDIENCE__COUNT] = {
    [AUDIENCE_REACHED] = {"addressed", NULL},
    [AUDIENCE_ENVIRONMENT] = {"environment",
	"its token is of development, and the application is in production"},
    [AUDIENCE_NO_CREDENTIALS] = {"no credentials",
	"the application has no credentials for its platform"},
    [AUDIENCE_QUARANTINE] = {"quarantine",
	"the provider had given the device up: it must register again"},
    [AUDIENCE_INACTIVE] = {"inactive", "a campaign to everybody goes only to"
	" devices with an active activation"},
    [AUDIENCE_TWIN] = {"twin",
	"another device has the same token: one of them gets the message"},
};

/* The state of a campaign that has a run. */
static const struct {
	const char *state, *why;
} states[] = {
    {"queueing", "The run is being prepared, or begins later."},
    {"sending", "The run is in progress."},
    {"paused", "The run is paused: what is not sent yet waits."},
    {"cancelling",
	"The run was cancelled: what was not sent by then never will be."},
    {"cancelled",
	"The run was cancelled: what was not sent by then never will be."},
    {"done", "The run is complete."},
};

static const struct err *
read_run(struct db *db, struct arena *a, struct campaign_member *m)
{
	uint64_t send = m->campaign.send;
	struct run_figures *runs;
	const struct err *e;
	size_t n;

	if (send == 0)
		return NULL;
	e = campaign_runs(db, a, m->campaign.id, send, 1, 0, &runs, &n);
	if (e != NULL || n == 0)
		return e;
	m->has_run = true;
	m->run = runs[0];
	return campaign_member_outcomes(db, a, m->user_id, send, m->devices,
	    m->n);
}

const struct err *
campaign_member(const struct settings *s, struct db *db, struct arena *a,
    int64_t id, const char *user_id, struct campaign_member *out)
{
	const struct err *e;

	*out = (struct campaign_member){.user_id = user_id,
	    .kept = s->message.storage || (s->campaign.history &&
		s->message.history_ms > 0)};
	if ((e = campaign_by_id(db, a, id, &out->campaign)) != NULL ||
	    (e = campaign_has_user(db, id, user_id, &out->member,
		 &out->since_ms)) != NULL ||
	    (e = campaign_member_devices(db, a, id, user_id,
		 settings_development(s), &out->devices, &out->n)) != NULL)
		return e;
	return read_run(db, a, out);
}

/* --- words ------------------------------------------------------------ */

/* Before, queue_end is below 0. */
static bool
has_begun(const struct campaign_member *m)
{
	return m->has_run && m->campaign.queue_end >= 0;
}

const char *
campaign_member_why(const struct campaign_member *m)
{
	if (!m->member)
		return has_begun(m) ? "The user is none of the campaign's users"
		    " now. Whether the user was when the run began is not kept."
		    : "The user is none of the campaign's users.";
	if (m->n == 0)
		return "The user has no device of the application.";
	if (!m->has_run)
		return "The campaign was not sent yet.";
	for (size_t i = 0; i < nitems(states); i++)
		if (strcmp(states[i].state, m->run.state) == 0)
			return states[i].why;
	return NULL;
}

/* A run goes through the devices that there are when it begins. */
static bool
came_later(const struct campaign_member *m, const struct member_device *d)
{
	return m->has_run && m->campaign.queue_end > 0 &&
	    d->id > m->campaign.queue_end;
}

/* And looks for its users as it goes, among those that there are then. */
static bool
joined_later(const struct campaign_member *m)
{
	return has_begun(m) && m->since_ms > m->run.created_ms &&
	    m->since_ms > m->run.timing.start_ms;
}

const char *
campaign_member_device_state(const struct campaign_member *m,
    const struct member_device *d, const char **why)
{
	*why = NULL;
	if (d->outcome != NULL)
		return d->outcome;
	if (!m->member) {
		if (has_begun(m))
			*why = "unless its user was removed from the campaign"
			    " since the run began";
		return "not addressed";
	}
	if (came_later(m, d)) {
		*why = "it was registered after the run had begun";
		return "too late";
	}
	if (joined_later(m)) {
		*why = "its user was added after the run had begun: it was left"
		    " out, unless the run was still being prepared, or the user"
		    " was one of the campaign's before, too";
		return "too late";
	}
	if (d->why >= AUDIENCE__COUNT)
		return NULL;
	*why = left_out[d->why].why;
	if (d->why == AUDIENCE_QUARANTINE && m->has_run &&
	    d->gone_ms > m->run.created_ms)
		*why = "the provider has given the device up since the run"
		    " began, perhaps because of its message";
	return left_out[d->why].state;
}

const char *
campaign_member_note(const struct campaign_member *m)
{
	return m->kept ? NULL : "What becomes of single devices of a campaign"
	    " is not kept; \"history = yes\" in [campaign] of outpost.conf"
	    " keeps it of what is sent from then on.";
}

/* --- JSON ------------------------------------------------------------- */

static void
view_device(struct json *into, const struct campaign_member *m,
    const struct member_device *d)
{
	const char *why, *state = campaign_member_device_state(m, d, &why);
	const char *reason = d->outcome != NULL ? d->reason : d->gone_reason;

	json_set_int(into, "device", d->id);
	if (d->platform < PLATFORM__COUNT)
		json_set_text(into, "platform", providers[d->platform]->name);
	json_set_text(into, "state", state);
	json_set_text(into, "why", why);
	json_set_text(into, "reason", reason);
	json_set_text(into, "remedy", reason_remedy(reason));
	if (d->outcome != NULL)
		json_set_int(into, "tries", (int64_t)d->tries);
	view_instant(into, "registered", d->registered_ms);
	view_instant(into, "quarantined", d->gone_ms);
}

static void
view_run(struct json *into, const struct run_figures *r)
{
	json_set_text(into, "state", r->state);
	view_instant(into, "created", r->created_ms);
	view_instant(into, "sendAt", r->timing.start_ms);
	view_instant(into, "completed", r->ended_ms);
}

void
campaign_member_view(struct json *into, const struct campaign_member *m)
{
	struct json *list;

	json_set_int(into, "campaignId", m->campaign.id);
	json_set_text(into, "userId", m->user_id);
	json_set_text(into, "state", m->campaign.state);
	json_set_bool(into, "member", m->member);
	json_set_text(into, "why", campaign_member_why(m));
	if (m->has_run)
		view_run(json_set_object(into, "run"), &m->run);
	json_set_bool(into, "kept", m->kept);
	json_set_text(into, "note", campaign_member_note(m));
	list = json_set_array(into, "devices");
	for (size_t i = 0; i < m->n; i++)
		view_device(json_add_object(list), m, &m->devices[i]);
}
