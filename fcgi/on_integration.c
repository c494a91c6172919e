/* SPDX-License-Identifier: MIT */
/*
 * Integrations: the callers of the API. A secret is returned once, by the call
 * that makes it. An integration that is bound to applications may not
 * administer integrations: it could give itself access to all applications.
 */
#include "fcgi/handlers.h"

#include <string.h>

#include "lib/mem.h"

#include "db/integration.h"

#include "core/view.h"

#include "fcgi/audited.h"
#include "fcgi/call.h"
#include "fcgi/page.h"
#include "fcgi/reply_list.h"

struct integration_in {
	const char *name, *keep;
	struct texts roles, apps;
};

/* clang-format off */
#define AT(member) offsetof(struct integration_in, member)
#define NAME \
	{"name", F_ID, F_NEED | F_FILLED, AT(name), 0, 0, \
	    .missing = "Name must not be empty."}

static const struct field create_fields[] = {
	NAME,
	{"roles", F_TEXTS, F_NEED, AT(roles),
	    .missing = "Roles must not be null."},
	{"apps",  F_TEXTS, 0, AT(apps)},
	{NULL}
};

static const struct field rotate_fields[] = {
	NAME,
	{"keep", F_TEXT, 0, AT(keep), 0, 20},
	{NULL}
};

static const struct field remove_fields[] = {
	NAME,
	{NULL}
};

#define FORM(fields) \
	{fields, sizeof(struct integration_in), \
	    "Request object must not be empty", 0}

const struct form integration_create_form = FORM(create_fields);
const struct form integration_rotate_form = FORM(rotate_fields);
const struct form integration_remove_form = FORM(remove_fields);
/* clang-format on */

/* --- create ----------------------------------------------------------- */

static const struct err *
add(struct call *c, const char *roles, const char *apps)
{
	char token[INTEGRATION_TOKEN], secret[INTEGRATION_SECRET];
	const struct integration_in *in = c->in;
	struct json *j = json_new_object(c->mem);
	const struct err *e;

	e = integration_add(c->db, in->name, roles, apps, token, secret);
	if (e != NULL)
		return problem_say(e, ERR_DUPLICATE,
		    "There is an integration \"%s\" already", in->name);
	json_set_text(j, "name", in->name);
	json_set_text(j, "token", token);
	json_set_text(j, "secret", secret);
	view_scope(c->mem, j, roles, apps);
	explicit_bzero(secret, sizeof secret);
	return reply_object(c, j);
}

const struct err *
on_integration_create(struct call *c)
{
	const struct integration_in *in = c->in;
	const char *roles, *apps = NULL;
	const struct err *e;

	c->object = in->name;
	if ((e = integration_check_name(in->name)) != NULL ||
	    (e = integration_roles(c->mem, in->roles.items, in->roles.n,
		 &roles)) != NULL ||
	    (in->apps.items != NULL &&
		(e = integration_apps(c->mem, in->apps.items, in->apps.n,
		     &apps)) != NULL))
		return e;
	audit_detail(c, "roles", roles);
	audit_detail(c, "apps", apps);
	return add(c, roles, apps);
}

/* --- rotate, remove ---------------------------------------------------- */

static const struct err *
unknown(const struct call *c, const struct err *e)
{
	const struct integration_in *in = c->in;

	return problem_say(e, ERR_MISSING, "There is no integration \"%s\"",
	    in->name);
}

const struct err *
on_integration_rotate(struct call *c)
{
	const struct integration_in *in = c->in;
	struct json *j = json_new_object(c->mem);
	char secret[INTEGRATION_SECRET];
	const struct err *e;
	int64_t keep_ms;

	c->object = in->name;
	if ((e = integration_keep(in->keep, &keep_ms)) != NULL)
		return e;
	audit_detail(c, "keep", in->keep);
	e = integration_rotate(c->db, in->name, keep_ms, secret);
	if (e != NULL)
		return unknown(c, e);
	json_set_text(j, "name", in->name);
	json_set_text(j, "secret", secret);
	explicit_bzero(secret, sizeof secret);
	return reply_object(c, j);
}

const struct err *
on_integration_remove(struct call *c)
{
	const struct integration_in *in = c->in;
	const struct err *e;

	c->object = in->name;
	if (c->caller != NULL && strcmp(c->caller->name, in->name) == 0)
		return err_new(ERR_INVALID, "An integration cannot remove "
		    "itself");
	e = integration_remove(c->db, in->name);
	return e != NULL ? unknown(c, e) : reply_ok(c);
}

/* --- list --------------------------------------------------------------- */

static const struct err *
make_integration(struct call *c, const void *of, struct json *element)
{
	view_integration(c->mem, element, of);
	return NULL;
}

static const struct err *
add_integration(const struct integration *i, void *list)
{
	return reply_list_add(list, make_integration, i);
}

const struct err *
on_integration_list(struct call *c)
{
	struct part part;
	const struct page_in *asked = page_asked(c, c->in, &part);
	struct reply_list *list = reply_list_new(c, "integrations", asked);
	const struct err *e;

	e = integration_list(c->db, &part, add_integration, list);
	return e != NULL ? e : reply_list_end(list);
}
