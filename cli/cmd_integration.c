/* SPDX-License-Identifier: MIT */
/* outpost integration: the callers of the API. A secret is shown once. */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

#include "lib/mem.h"

#include "db/integration.h"

#include "core/view.h"

#include "cli/table.h"
#include "cli/words.h"

static const struct cli_option create_options[] = {
	{"name", "NAME", "who it is", true, .audited = true},
	{"role", "ROLES", "comma separated: device, send, campaign, inbox, "
	    "admin, status", true, .audited = true},
	{"app", "APPS", "only these applications, comma separated",
	    .audited = true},
	{NULL}};
static const struct cli_option rotate_options[] = {
	{"keep", "DURATION", "how long the old secret stays valid (1h)",
	    .audited = true},
	{NULL}};
static const struct cli_option no_options[] = {{NULL}};

struct wish {
	const char *name, *roles, *apps;
};

static const struct err *
read_wish(struct cli *c, struct wish *w)
{
	const char *apps = cli_value(c, "app"), **words;
	const struct err *e;
	size_t n;

	w->name = cli_value(c, "name");
	w->apps = NULL;
	if ((e = integration_check_name(w->name)) != NULL)
		return e;
	words = words_of(c->mem, cli_value(c, "role"), &n);
	e = integration_roles(c->mem, words, n, &w->roles);
	if (e != NULL || apps == NULL)
		return e;
	words = words_of(c->mem, apps, &n);
	return integration_apps(c->mem, words, n, &w->apps);
}

/* Token and scope are told when an integration is made. */
static void
show_secret(struct cli *c, const char *name, const char *token,
    const char *secret, const struct wish *scope)
{
	struct json *j;

	if (!c->json) {
		printf("integration %s\n", name);
		if (token != NULL)
			printf("token  %s\n", token);
		printf("secret %s\n", secret);
		return;
	}
	j = json_new_object(c->mem);
	json_set_text(j, "name", name);
	json_set_text(j, "token", token);
	json_set_text(j, "secret", secret);
	if (scope != NULL)
		view_scope(c->mem, j, scope->roles, scope->apps);
	cli_print(j);
}

static const struct err *
run_integration_create(struct cli *c)
{
	char token[INTEGRATION_TOKEN], secret[INTEGRATION_SECRET];
	const struct err *e;
	struct wish w;

	if ((e = read_wish(c, &w)) != NULL)
		return cli_misused(c, "%s", e->text);
	e = integration_add(c->db, w.name, w.roles, w.apps, token, secret);
	if (e != NULL && e->code == ERR_DUPLICATE)
		return err_new(ERR_CONFLICT,
		    "there is an integration \"%s\" already", w.name);
	if (e == NULL)
		show_secret(c, w.name, token, secret, &w);
	return e;
}

static const struct err *
run_integration_rotate(struct cli *c)
{
	char secret[INTEGRATION_SECRET];
	const struct err *e;
	int64_t keep_ms;

	if ((e = integration_keep(cli_value(c, "keep"), &keep_ms)) != NULL)
		return cli_misused(c, "%s", e->text);
	e = integration_rotate(c->db, c->args[0], keep_ms, secret);
	if (e == NULL)
		show_secret(c, c->args[0], NULL, secret, NULL);
	return e;
}

static const struct err *
run_integration_remove(struct cli *c)
{
	const struct err *e = integration_remove(c->db, c->args[0]);

	if (e == NULL && !c->json)
		printf("removed %s\n", c->args[0]);
	return e;
}

static const struct table_column list_columns[] = {{"NAME"}, {"TOKEN"},
    {"ROLES"}, {"APPS"}, {"LAST USED"}, {"SECRET"}, {NULL}};

struct integration_listing {
	struct cli *c;
	struct json *list; /* with --json */
	struct table *table;
};

/* "send, inbox" of a list; NULL: there is none. */
static const char *
joined(struct arena *a, const struct json *list)
{
	const char *words = NULL;

	for (size_t i = 0; i < json_len(list); i++)
		words = arena_fmt(a, "%s%s%s", i > 0 ? words : "",
		    i > 0 ? ", " : "", json_text(json_at(list, i), ""));
	return words;
}

static void
list_row(const struct integration_listing *l, const struct integration *i)
{
	struct arena *a = l->c->mem;
	struct json *scope = json_new_object(a);
	const char *apps;

	view_scope(a, scope, i->roles, i->apps);
	apps = joined(a, json_get(scope, "apps"));
	table_put(l->table, i->name);
	table_put(l->table, i->token);
	table_put(l->table, joined(a, json_get(scope, "roles")));
	table_put(l->table, apps != NULL ? apps : "all");
	table_put(l->table, cli_time(l->c, i->used_ms));
	table_put(l->table, i->rotating ? "two: rotating" : "one");
}

static const struct err *
list_one(const struct integration *i, void *arg)
{
	const struct integration_listing *l = arg;

	if (!l->c->json) {
		list_row(l, i);
		return NULL;
	}
	view_integration(l->c->mem, json_add_object(l->list), i);
	return NULL;
}

static const struct err *
run_integration_list(struct cli *c)
{
	struct integration_listing l = {c, json_new_array(c->mem),
	    table_new(c->mem, list_columns)};
	const struct err *e = integration_list(c->db, &(struct part){0},
	    list_one, &l);

	if (e == NULL && c->json)
		cli_print(l.list);
	else if (e == NULL)
		table_print(l.table, "no integrations: "
		    "\"outpost integration create\" makes one");
	return e;
}

const struct command integration_commands[] = {
	{"integration", "create", {NULL}, "let a caller in; shows its secret",
	    create_options, run_integration_create, NEEDS_DATABASE,
	    "integration.create"},
	{"integration", "rotate", {"NAME"}, "give it a new secret",
	    rotate_options, run_integration_rotate, NEEDS_DATABASE,
	    "integration.rotate"},
	{"integration", "remove", {"NAME"}, "let it in no more", no_options,
	    run_integration_remove, NEEDS_DATABASE, "integration.remove"},
	{"integration", "list", {NULL}, "show who is let in", no_options,
	    run_integration_list},
	{NULL}};
