/* SPDX-License-Identifier: MIT */
#include "core/view.h"

#include <ctype.h>
#include <string.h>

#include "lib/clock.h"

#include "push/provider.h"
#include "push/remedy.h"

#include "core/credentials.h"

#define APPS_DEPTH 4 /* of the JSON of an integration's applications */

void
view_instant(struct json *into, const char *name, int64_t ms)
{
	char text[CLOCK_TEXT];

	if (ms == 0)
		return;
	clock_instant(ms, text);
	json_set_text(into, name, text);
}

static void
set_unless_empty(struct json *into, const char *name, const char *text)
{
	if (text != NULL && *text != '\0')
		json_set_text(into, name, text);
}

/* --- applications, activations ---------------------------------------- */

void
view_application(struct json *into, const struct application *app)
{
	json_set_text(into, "appId", app->app_id);
	for (int p = 0; p < PLATFORM__COUNT; p++)
		json_set_bool(into, providers[p]->name, app->has[p]);
}

void
view_credential_fields(struct arena *a, struct json *into,
    const struct application *app, enum platform platform)
{
	const struct provider *p = providers[platform];
	const struct credential_field *f;
	const char *value;

	for (unsigned i = 1;
	     (f = credentials_shown(app, p, i, &value)) != NULL; i++)
		json_set_text(into, arena_fmt(a, "%s%c%s", p->name,
		    toupper((unsigned char)f->name[0]), f->name + 1), value);
}

void
view_activation(struct json *into, const struct activation *act)
{
	char text[CLOCK_TEXT];

	json_set_text(into, "activationId", act->activation_id);
	json_set_text(into, "userId", act->user_id);
	json_set_text(into, "appId", act->app_id);
	json_set_text(into, "activationStatus", act->status);
	clock_iso(act->created_ms, "+00:00", text);
	json_set_text(into, "timestampCreated", text);
	clock_iso(act->changed_ms, "+00:00", text);
	json_set_text(into, "timestampChanged", text);
}

/* --- integrations ----------------------------------------------------- */

void
view_scope(struct arena *a, struct json *into, const char *roles,
    const char *apps)
{
	struct json *list = json_set_array(into, "roles");

	while (*roles != '\0') {
		size_t n = strcspn(roles, ",");

		json_add_text(list, arena_text(a, roles, n));
		roles += n + (roles[n] == ',');
	}
	if (apps != NULL && json_parse(a, apps, strlen(apps), APPS_DEPTH,
		&list) == NULL)
		json_set(into, "apps", list);
}

void
view_integration(struct arena *a, struct json *into,
    const struct integration *i)
{
	json_set_text(into, "name", i->name);
	json_set_text(into, "token", i->token);
	view_scope(a, into, i->roles, i->apps);
	view_instant(into, "created", i->created_ms);
	view_instant(into, "lastUsed", i->used_ms);
	json_set_bool(into, "rotating", i->rotating);
}

/* --- the queue -------------------------------------------------------- */

static int64_t
seconds_since(int64_t then_ms, int64_t now_ms)
{
	return now_ms > then_ms ? (now_ms - then_ms) / 1000 : 0;
}

void
view_depth(struct json *into, const struct outbox_depth *d,
    const struct queued_why *why)
{
	const char *reason, *state = queued_depth_state(why, d, &reason);

	json_set_text(into, "appId", d->app_id);
	json_set_text(into, "provider", provider_name_of(d->platform));
	json_set_int(into, "lane", d->lane);
	json_set_int(into, "rows", (int64_t)d->rows);
	if (d->more)
		json_set_bool(into, "more", true);
	json_set_int(into, "retried", (int64_t)d->retried);
	json_set_int(into, "oldestSeconds",
	    seconds_since(d->oldest_ms, why->now_ms));
	view_instant(into, "oldest", d->oldest_ms);
	view_instant(into, "nextDue", d->next_due_ms);
	json_set_text(into, "state", state);
	json_set_text(into, "reason", reason);
	json_set_text(into, "remedy", reason_remedy(reason));
}

void
view_hold(struct json *into, const struct hold *h)
{
	json_set_text(into, "appId", h->app_id);
	json_set_text(into, "provider", provider_name_of(h->platform));
	set_unless_empty(into, "host", h->host);
	view_instant(into, "since", h->since_ms);
	set_unless_empty(into, "reason", h->reason);
}

const char *
view_place(struct arena *a, unsigned platform, const char *host)
{
	const char *provider = provider_name_of(platform);

	return host[0] == '\0' ? provider
	    : arena_fmt(a, "%s at %s", provider, host);
}

void
view_credential(struct json *into, const struct credential_status *h)
{
	json_set_text(into, "appId", h->app_id);
	json_set_text(into, "provider", provider_name_of(h->platform));
	if (h->platform < PLATFORM__COUNT &&
	    providers[h->platform]->environments)
		json_set_text(into, "environment",
		    h->environment == 0 ? "production" : "development");
	set_unless_empty(into, "host", h->host);
	json_set_text(into, "state", h->state);
	set_unless_empty(into, "reason", h->reason);
	json_set_text(into, "remedy", reason_remedy(h->reason));
	view_instant(into, "since", h->since_ms);
	view_instant(into, "until", h->until_ms);
	view_instant(into, "seen", h->seen_ms);
	json_set_int(into, "accepted", (int64_t)h->accepted);
	json_set_int(into, "suspects", (int64_t)h->suspects);
	json_set_int(into, "gone", (int64_t)h->gone);
	json_set_text(into, "instance", h->instance);
}

void
view_instance(struct arena *a, struct json *into, const struct instance *i,
    int64_t lease_ms)
{
	struct json *figures;

	json_set_text(into, "name", i->name);
	json_set_text(into, "host", i->host);
	json_set_bool(into, "alive", i->now_ms - i->seen_ms <= lease_ms);
	json_set_bool(into, "draining", i->draining);
	view_instant(into, "started", i->started_ms);
	view_instant(into, "seen", i->seen_ms);
	if (instance_is_silent(i, lease_ms))
		view_instant(into, "silentSince", i->seen_ms);
	json_set_int(into, "seenSecondsAgo",
	    seconds_since(i->seen_ms, i->now_ms));
	json_set_int(into, "shards", i->shards);
	if (i->figures != NULL && json_parse(a, i->figures, strlen(i->figures),
		INSTANCE_FIGURES_DEPTH, &figures) == NULL)
		json_set(into, "figures", figures);
}
