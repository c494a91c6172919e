/* SPDX-License-Identifier: MIT */
/* Persons: what is held of a user, and its removal. The user is in the body,
 * never in the path or the query: a web server logs those. */
#include "fcgi/handlers.h"

#include "lib/mem.h"

#include "db/audit.h"

#include "core/person.h"
#include "core/person_erase.h"
#include "core/person_name.h"

#include "fcgi/audited.h"
#include "fcgi/call.h"

#define EXPORT_SIZE 1000 /* rows of each part on a page */

struct user_in {
	const char *user_id;
	int64_t page, size;
};

/* clang-format off */
#define AT(member) offsetof(struct user_in, member)

static const struct field user_fields[] = {
	{"userId", F_ID, F_NEED | F_FILLED, AT(user_id), 0, 255,
	    .missing = "No userId was specified"},
	{NULL}
};

static const struct field user_export_fields[] = {
	{"userId", F_ID, F_NEED | F_FILLED, AT(user_id), 0, 255,
	    .missing = "No userId was specified"},
	{"page",   F_COUNT, 0, AT(page), 0, INT32_MAX},
	{"size",   F_COUNT, 0, AT(size), 0, EXPORT_SIZE},
	{NULL}
};

const struct form user_form = {
	user_fields, sizeof(struct user_in),
	"Request object must not be empty", 0
};
const struct form user_export_form = {
	user_export_fields, sizeof(struct user_in),
	"Request object must not be empty", 0
};
/* clang-format on */

static const struct err *
name_user(struct call *c, const char *user_id)
{
	if (c->worker->keyring == NULL)
		return err_new(ERR_FAULT, "no key file");
	return person_name(c->db, c->worker->keyring, c->mem, user_id,
	    &c->object);
}

/* --- show ------------------------------------------------------------- */

/* The older rows of the audit trail are reported, and stay. */
static const struct err *
set_plain(struct call *c, const char *user_id, struct json *j)
{
	uint64_t plain;
	const struct err *e = audit_plain(c->db, user_id, &plain);

	if (e == NULL)
		json_set_int(j, "plainChanges", (int64_t)plain);
	return e;
}

const struct err *
on_user_show(struct call *c)
{
	struct json *j = json_new_object(c->mem);
	const struct user_in *in = c->in;
	uint64_t n[PERSON_PARTS];
	const struct err *e = person_count(c->db, in->user_id, n);

	if (e != NULL)
		return e;
	person_counts_json(n, json_set_object(j, "rows"));
	e = set_plain(c, in->user_id, j);
	return e != NULL ? e : reply_object(c, j);
}

/* --- export ----------------------------------------------------------- */

const struct err *
on_user_export(struct call *c)
{
	const struct user_in *in = c->in;
	int64_t size = in->size > 0 ? in->size : EXPORT_SIZE;
	struct json *j = json_new_object(c->mem);
	const struct err *e = name_user(c, in->user_id);
	bool more = false;
	uint64_t n = 0;

	json_set_text(j, "userId", in->user_id);
	for (unsigned p = 0; e == NULL && p < PERSON_PARTS; p++) {
		e = person_part_json(c->db, c->mem, p, in->user_id, size,
		    in->page * size, json_set_array(j, person_part_name(p)),
		    &n);
		more |= n == (uint64_t)size;
	}
	if (e == NULL)
		e = person_changes_json(c->db, c->mem, c->object, size,
		    in->page * size, json_set_array(j, "changes"), &n);
	if (e != NULL)
		return e;
	json_set_bool(j, "more", more || n == (uint64_t)size);
	return reply_page(c, j, in->page, size);
}

/* --- erase ------------------------------------------------------------ */

const struct err *
on_user_erase(struct call *c)
{
	const struct user_in *in = c->in;
	struct person_erasure x = {.db = c->db, .user_id = in->user_id,
	    .stop = c->worker->stop};
	struct json *j = json_new_object(c->mem);
	const struct err *e;

	if ((e = name_user(c, in->user_id)) != NULL ||
	    (e = audited_begin(c)) != NULL || (e = person_erase(&x)) != NULL)
		return e;
	person_counts_json(x.removed, json_set_object(j, "erased"));
	e = set_plain(c, in->user_id, j);
	return e != NULL ? e : reply_object(c, j);
}
