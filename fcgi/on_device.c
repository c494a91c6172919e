/* SPDX-License-Identifier: MIT */
/* Registered devices: a device maps a push token to an activation. */
#include "fcgi/handlers.h"

#include <string.h>

#include "lib/json_text.h"
#include "lib/mem.h"
#include "lib/text.h"

#include "push/provider.h"

#include "db/application.h"
#include "db/device.h"
#include "db/registration.h"

#include "core/credentials.h"
#include "core/device_address.h"
#include "core/together.h"

#include "fcgi/call.h"
#include "fcgi/caller.h"
#include "fcgi/page.h"
#include "fcgi/powerauth.h"
#include "fcgi/reply_list.h"

#define REMOVED "Device registration failed because associated activation " \
	"is not ACTIVE"
#define UNKNOWN "Device registration failed because activation status is " \
	"unknown"

#define OLD_NAME(number, id, name, old) old,
#define NAME(number, id, name, old) #name,
static const char *const platforms[] = {
    PLATFORMS_PUBLISHED(OLD_NAME) PLATFORMS(NAME) NULL};
static const char *const environments[] = {
    "development", "production", NULL};
static const char *const statuses[] = {
    "CREATED", "PENDING_COMMIT", "ACTIVE", "BLOCKED", "REMOVED", NULL};

struct device_in {
	const char *app_id, *activation_id, *platform, *token, *environment;
	const char *user_id, *status;
	struct texts activation_ids;
	struct page_in part;
};

/* clang-format off */
#define AT(member) offsetof(struct device_in, member)

#define APP_ID \
	{"appId", F_ID, F_NEED, AT(app_id), 0, 255, \
	    .missing = "App ID must not be null."}
#define ACTIVATION_ID \
	{"activationId", F_ID, F_NEED | F_FILLED, AT(activation_id), 0, DEVICE_ID_MAX, \
	    .missing = "Activation ID must not be null."}
#define PLATFORM \
	{"platform", F_ENUM, F_NEED, AT(platform), .choices = platforms, \
	    .missing = "Platform must not be null."}
#define ENVIRONMENT \
	{"environment", F_ENUM, F_ANYCASE, AT(environment), \
	    .choices = environments}
/* push/token.h has the form and the length of a token of each platform */
#define TOKEN \
	{"token", F_TEXT, F_NEED | F_FILLED | F_OR_OBJECT, AT(token), \
	    .missing = "Push token must not be null or empty."}
#define USER_ID {"userId", F_ID, F_FILLED, AT(user_id), 0, 255}
#define STATUS \
	{"activationStatus", F_ENUM, 0, AT(status), .choices = statuses}

static const struct field create_fields[] = {
	APP_ID, ACTIVATION_ID, PLATFORM, TOKEN, ENVIRONMENT, USER_ID, STATUS,
	{NULL}
};

static const struct field multi_fields[] = {
	APP_ID,
	{"activationIds", F_TEXTS, F_NEED | F_FILLED, AT(activation_ids), 0,
	    LIMIT_ACTIVATIONS, .each = DEVICE_ID_MAX,
	    .missing = "Activation ID list must not be null.",
	    .empty = "Activation ID list must not empty."},
	PLATFORM, ENVIRONMENT, TOKEN, USER_ID, STATUS,
	{NULL}
};

static const struct field delete_fields[] = {APP_ID, TOKEN, {NULL}};
static const struct field status_fields[] = {ACTIVATION_ID, STATUS, {NULL}};
static const struct field list_fields[] = {
	{"userId", F_ID, F_NEED | F_QUERY_ONLY, AT(user_id), 0, 255,
	    .missing = "User ID must not be null."},
	{"appId", F_ID, F_QUERY_ONLY, AT(app_id), 0, 255},
	PAGE_FIELDS(struct device_in),
	{NULL}
};

const struct form device_create_form = {
	create_fields, sizeof(struct device_in),
	"Request object must not be empty", 0
};
const struct form device_multi_form = {
	multi_fields, sizeof(struct device_in),
	"Request object must not be empty", 0
};
const struct form device_delete_form = {
	delete_fields, sizeof(struct device_in),
	"Request object must not be empty", 0
};
const struct form device_status_form = {
	status_fields, sizeof(struct device_in), NULL, FORM_BARE
};
const struct form device_list_form = {
	list_fields, sizeof(struct device_in), NULL, 0
};
/* clang-format on */

/* --- the activation --------------------------------------------------- */

static bool
has_powerauth(const struct call *c)
{
	return c->settings->powerauth.url != NULL;
}

/* May we trust userId and activationStatus of the request? With a PowerAuth
 * Server configured, only if both are present and the caller may vouch. */
static bool
is_vouched(const struct call *c, const struct device_in *in)
{
	if (!has_powerauth(c))
		return in->user_id != NULL;
	return in->user_id != NULL && in->status != NULL &&
	    caller_may_vouch(c);
}

