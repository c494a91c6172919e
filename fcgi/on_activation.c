/* SPDX-License-Identifier: MIT */
/* Activations in our database, when no PowerAuth Server stores them. */
#include "fcgi/handlers.h"

#include "db/activation.h"
#include "db/device.h"

#include "core/view.h"

#include "fcgi/audited.h"
#include "fcgi/call.h"

static const char *const statuses[] = {
    "CREATED", "PENDING_COMMIT", "ACTIVE", "BLOCKED", "REMOVED", NULL};

struct activation_in {
	const char *activation_id, *user_id, *app_id, *status;
};

/* clang-format off */
#define AT(member) offsetof(struct activation_in, member)

static const struct field update_fields[] = {
	{"activationId",     F_ID, F_NEED | F_FILLED, AT(activation_id), 0,
	    DEVICE_ID_MAX, .missing = "Activation ID must not be null."},
	{"userId",	     F_ID, F_FILLED, AT(user_id), 0, 255},
	{"appId",	     F_ID, F_FILLED, AT(app_id), 0, 255},
	{"activationStatus", F_ENUM, 0, AT(status), .choices = statuses},
	{NULL}
};

static const struct field detail_fields[] = {
	{"activationId", F_ID, F_NEED | F_QUERY, AT(activation_id), 0,
	    DEVICE_ID_MAX, .missing = "Activation ID must not be null."},
	{NULL}
};

const struct form activation_update_form = {
	update_fields, sizeof(struct activation_in),
	"Request object must not be empty", 0
};
const struct form activation_detail_form = {
	detail_fields, sizeof(struct activation_in), NULL, 0
};
/* clang-format on */

static const struct err *
elsewhere(const struct call *c)
{
	if (c->settings->powerauth.url == NULL)
		return NULL;
	return err_new(ERR_INVALID, "Activations are kept by PowerAuth "
	    "Server, not here");
}

/* An absent member leaves its column as it is; a new activation is ACTIVE. */
const struct err *
on_activation_update(struct call *c)
{
	const struct activation_in *in = c->in;
	struct activation old, act = {.activation_id = in->activation_id,
	    .user_id = in->user_id, .app_id = in->app_id,
	    .status = in->status};
	const struct err *e;

	c->app = in->app_id;
	c->object = in->activation_id;
	if ((e = elsewhere(c)) != NULL)
		return e;
	if (act.status == NULL) {
		e = activation_by_id(c->db, c->mem, in->activation_id, &old);
		if (e != NULL && e->code != ERR_MISSING)
			return e;
		act.status = e == NULL ? old.status : "ACTIVE";
	}
	audit_detail(c, "activationStatus", act.status);
	audit_detail(c, "appId", act.app_id);
	e = activation_put(c->db, &act);
	return e != NULL ? e : reply_ok(c);
}

const struct err *
on_activation_detail(struct call *c)
{
	struct json *j = json_new_object(c->mem);
	const struct activation_in *in = c->in;
	struct activation act;
	const struct err *e;

	if ((e = elsewhere(c)) != NULL)
		return e;
	e = activation_by_id(c->db, c->mem, in->activation_id, &act);
	if (e != NULL)
		return problem_say(e, ERR_MISSING,
		    "Activation was not found: %s", in->activation_id);
	view_activation(j, &act);
	return reply_object(c, j);
}
