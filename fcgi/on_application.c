/* SPDX-License-Identifier: MIT */
/* Applications: listing, details and creation. */
#include "fcgi/handlers.h"

#include <string.h>

#include "lib/mem.h"

#include "core/view.h"

#include "fcgi/call.h"
#include "fcgi/caller.h"
#include "fcgi/page.h"
#include "fcgi/powerauth.h"
#include "fcgi/reply_list.h"

struct app_in {
	const char *app_id;
	bool include[PLATFORM__COUNT];
};

/* clang-format off */
#define AT(member) offsetof(struct app_in, member)

static const struct field detail_fields[] = {
	{"appId",	F_ID,	F_NEED, AT(app_id), 0, 255,
	    .missing = "App ID must not be null."},
	/* the names of 1.4 to 1.9; ignored if the current name is given */
	{"includeIos",	   F_FLAG, 0, AT(include[PLATFORM_APNS])},
	{"includeAndroid", F_FLAG, 0, AT(include[PLATFORM_FCM])},
	{"includeHuawei",  F_FLAG, 0, AT(include[PLATFORM_HMS])},
	{"includeApns",	   F_FLAG, 0, AT(include[PLATFORM_APNS])},
	{"includeFcm",	   F_FLAG, 0, AT(include[PLATFORM_FCM])},
	{"includeHms",	   F_FLAG, 0, AT(include[PLATFORM_HMS])},
	{"includeWebpush", F_FLAG, 0, AT(include[PLATFORM_WEBPUSH])},
	{NULL}
};

static const struct field create_fields[] = {
	{"appId", F_ID, F_NEED | F_FILLED | F_NOT_BLANK, AT(app_id), 0, 255,
	    .missing = "App ID must not be null."},
	{NULL}
};

const struct form app_detail_form = {
	detail_fields, sizeof(struct app_in), "Request must not be null.", 0
};
const struct form app_create_form = {
	create_fields, sizeof(struct app_in),
	"Request object must not be empty", 0
};
/* clang-format on */

static const struct err *
make_app(struct call *c, const void *app, struct json *element)
{
	(void)c;
	view_application(element, app);
	return NULL;
}

static const struct err *
add_app(const struct application *app, void *list)
{
	return reply_list_add(list, make_app, app);
}

const struct err *
on_app_list(struct call *c)
{
	struct part part;
	const struct page_in *asked = page_asked(c, c->in, &part);
	struct reply_list *list = reply_list_new(c, "applicationList", asked);
	const struct err *e;

	e = application_page(c->db, &part, add_app, list);
	return e != NULL ? e : reply_list_end(list);
}

/* --- unconfigured ----------------------------------------------------- */

static const struct err *
make_name(struct call *c, const void *app_id, struct json *element)
{
	(void)c;
	json_set_text(element, "appId", app_id);
	return NULL;
}

static const struct err *
add_unconfigured(const struct application *app, void *list)
{
	return reply_list_add(list, make_name, app->app_id);
}

/* Names that only PowerAuth Server has; both lists are sorted. */
static const struct err *
add_unknown(struct call *c, const struct texts *theirs,
    const struct application *ours, size_t n, const struct part *part,
    struct reply_list *list)
{
	int64_t at = 0, end = part->size > 0 ? part->offset + part->size
					     : INT64_MAX;
	const struct err *e = NULL;
	size_t i = 0;

	for (size_t k = 0; e == NULL && k < theirs->n; k++) {
		const char *name = theirs->items[k];

		while (i < n && strcmp(ours[i].app_id, name) < 0)
			i++;
		if ((i < n && strcmp(ours[i].app_id, name) == 0) ||
		    !caller_has_app(c, name))
			continue;
		if (at >= part->offset && at < end)
			e = reply_list_add(list, make_name, name);
		at++;
	}
	return e;
}

/* Applications of PowerAuth Server that are not configured here, sorted by
 * name. */
static const struct err *
unconfigured_there(struct call *c, const struct part *part,
    struct reply_list *list)
{
	struct application *ours;
	struct texts theirs;
	const struct err *e;
	size_t n;

	e = powerauth_applications(c, &theirs);
	if (e != NULL)
		return problem_say(e, ERR_BUSY, "Unconfigured application "
		    "list failed because application name could not be "
		    "retrieved");
	if ((e = application_list(c->db, c->mem, &ours, &n)) != NULL)
		return e;
	return add_unknown(c, &theirs, ours, n, part, list);
}

const struct err *
on_app_unconfigured_list(struct call *c)
{
	struct part part;
	const struct page_in *asked = page_asked(c, c->in, &part);
	struct reply_list *list = reply_list_new(c, "applicationList", asked);
	const struct err *e = c->settings->powerauth.url != NULL
		? unconfigured_there(c, &part, list)
		: application_unconfigured(c->db, &part, add_unconfigured,
		      list);

	return e != NULL ? e : reply_list_end(list);
}

/* --- detail and create ------------------------------------------------ */

const struct err *
on_app_detail(struct call *c)
{
	struct json *object = json_new_object(c->mem);
	const struct app_in *in = c->in;
	struct application app;
	const struct err *e;

	c->app = in->app_id;
	e = application_by_name(c->db, c->mem, in->app_id, &app);
	if (e != NULL)
		return problem_say(e, ERR_MISSING, "Application credentials "
		    "with entered ID: %s does not exist", in->app_id);
	view_application(json_set_object(object, "application"), &app);
	for (int p = 0; p < PLATFORM__COUNT; p++)
		if (in->include[p])
			view_credential_fields(c->mem, object, &app,
			    (enum platform)p);
	return reply_object(c, object);
}

const struct err *
on_app_create(struct call *c)
{
	struct json *object = json_new_object(c->mem);
	const struct app_in *in = c->in;
	const struct err *e;
	int64_t id;

	c->app = in->app_id;
	e = application_add(c->db, in->app_id, &id);
	if (e != NULL)
		return problem_say(e, ERR_DUPLICATE,
		    "Application already exists");
	json_set_text(object, "appId", in->app_id);
	return reply_object(c, object);
}
