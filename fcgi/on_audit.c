/* SPDX-License-Identifier: MIT */
/* Reading the audit trail. audited.c writes it. */
#include "fcgi/handlers.h"

#include "lib/mem.h"

#include "db/audit.h"

#include "fcgi/call.h"

#define SIZE_DEFAULT 100
#define SIZE_MAX_AUDIT 1000

struct audit_in {
	const char *who, *action, *object;
	int64_t since_ms, page, size;
};

/* clang-format off */
#define AT(member) offsetof(struct audit_in, member)

static const struct field audit_fields[] = {
	{"who",	   F_ID,      F_QUERY_ONLY, AT(who), 0, AUDIT_WHO_MAX},
	{"action", F_ID,      F_QUERY_ONLY, AT(action), 0, 40},
	{"object", F_ID,      F_QUERY_ONLY, AT(object), 0, AUDIT_OBJECT_MAX},
	{"since",  F_INSTANT, F_QUERY_ONLY, AT(since_ms)},
	{"page",   F_COUNT,   F_QUERY_ONLY, AT(page), 0, INT32_MAX},
	{"size",   F_COUNT,   F_QUERY_ONLY, AT(size), 0, SIZE_MAX_AUDIT},
	{NULL}
};
/* clang-format on */

const struct form audit_form = {
	audit_fields, sizeof(struct audit_in), NULL, 0
};

const struct err *
on_audit(struct call *c)
{
	const struct audit_in *in = c->in;
	struct audit_page page = {.who = in->who, .action = in->action,
	    .object = in->object, .since_ms = in->since_ms,
	    .limit = in->size > 0 ? in->size : SIZE_DEFAULT};
	struct json *array = json_new_array(c->mem);
	struct audit *list;
	const struct err *e;
	size_t n;

	page.offset = in->page * page.limit;
	if ((e = audit_list(c->db, c->mem, &page, &list, &n)) != NULL)
		return e;
	for (size_t i = 0; i < n; i++)
		audit_json(c->mem, &list[i], json_add_object(array));
	return reply_page(c, array, in->page, page.limit);
}
