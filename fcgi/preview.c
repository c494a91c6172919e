/* SPDX-License-Identifier: MIT */
/*
 * A preview uses the functions of a send: send_call_prepare for the devices,
 * compose and address of the provider for the request. Tokens are masked and
 * the authorization is left out: people paste a preview into tickets.
 */
#include "fcgi/preview.h"

#include <string.h>

#include "lib/clock.h"
#include "lib/mem.h"
#include "lib/text.h"

#include "db/application.h"

#include "push/message.h"
#include "push/provider.h"

#include "core/credentials.h"
#include "core/target.h"

#include "fcgi/send_warn.h"
#include "fcgi/warn.h"

#define BODY_DEPTH 64
#define UNSHOWN "bearer (not shown)"
#define NOBODY "00000000000000000000000000000000"

struct composed {
	bool done;
	const char *refusal; /* NULL: not refused */
	struct template t;
};

struct preview {
	struct call *c;
	const struct application *app;
	struct message message;
	struct composed by[PLATFORM__COUNT];
	struct exchange *x;
	int64_t now_ms;
};

/* --- the message ------------------------------------------------------ */

static const char *
keep_words(struct preview *v, const struct err *e)
{
	return e == NULL ? NULL
			 : arena_text(v->c->mem, e->text, strlen(e->text));
}

/* Once per provider: the template is the same for all devices. */
static struct composed *
compose_once(struct preview *v, enum platform p)
{
	struct composed *one = &v->by[p];

	if (one->done)
		return one;
	one->done = true;
	one->refusal = keep_words(v, refusal_compose(v->c->settings, p,
	    &v->message, &one->t));
	if (v->message.expires_ms != 0 && v->message.expires_ms <= v->now_ms)
		one->refusal = "its validity is over: it would expire "
		    "without being sent";
	return one;
}

/* --- the endpoint ----------------------------------------------------- */

/* As sendd has it for this target. */
static const struct err *
find_endpoint(struct preview *v, const struct outbox_target *t,
    char url[ENDPOINT_URL])
{
	const struct provider *p = providers[t->platform];
	struct bytes host = p->host != NULL ? p->host(t->token)
	    : (struct bytes){NULL, 0};
	const struct endpoint_app app = {
	    credentials_value(v->app, p, FIELD_PROJECT), t->environment,
	    host.data != NULL ? arena_text(v->c->mem, host.data, host.len)
			      : NULL};

	/* cppcheck-suppress returnDanglingLifetime ; returns no parameter */
	return p->endpoint(&v->c->settings->provider[t->platform], &app, url);
}

/* --- one device ------------------------------------------------------- */

static const struct err *
address_request(struct preview *v, const struct outbox_target *t,
    const char *token, const char *url)
{
	const struct provider *p = providers[t->platform];
	struct authorization g = {UNSHOWN,
	    credentials_value(v->app, p, FIELD_TOPIC), endpoint_path(url),
	    credentials_value(v->app, p, FIELD_LINK)};
	struct target target = {token, 0};

	exchange_reset(v->x);
	/* cppcheck-suppress returnDanglingLifetime ; returns no parameter */
	return p->address(&v->by[t->platform].t, &g,
	    &target, 1, v->now_ms, v->x);
}

/* Address a target with a masked token; in a path without the mask's dots. */
static bool
address_masked(struct preview *v, const struct outbox_target *t, char *mask,
    const char *url)
{
	if (address_request(v, t, mask, url) == NULL)
		return true;
	mask[strcspn(mask, ".")] = '\0';
	return address_request(v, t, mask, url) == NULL;
}

static void
show_request(struct preview *v, const char *url, struct json *j)
{
	const struct exchange *x = v->x;
	struct json *headers, *body;

	json_set_text(j, "url", arena_fmt(v->c->mem, "%.*s%s",
	    (int)(endpoint_path(url) - url), url, x->path));
	headers = json_set_object(j, "headers");
	for (unsigned i = 0; i < x->n_headers; i++)
		/* the id of the row, which does not exist in a preview */
		json_set_text(headers, x->headers[i].name,
		    strcmp(x->headers[i].name, "apns-id") == 0
			? "(made when queued)"
			: x->headers[i].value);
	if (json_parse(v->c->mem, x->body, x->body_len, BODY_DEPTH, &body) ==
	    NULL)
		json_set(j, "payload", body);
}