/* The activation as PowerAuth Server, our own table or the caller knows it. An
 * unknown activation is like a removed one, as PowerAuth Server answers. */
static const struct err *
find_activation(struct call *c, const char *id, struct activation *act)
{
	const struct device_in *in = c->in;
	const struct err *e;

	if (is_vouched(c, in)) {
		*act = (struct activation){.activation_id = id,
		    .user_id = in->user_id, .app_id = in->app_id,
		    .status = in->status != NULL ? in->status : "ACTIVE"};
		return NULL;
	}
	if (has_powerauth(c))
		return problem_say(powerauth_activation(c, id, act), ERR_BUSY,
		    UNKNOWN);
	e = activation_by_id(c->db, c->mem, id, act);
	if (e != NULL && e->code == ERR_MISSING) {
		*act = (struct activation){.activation_id = id,
		    .status = "REMOVED"};
		return NULL;
	}
	return e;
}

/* To a caller that is bound to applications, an activation of another
 * application is like an unknown one. */
static bool
is_of_another(const struct call *c, const struct activation *act)
{
	const struct device_in *in = c->in;

	return caller_is_bound(c) && act->app_id != NULL &&
	    strcmp(act->app_id, in->app_id) != 0;
}

static const struct err *
find_application(struct call *c, const char *app_id, struct application *app)
{
	c->app = app_id;
	return problem_say(together_application(c->worker->together, c->db,
	    c->mem, app_id, app), ERR_MISSING,
	    "Application with given ID does not exist");
}

/* The token and the address that come with the call, and its application. */
static const struct err *
find_target(struct call *c, struct device_address *at, struct application *app)
{
	const struct device_in *in = c->in;
	const struct provider *p = provider_by_name(in->platform);
	const struct err *e = device_address_take(c->mem, c->settings, p,
	    in->token, at);

	if (e == NULL)
		e = find_application(c, in->app_id, app);
	if (e == NULL)
		device_address_bind(c->mem, p,
		    credentials_value(app, p, FIELD_TOPIC), at);
	return e;
}

/* The registration that the row will hold. A local activation that came with
 * the call is written with the row, in one transaction. */
static const struct err *
registration_of(struct call *c, const struct application *app, const char *id,
    const struct device_address *at, struct registration *r)
{
	const struct device_in *in = c->in;
	struct activation *act = arena_zero(c->mem, sizeof *act);
	const struct err *e;

	if ((e = find_activation(c, id, act)) != NULL)
		return e;
	if (strcmp(act->status, "REMOVED") == 0 || is_of_another(c, act))
		return err_new(ERR_INVALID, "%s", REMOVED);
	*r = (struct registration){.app = app->id, .activation_id = id,
	    .user_id = act->user_id, .platform = in->platform,
	    .environment = in->environment, .token = at->token,
	    .address = at->address, .begins = at->begins,
	    .active = strcmp(act->status, "ACTIVE") == 0,
	    .own = caller_is_bound(c),
	    .shared = c->settings->registration.multiple_activations};
	if (is_vouched(c, in) && !has_powerauth(c))
		r->local = act;
	return NULL;
}

/* --- handlers --------------------------------------------------------- */

const struct err *
on_device_create(struct call *c)
{
	const struct device_in *in = c->in;
	struct device_address at;
	struct application app;
	struct registration r;
	const struct err *e;

	if ((e = find_target(c, &at, &app)) != NULL ||
	    (e = registration_of(c, &app, in->activation_id, &at, &r)) !=
		NULL)
		return e;
	e = together_register(c->worker->together, c->db, &r);
	e = problem_say(e, ERR_AMBIGUOUS, "Multiple device registrations "
	    "found for push token. Use the /push/device/create/multi "
	    "endpoint for this scenario.");
	e = problem_say(e, ERR_DENIED, REMOVED);
	return e != NULL ? e : reply_ok(c);
}

/* Position of the first equal text: i itself when there is none before. */
static size_t
first_of(const struct texts *t, size_t i)
{
	size_t k = 0;

	while (strcmp(t->items[k], t->items[i]) != 0)
		k++;
	return k;
}

/* Only the current name is accepted, as in the published server. */
static bool
takes_environment(const char *platform)
{
	const struct provider *p = provider_by_name(platform);

	return p->environments && strcmp(platform, p->name) == 0;
}

static const struct err *
check_multi(const struct call *c, const struct device_in *in)
{
	if (!c->settings->registration.multiple_activations)
		return err_new(ERR_INVALID, "Registration of multiple "
		    "associated activations per device is not enabled.");
	if (in->environment != NULL && !takes_environment(in->platform))
		return err_new(ERR_INVALID, "Environment specified for a "
		    "platform that does not support environment setting.");
	return NULL;
}

