/* SPDX-License-Identifier: MIT */
/* When the tables were maintained last, and what is in quarantine. */
#include "fcgi/handlers.h"

#include "lib/mem.h"

#include "db/quarantine.h"
#include "db/upkeep.h"

#include "push/provider.h"

#include "core/view.h"

#include "fcgi/call.h"
#include "fcgi/caller.h"

static const struct err *
add_rounds(struct call *c, struct json *j)
{
	struct upkeep list[UPKEEP_PROGRAMS];
	struct json *array = json_set_array(j, "maintenance");
	size_t n = 0;
	const struct err *e = upkeep_list(c->db, list, &n);

	for (size_t i = 0; e == NULL && i < n; i++) {
		struct json *one = json_add_object(array);

		json_set_text(one, "program", list[i].program);
		view_instant(one, "ended", list[i].ended_ms);
		json_set_int(one, "removed", (int64_t)list[i].rows);
	}
	return e;
}

struct quarantine_list {
	struct call *call;
	struct json *array;
};

static void
add_count(const struct quarantine_count *q, void *arg)
{
	const struct quarantine_list *l = arg;
	const struct provider *p = provider_by_name(q->platform);
	struct json *one;

	if (!caller_has_app(l->call, q->app_id))
		return;
	one = json_add_object(l->array);
	json_set_text(one, "appId", q->app_id);
	json_set_text(one, "platform", p != NULL ? p->name : q->platform);
	json_set_text(one, "reason", q->reason);
	json_set_int(one, "devices", (int64_t)q->devices);
}

const struct err *
on_upkeep(struct call *c)
{
	struct json *j = json_new_object(c->mem);
	struct quarantine_list l = {c, NULL};
	const struct err *e = add_rounds(c, j);

	l.array = json_set_array(j, "quarantine");
	if (e == NULL)
		e = quarantine_counts(c->db, add_count, &l);
	return e != NULL ? e : reply_object(c, j);
}