static void
show_target(struct preview *v, enum target_fate fate,
    const struct outbox_target *t, struct json *j)
{
	struct composed *one = compose_once(v, (enum platform)t->platform);
	const struct provider *p = providers[t->platform];
	const char *refusal = one->refusal;
	char mask[ADDRESS_SIZE], url[ENDPOINT_URL];

	json_set_int(j, "limit", (int64_t)p->payload_max);
	if (one->t.size > 0)
		json_set_int(j, "size", (int64_t)one->t.size);
	if (fate != TARGET_GOES)
		refusal = target_why(fate);
	if (refusal == NULL)
		refusal = keep_words(v, find_endpoint(v, t, url));
	/* the real token decides, the masked one is shown */
	if (refusal == NULL)
		refusal = keep_words(v, address_request(v, t, t->token, url));
	if (refusal != NULL) {
		json_set_text(j, "refusal", refusal);
		return;
	}
	if (p->mask != NULL)
		p->mask(t->token, mask);
	else
		text_mask(t->token, mask);
	if (address_masked(v, t, mask, url))
		show_request(v, url, j);
	if (one->t.warning[0] != '\0')
		json_set_text(j, "warning", one->t.warning);
}

/* t: the row of the device; NULL when fate is the reason that none would be
 * queued. */
static void
show_device(struct preview *v, const struct device *d, enum target_fate fate,
    const struct outbox_target *t, struct json *j)
{
	const struct provider *p = provider_by_name(d->platform);
	char mask[10];

	text_mask(d->token, mask);
	json_set_int(j, "device", d->id);
	json_set_text(j, "platform", p != NULL ? p->name : d->platform);
	if (p != NULL && p->environments && t != NULL)
		json_set_text(j, "environment",
		    t->environment == 0 ? "production" : "development");
	json_set_text(j, "token", mask);
	json_set_text(j, "activationId", d->activation_id);
	if (t != NULL)
		show_target(v, fate, t, j);
	else
		json_set_text(j, "refusal", target_why(fate));
}

static void
show_devices(struct preview *v, const struct target_list *l, struct json *into)
{
	const struct outbox_target *t = l->targets;
	const struct outbox_target *end = t + l->n_targets;

	for (size_t i = 0; i < l->n; i++) {
		const struct device *d = &l->devices[i];
		bool row = t < end && t->device == d->id;

		show_device(v, d, l->fates[i], row ? t : NULL,
		    json_add_object(into));
		t += row;
	}
}

/* --- of any device ---------------------------------------------------- */

static void
show_provider(struct preview *v, const struct provider *p, struct json *j)
{
	bool development = settings_development(v->c->settings);
	struct outbox_target t = {.platform = p->platform,
	    .token = p->nobody != NULL ? p->nobody : NOBODY};

	json_set_text(j, "platform", p->name);
	if (p->environments) {
		(void)environment_choose(credentials_value(v->app, p,
		    FIELD_ENVIRONMENT), NULL, development, &t.environment);
		json_set_text(j, "environment",
		    t.environment == 0 ? "production" : "development");
	}
	show_target(v, TARGET_GOES, &t, j);
}

static void
preview_close(struct preview *v)
{
	exchange_free(v->x);
	for (unsigned p = 0; p < PLATFORM__COUNT; p++)
		if (v->by[p].done)
			template_done(&v->by[p].t);
}

const struct err *
preview_providers(struct call *c, const struct application *app,
    const char *stored, size_t len, struct json **out)
{
	struct preview v = {.c = c, .app = app, .now_ms = clock_now_ms()};
	const struct err *e = message_read(c->mem, stored, len, &v.message);
	struct json *list;

	if (e != NULL)
		return e;
	*out = json_new_object(c->mem);
	json_set_text(*out, "appId", app->app_id);
	list = json_set_array(*out, "providers");
	v.x = exchange_new();
	for (unsigned p = 0; p < PLATFORM__COUNT; p++)
		if (app->has[p])
			show_provider(&v, providers[p], json_add_object(list));
	preview_close(&v);
	return NULL;
}

/* --- the answer ------------------------------------------------------- */

const struct err *
preview_send(struct call *c, struct send_call *s, struct json **out)
{
	struct preview v = {.c = c, .now_ms = clock_now_ms()};
	const struct outbox_message *m;
	struct send_plan plan;
	const struct err *e;

	if ((e = send_call_prepare(c, s, true, &plan)) != NULL)
		return e;
	send_warn(c, &s->send, s->batch, &plan);
	if ((e = warn_strict(c, s->strict)) != NULL)
		return e;
	m = &plan.queue.messages[0];
	e = message_read(c->mem, m->body, m->body_len, &v.message);
	if (e != NULL)
		return e;
	v.app = plan.app;
	/* a scheduled message is judged at its own time */
	v.now_ms += m->delay_ms;
	*out = json_new_object(c->mem);
	json_set_text(*out, "appId", s->send.app_id);
	json_set_text(*out, "userId", m->user_id);
	v.x = exchange_new();
	show_devices(&v, &plan.fates[0].list, json_set_array(*out, "devices"));
	preview_close(&v);
	return NULL;
}
