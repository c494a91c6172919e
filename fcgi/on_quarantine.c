/* SPDX-License-Identifier: MIT */
/* The devices in quarantine: looked through, and taken back. */
#include "fcgi/handlers.h"

#include "lib/mem.h"

#include "db/application.h"
#include "db/quarantine.h"

#include "push/provider.h"

#include "core/view.h"

#include "fcgi/audited.h"
#include "fcgi/call.h"
#include "fcgi/caller.h"
#include "fcgi/page.h"
#include "fcgi/reply_list.h"

struct quarantine_in {
	const char *app_id;
	int64_t device;
	struct page_in part;
};

/* clang-format off */
#define AT(member) offsetof(struct quarantine_in, member)

static const struct field quarantine_fields[] = {
	{"appId", F_ID, F_QUERY_ONLY, AT(app_id), 0, 255},
	PAGE_FIELDS(struct quarantine_in),
	{NULL}
};

static const struct field restore_fields[] = {
	{"appId", F_ID, F_NEED, AT(app_id), 0, 255,
	    .missing = "App ID must not be null."},
	{"device", F_INT, F_NEED, AT(device), 1, INT64_MAX,
	    .missing = "Device must not be null."},
	{NULL}
};

const struct form quarantine_form = {
	quarantine_fields, sizeof(struct quarantine_in), NULL, 0
};
const struct form quarantine_restore_form = {
	restore_fields, sizeof(struct quarantine_in),
	"Request object must not be empty", 0
};
/* clang-format on */

static const struct err *
make_device(struct call *c, const void *of, struct json *j)
{
	const struct device *d = of;
	const struct provider *p = provider_by_name(d->platform);

	(void)c;
	json_set_int(j, "device", d->id);
	json_set_text(j, "appId", d->app_id);
	json_set_text(j, "userId", d->user_id);
	json_set_text(j, "activationId", d->activation_id);
	json_set_text(j, "platform", p != NULL ? p->name : d->platform);
	json_set_text(j, "environment", d->environment);
	view_instant(j, "registered", d->registered_ms);
	j = json_set_object(j, "quarantine");
	view_instant(j, "since", d->gone_ms);
	json_set_text(j, "reason", d->gone_reason);
	return NULL;
}

/* A list without a natural limit: never whole. */
const struct err *
on_quarantine(struct call *c)
{
	const struct quarantine_in *in = c->in;
	const struct page_in asked = {in->part.page,
	    in->part.size > 0 ? in->part.size : PAGE_SIZE};
	struct quarantine_page page = {in->app_id, caller_apps(c), asked.size,
	    asked.page * asked.size};
	struct reply_list *list = reply_list_new(c, "devices", &asked);
	struct device *devices;
	const struct err *e;
	size_t n;

	c->app = in->app_id;
	e = quarantine_list(c->db, c->mem, &page, &devices, &n);
	for (size_t i = 0; e == NULL && i < n; i++)
		e = reply_list_add(list, make_device, &devices[i]);
	return e != NULL ? e : reply_list_end(list);
}

/* The token is not looked at, for admin.fcgi may not read one; devices that
 * are here because they have none stay. */
const struct err *
on_quarantine_restore(struct call *c)
{
	const struct quarantine_in *in = c->in;
	struct json *j = json_new_object(c->mem);
	struct application app;
	const struct err *e;
	uint64_t n = 0;

	c->app = in->app_id;
	e = application_by_name(c->db, c->mem, in->app_id, &app);
	if (e == NULL)
		e = quarantine_restore(c->db, app.id, in->device, &n);
	if (e != NULL)
		return problem_say(e, ERR_MISSING, "Application credentials "
		    "with entered ID: %s does not exist", in->app_id);
	if (n == 0)
		return err_new(ERR_INVALID, "No such device of %s is in "
		    "quarantine, or what it has is not a token", in->app_id);
	audit_detail(c, "device", arena_fmt(c->mem, "%lld",
	    (long long)in->device));
	json_set_int(j, "restored", (int64_t)n);
	return reply_object(c, j);
}
