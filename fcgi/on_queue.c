/* SPDX-License-Identifier: MIT */
/* For operators: the queue, the sendds, the state of each credential, and
 * whether the stored credentials can sign. */
#include "fcgi/handlers.h"

#include <string.h>

#include "lib/mem.h"

#include "db/application.h"

#include "core/credentials.h"
#include "core/live.h"
#include "core/view.h"

#include "fcgi/call.h"
#include "fcgi/caller.h"

struct check_in {
	const char *app_id;
	bool live;
};

struct health_in {
	const char *app_id; /* NULL: of all of them */
	const char *state;  /* NULL: any */
};

static const char *const states[] = {"ok", "asking", "held", "none", NULL};

/* clang-format off */
#define AT(member) offsetof(struct check_in, member)

static const struct field check_fields[] = {
	{"appId", F_ID, F_NEED, AT(app_id), 0, 255,
	    .missing = "App ID must not be null."},
	{"live", F_FLAG, 0, AT(live)},
	{NULL}
};

#undef AT
#define AT(member) offsetof(struct health_in, member)

static const struct field health_fields[] = {
	{"appId", F_ID,   F_QUERY_ONLY, AT(app_id), 0, 255},
	{"state", F_ENUM, F_QUERY_ONLY, AT(state), .choices = states},
	{NULL}
};

const struct form app_health_form = {
	health_fields, sizeof(struct health_in), NULL, 0
};
const struct form app_check_form = {
	check_fields, sizeof(struct check_in),
	"Request object must not be empty", 0
};
/* clang-format on */

/* --- queue ------------------------------------------------------------ */

const struct err *
on_queue(struct call *c)
{
	struct json *j = json_new_object(c->mem), *list;
	uint64_t rows = 0;
	struct outbox_depth *depths;
	struct queued_why why;
	struct instance *instances;
	size_t n_depths, n_instances;
	const struct err *e;
	bool more = false;

	if ((e = outbox_depth_first(c->db, c->mem, &depths, &n_depths)) !=
		NULL ||
	    (e = instance_list(c->db, c->mem, &instances, &n_instances)) !=
		NULL ||
	    (e = queued_why_read(c->db, c->mem, c->settings->sendd.lease_ms,
		 &why)) != NULL)
		return e;
	list = json_set_array(j, "queue");
	for (size_t i = 0; i < n_depths; i++) {
		if (!caller_has_app(c, depths[i].app_id))
			continue;
		view_depth(json_add_object(list), &depths[i], &why);
		rows += depths[i].rows;
		more |= depths[i].more;
	}
	json_set_int(j, "rows", (int64_t)rows);
	if (more)
		json_set_bool(j, "more", true);
	list = json_set_array(j, "instances");
	for (size_t i = 0; i < n_instances; i++)
		view_instance(c->mem, json_add_object(list), &instances[i],
		    c->settings->sendd.lease_ms);
	return reply_object(c, j);
}

/* --- health ----------------------------------------------------------- */

static bool
is_asked(const struct call *c, const char *app_id)
{
	const struct health_in *in = c->in;

	return (in->app_id == NULL || strcmp(in->app_id, app_id) == 0) &&
	    caller_has_app(c, app_id);
}

static bool
is_in_state(const struct call *c, const struct credential_status *h)
{
	const struct health_in *in = c->in;

	return in->state == NULL || strcmp(in->state, h->state) == 0;
}

/* The state of credentials as each sendd reports it, and the holds of
 * operators: a hold is listed at once, even without a sendd, and whatever
 * state is asked for. */
const struct err *
on_app_health(struct call *c)
{
	struct json *j = json_new_object(c->mem), *list;
	struct credential_status *healths;
	struct hold *holds;
	size_t n_healths, n_holds;
	const struct err *e;

	if ((e = credential_status_list(c->db, c->mem, &healths, &n_healths)) !=
		NULL ||
	    (e = hold_list(c->db, c->mem, &holds, &n_holds)) != NULL)
		return e;
	list = json_set_array(j, "health");
	for (size_t i = 0; i < n_healths; i++)
		if (is_asked(c, healths[i].app_id) &&
		    is_in_state(c, &healths[i]))
			view_credential(json_add_object(list), &healths[i]);
	list = json_set_array(j, "holds");
	for (size_t i = 0; i < n_holds; i++)
		if (is_asked(c, holds[i].app_id))
			view_hold(json_add_object(list), &holds[i]);
	return reply_object(c, j);
}

/* --- check ------------------------------------------------------------ */

static void
add_check(struct call *c, const struct credentials *k, enum platform p,
    struct json *into)
{
	struct json *j = json_set_object(into, providers[p]->name);
	const char *why;

	json_set_text(j, "state", credentials_state(c->mem, c->settings, k, p,
	    &why));
	json_set_text(j, "reason", why);
}

static const struct err *
add_live(struct call *c, int64_t app, struct json *j)
{
	struct json *live;
	const struct err *e = live_ask(c->db, c->mem, app, c->worker->stop,
	    &live);

	if (e != NULL)
		return e;
	if (live != NULL)
		json_set(j, "live", live);
	else
		json_set_text(j, "live", "no sendd answered in time");
	return NULL;
}

const struct err *
on_app_check(struct call *c)
{
	const struct check_in *in = c->in;
	struct application app;
	struct credentials k;
	const struct err *e;
	struct json *j;

	c->app = in->app_id;
	if (c->worker->keyring == NULL)
		return err_new(ERR_FAULT, "no key file");
	e = application_by_name(c->db, c->mem, in->app_id, &app);
	if (e == NULL)
		e = application_credentials(c->db, c->mem,
		    c->worker->keyring, app.id, &k);
	if (e != NULL)
		return problem_say(e, ERR_MISSING, "Application credentials "
		    "with entered ID: %s does not exist", in->app_id);
	j = json_new_object(c->mem);
	json_set_text(j, "appId", in->app_id);
	for (unsigned p = 0; p < PLATFORM__COUNT; p++)
		add_check(c, &k, (enum platform)p, j);
	if (in->live && (e = add_live(c, app.id, j)) != NULL)
		return e;
	return reply_object(c, j);
}
