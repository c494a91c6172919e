/* SPDX-License-Identifier: MIT */
/* Applications: which there are, and what is configured for them. */
#include "fcgi/handlers.h"

#include <string.h>

#include "lib/mem.h"

#include "db/application.h"

#include "fcgi/access.h"
#include "fcgi/call.h"
#include "fcgi/powerauth.h"

struct app_in {
	const char *app_id;
	bool apns, fcm, hms;
};

/* clang-format off */
#define AT(member) offsetof(struct app_in, member)

static const struct field detail_fields[] = {
	{"appId",	F_ID,	F_NEED, AT(app_id), 0, 255,
	    .missing = "App ID must not be null."},
	/* the names of 1.4 to 1.9; beside today's they do not count */
	{"includeIos",	   F_FLAG, 0, AT(apns)},
	{"includeAndroid", F_FLAG, 0, AT(fcm)},
	{"includeHuawei",  F_FLAG, 0, AT(hms)},
	{"includeApns",	   F_FLAG, 0, AT(apns)},
	{"includeFcm",	   F_FLAG, 0, AT(fcm)},
	{"includeHms",	   F_FLAG, 0, AT(hms)},
	{NULL}
};

static const struct field create_fields[] = {
	{"appId", F_ID, F_NEED | F_FILLED | F_SOLID, AT(app_id), 0, 255,
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

static void
add_flags(struct json *j, const struct application *app)
{
	json_set_text(j, "appId", app->app_id);
	json_set_bool(j, "apns", app->apns);
	json_set_bool(j, "fcm", app->fcm);
	json_set_bool(j, "hms", app->hms);
}

const struct err *
on_app_list(struct call *c)
{
	struct json *object = json_new_object(c->mem), *array;
	struct application *list;
	const struct err *e;
	size_t n;

	if ((e = application_list(c->db, c->mem, &list, &n)) != NULL)
		return e;
	array = json_set_array(object, "applicationList");
	for (size_t i = 0; i < n; i++)
		if (access_has_app(c, list[i].app_id))
			add_flags(json_add_object(array), &list[i]);
	return reply_object(c, object);
}

/* --- unconfigured ----------------------------------------------------- */

static void
add_unconfigured(struct call *c, struct json *array, const char *app_id)
{
	if (access_has_app(c, app_id))
		json_set_text(json_add_object(array), "appId", app_id);
}

/* What PowerAuth Server has and we have not, in order of their names. */
static const struct err *
unconfigured_there(struct call *c, struct json *array)
{
	struct application *ours;
	struct texts theirs;
	const struct err *e;
	size_t n, i = 0;

	e = powerauth_applications(c, &theirs);
	if (e != NULL)
		return problem_say(e, ERR_BUSY, "Unconfigured application "
		    "list failed because application name could not be "
		    "retrieved");
	if ((e = application_list(c->db, c->mem, &ours, &n)) != NULL)
		return e;
	for (size_t k = 0; k < theirs.n; k++) {
		while (i < n && strcmp(ours[i].app_id, theirs.items[k]) < 0)
			i++;
		if (i == n || strcmp(ours[i].app_id, theirs.items[k]) != 0)
			add_unconfigured(c, array, theirs.items[k]);
	}
	return NULL;
}

static const struct err *
unconfigured_here(struct call *c, struct json *array)
{
	struct application *list;
	const struct err *e;
	size_t n;

	e = application_unconfigured(c->db, c->mem, &list, &n);
	for (size_t i = 0; e == NULL && i < n; i++)
		add_unconfigured(c, array, list[i].app_id);
	return e;
}

const struct err *
on_app_unconfigured_list(struct call *c)
{
	struct json *object = json_new_object(c->mem);
	struct json *array = json_set_array(object, "applicationList");
	const struct err *e = c->settings->powerauth.url != NULL
		? unconfigured_there(c, array)
		: unconfigured_here(c, array);

	return e != NULL ? e : reply_object(c, object);
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
	add_flags(json_set_object(object, "application"), &app);
	if (in->apns) {
		json_set_text(object, "apnsBundle", app.apns_bundle);
		json_set_text(object, "apnsKeyId", app.apns_key_id);
		json_set_text(object, "apnsTeamId", app.apns_team_id);
		json_set_text(object, "apnsEnvironment", app.apns_environment);
	}
	if (in->fcm)
		json_set_text(object, "fcmProjectId", app.fcm_project_id);
	if (in->hms)
		json_set_text(object, "hmsProjectId", app.hms_project_id);
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
		return problem_say(e, ERR_CONFLICT,
		    "Application already exists");
	json_set_text(object, "appId", in->app_id);
	return reply_object(c, object);
}
