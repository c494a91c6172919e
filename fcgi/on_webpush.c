/* SPDX-License-Identifier: MIT */
/* What a page needs to subscribe its browser. */
#include "fcgi/handlers.h"

#include "push/provider.h"

#include "db/application.h"

#include "core/credentials.h"

#include "fcgi/call.h"

struct webpush_in {
	const char *app_id;
};

static const struct field key_fields[] = {
    {"appId", F_ID, F_NEED | F_QUERY_ONLY, offsetof(struct webpush_in, app_id),
	0, 255, .missing = "App ID must not be null."},
    {NULL}};

const struct form webpush_key_form = {
    key_fields, sizeof(struct webpush_in), NULL, 0};

const struct err *
on_webpush_key(struct call *c)
{
	const struct provider *p = providers[PLATFORM_WEBPUSH];
	struct json *object = json_new_object(c->mem);
	const struct webpush_in *in = c->in;
	struct application app;
	const struct err *e;
	const char *key;

	c->app = in->app_id;
	e = application_by_name(c->db, c->mem, in->app_id, &app);
	if (e != NULL)
		return problem_say(e, ERR_MISSING,
		    "Application with given ID does not exist");
	if ((key = credentials_value(&app, p, FIELD_TOPIC)) == NULL)
		return err_new(ERR_INVALID, "The application has no key for "
		    "Web Push");
	json_set_text(object, "appId", app.app_id);
	json_set_text(object, provider_field(p, FIELD_TOPIC)->name, key);
	return reply_object(c, object);
}
