/* SPDX-License-Identifier: MIT */
/* outpost integration: who may call the API. A secret is shown once. */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

#include "lib/mem.h"
#include "lib/text.h"

#include "db/integration.h"

static const char *const roles[] = {"device", "send", "campaign", "inbox",
    "admin", "status", NULL};

static const struct cli_option create_options[] = {
	{"name", "NAME", "who it is", true},
	{"role", "ROLES", "comma separated: device, send, campaign, inbox, "
	    "admin, status", true},
	{"app", "APPS", "only these applications, comma separated"},
	{NULL}};
static const struct cli_option rotate_options[] = {
	{"keep", "DURATION", "how long the old secret stays valid (1h)"},
	{NULL}};
static const struct cli_option no_options[] = {{NULL}};

/* The next word of a comma separated list, in the arena; NULL at its end. */
static const char *
next_word(struct cli *c, const char **list)
{
	size_t n = strcspn(*list, ",");
	const char *word;

	if (**list == '\0')
		return NULL;
	word = arena_text(c->mem, *list, n);
	*list += n + ((*list)[n] == ',');
	return word;
}

static const struct err *
check_roles(struct cli *c, const char *list)
{
	const char *word;

	while ((word = next_word(c, &list)) != NULL) {
		int i = 0;

		while (roles[i] != NULL && strcmp(roles[i], word) != 0)
			i++;
		if (roles[i] == NULL)
			return cli_misused(c, "there is no role \"%s\"", word);
	}
	return NULL;
}

static const char *
apps_json(struct cli *c, const char *list)
{
	struct json *apps;
	const char *word;

	if (list == NULL)
		return NULL;
	apps = json_new_array(c->mem);
	while ((word = next_word(c, &list)) != NULL)
		json_add_text(apps, word);
	return json_write(apps, NULL);
}

static void
show_secret(struct cli *c, const char *name, const char *token,
    const char *secret)
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
	cli_print(j);
}

static const struct err *
run_create(struct cli *c)
{
	const char *name = cli_value(c, "name"), *role = cli_value(c, "role");
	char token[INTEGRATION_TOKEN], secret[INTEGRATION_SECRET];
	const struct err *e;

	if (name[0] == '\0' || strlen(name) > 64)
		return cli_misused(c, "a name has 1 to 64 bytes");
	if ((e = check_roles(c, role)) != NULL)
		return e;
	e = integration_add(c->db, name, role,
	    apps_json(c, cli_value(c, "app")), token, secret);
	if (e != NULL && db_duplicate(c->db, NULL))
		return err_new(ERR_CONFLICT,
		    "there is an integration \"%s\" already", name);
	if (e == NULL)
		show_secret(c, name, token, secret);
	return e;
}

static const struct err *
run_rotate(struct cli *c)
{
	const char *keep = cli_value(c, "keep");
	char secret[INTEGRATION_SECRET];
	int64_t keep_ms = 3600000;
	const struct err *e;

	if (keep != NULL && !text_duration(keep, &keep_ms))
		return cli_misused(c, "--keep takes a duration like 1h or 2d");
	e = integration_rotate(c->db, c->args[0], keep_ms, secret);
	if (e == NULL)
		show_secret(c, c->args[0], NULL, secret);
	return e;
}

static const struct err *
run_remove(struct cli *c)
{
	const struct err *e = integration_remove(c->db, c->args[0]);

	if (e == NULL && !c->json)
		printf("removed %s\n", c->args[0]);
	return e;
}

static void
list_one(struct cli *c, const struct integration *i, struct json *list)
{
	struct json *j;

	if (!c->json) {
		printf("%s token %s roles %s apps %s, last used %s%s\n",
		    i->name, i->token, i->roles,
		    i->apps != NULL ? i->apps : "all",
		    cli_time(c, i->used_ms), i->rotating ? ", rotating" : "");
		return;
	}
	j = json_add_object(list);
	json_set_text(j, "name", i->name);
	json_set_text(j, "token", i->token);
	json_set_text(j, "roles", i->roles);
	json_set_text(j, "apps", i->apps);
	json_set_int(j, "created", i->created_ms);
	json_set_int(j, "lastUsed", i->used_ms);
	json_set_bool(j, "rotating", i->rotating);
}

static const struct err *
run_list(struct cli *c)
{
	struct json *list = json_new_array(c->mem);
	struct integration *all;
	size_t n;
	const struct err *e = integration_list(c->db, c->mem, &all, &n);

	if (e != NULL)
		return e;
	for (size_t i = 0; i < n; i++)
		list_one(c, &all[i], list);
	if (c->json)
		cli_print(list);
	return NULL;
}

const struct command integration_commands[] = {
	{"integration", "create", {NULL}, "let a caller in; shows its secret",
	    create_options, run_create},
	{"integration", "rotate", {"NAME"}, "give it a new secret",
	    rotate_options, run_rotate},
	{"integration", "remove", {"NAME"}, "let it in no more", no_options,
	    run_remove},
	{"integration", "list", {NULL}, "show who is let in", no_options,
	    run_list},
	{NULL}};