const struct err *
on_device_create_multi(struct call *c)
{
	const struct device_in *in = c->in;
	const struct texts *ids = &in->activation_ids;
	struct registration *list;
	struct device_address at;
	struct application app;
	const struct err *e;
	size_t n = 0;

	if ((e = check_multi(c, in)) != NULL ||
	    (e = find_target(c, &at, &app)) != NULL)
		return e;
	list = arena_zero(c->mem, ids->n * sizeof *list);
	for (size_t i = 0; i < ids->n; i++) {
		if (first_of(ids, i) < i)
			continue;
		e = registration_of(c, &app, ids->items[i], &at, &list[n++]);
		if (e != NULL && e->code == ERR_INVALID)
			return err_new(ERR_INVALID,
			    "Device registration failed");
		if (e != NULL)
			return e;
	}
	e = problem_say(device_register_all(c->db, list, n), ERR_DENIED,
	    "Device registration failed");
	return e != NULL ? e : reply_ok(c);
}

/* Removing what does not exist succeeds: also for an unknown application, and
 * for a text that is not a token. */
const struct err *
on_device_delete(struct call *c)
{
	const struct device_in *in = c->in;
	const char *plain, *apns;
	struct application app;
	const struct err *e;

	c->app = in->app_id;
	token_spellings(c->mem, in->token, &plain, &apns);
	e = application_by_name(c->db, c->mem, in->app_id, &app);
	if (e == NULL)
		e = device_remove(c->db, app.id, plain, apns);
	else if (e->code == ERR_MISSING)
		e = NULL;
	return e != NULL ? e : reply_ok(c);
}

static const struct err *
ask_status(struct call *c, const char *id, const char **status)
{
	struct activation act;
	const struct err *e;

	if (has_powerauth(c))
		e = problem_say(powerauth_activation(c, id, &act), ERR_BUSY,
		    "Update device status failed because activation status "
		    "is unknown");
	else
		e = problem_say(activation_by_id(c->db, c->mem, id, &act),
		    ERR_MISSING, "Update device status failed because "
		    "activation status is unknown");
	if (e == NULL)
		*status = act.status;
	return e;
}

/* PowerAuth's callback comes for every activation. Most have no device: for
 * those PowerAuth Server is not asked, nor for a device of an application that
 * the caller is not bound to. */
const struct err *
on_device_status_update(struct call *c)
{
	const struct device_in *in = c->in;
	const char *status = in->status, *app_id;
	const struct err *e;
	int64_t app;

	e = device_app(c->db, c->mem, in->activation_id, &app, &app_id);
	if (e == NULL && app_id != NULL && caller_has_app(c, app_id)) {
		if (status == NULL)
			e = ask_status(c, in->activation_id, &status);
		if (e == NULL)
			e = device_set_active(c->db, in->activation_id, app,
			    strcmp(status, "ACTIVE") == 0);
	}
	return e != NULL ? e : reply_ok(c);
}

/* --- looking ---------------------------------------------------------- */

static const struct err *
write_device(struct call *c, const void *of, struct buf *into)
{
	const struct device *d = of;
	const struct provider *p = provider_by_name(d->platform);
	char mask[10];

	(void)c;
	text_mask(d->token, mask);
	(void)buf_text(into, "{");
	json_put_int(into, "device", d->id);
	json_put_text(into, "appId", d->app_id);
	json_put_text(into, "activationId", d->activation_id);
	json_put_text(into, "platform", p != NULL ? p->name : d->platform);
	json_put_text(into, "environment", d->environment);
	json_put_text(into, "token", mask);
	json_put_bool(into, "active", d->active);
	reply_put_instant(into, "registered", d->registered_ms);
	if (d->gone_ms != 0) {
		json_put_name(into, "quarantine");
		(void)buf_text(into, "{");
		reply_put_instant(into, "since", d->gone_ms);
		json_put_text(into, "reason", d->gone_reason);
		(void)buf_text(into, "}");
	}
	(void)buf_text(into, "}");
	return NULL;
}

/* Without an appId, a caller that is bound to applications sees the devices of
 * those; with one, it was checked with the form (fcgi/serve.c). */
const struct err *
on_device_list(struct call *c)
{
	const struct device_in *in = c->in;
	struct part part;
	const struct page_in *asked = page_asked(c, &in->part, &part);
	struct reply_list *list = reply_list_new(c, "devices", asked);
	struct device *devices;
	const struct err *e;
	size_t n;
	bool more;

	c->app = in->app_id;
	e = device_list(c->db, c->mem, in->user_id, in->app_id, &part, &devices,
	    &n, &more);
	if (e != NULL)
		return e;
	if (more)
		reply_more(c);
	for (size_t i = 0; e == NULL && i < n; i++)
		e = reply_list_write(list, write_device, &devices[i]);
	return e != NULL ? e : reply_list_end(list);
}
