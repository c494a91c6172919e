/* SPDX-License-Identifier: MIT */
/* outpost app: applications and their provider credentials. Keys are stored and
 * never shown again. */
#include "cli/cli.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "lib/text.h"

#include "core/credential_key.h"
#include "core/credentials.h"
#include "core/view.h"

#include "cli/app_health.h"
#include "cli/secret.h"
#include "cli/table.h"

#define KEY_MAX (32 * 1024)
#define SECRET_MAX 512
#define NAME_MAX_LEN 255 /* of an application, as its column */

static const struct cli_option no_options[] = {{NULL}};

/* --- showing ---------------------------------------------------------- */

/* "APP", and each provider's name in capitals. */
static const struct table_column *
list_columns(struct arena *a)
{
	struct table_column *columns = arena_zero(a,
	    (PLATFORM__COUNT + 2) * sizeof *columns);

	columns[0].heading = "APP";
	for (int i = 0; i < PLATFORM__COUNT; i++) {
		char *name = arena_fmt(a, "%s", providers[i]->name);

		columns[i + 1].heading = name;
		for (; *name != '\0'; name++)
			*name = (char)toupper((unsigned char)*name);
	}
	return columns;
}

static void
list_app(struct table *t, const struct application *a)
{
	table_put(t, a->app_id);
	for (int i = 0; i < PLATFORM__COUNT; i++)
		table_put(t, a->has[i] ? "yes" : NULL);
}

static const struct err *
run_list(struct cli *c)
{
	struct table *t = table_new(c->mem, list_columns(c->mem));
	struct json *j = json_new_array(c->mem);
	struct application *list;
	const struct err *e;
	size_t n;

	if ((e = application_list(c->db, c->mem, &list, &n)) != NULL)
		return e;
	for (size_t i = 0; i < n; i++) {
		if (c->json)
			view_application(json_add_object(j), &list[i]);
		else
			list_app(t, &list[i]);
	}
	if (c->json)
		cli_print(j);
	else
		table_print(t, "no applications: \"outpost app create\" adds "
		    "one");
	return NULL;
}

/* "fcm   project p-1" */
static void
print_credential(const struct application *a, const struct provider *p)
{
	const struct credential_field *f;
	const char *value;

	printf("%-5s", p->name);
	for (unsigned i = 1; (f = credentials_shown(a, p, i, &value)) != NULL;
	     i++)
		printf("%s %s %s", i > 1 ? "," : "", f->title,
		    value != NULL ? value : "-");
	printf("\n");
}

/* As the call app/detail answers, and the health. */
static void
print_json(struct cli *c, const struct application *app,
    const struct app_health *health)
{
	struct json *j = json_new_object(c->mem);

	view_application(json_set_object(j, "application"), app);
	for (int p = 0; p < PLATFORM__COUNT; p++)
		view_credential_fields(c->mem, j, app, (enum platform)p);
	app_health_json(health, j);
	cli_print(j);
}

static void
print_app(struct cli *c, const struct application *a,
    const struct app_health *health)
{
	bool any = false;

	printf("%s (row %lld)\n", a->app_id, (long long)a->id);
	for (int i = 0; i < PLATFORM__COUNT; i++)
		if (a->has[i]) {
			print_credential(a, providers[i]);
			any = true;
		}
	if (!any)
		printf("no credentials\n");
	app_health_print(c, health);
}

static const struct err *
run_show(struct cli *c)
{
	struct app_health *health;
	struct application a;
	const struct err *e;

	if ((e = application_by_name(c->db, c->mem, c->args[0], &a)) != NULL ||
	    (e = app_health_read(c, &a, &health)) != NULL)
		return e;
	if (c->json)
		print_json(c, &a, health);
	else
		print_app(c, &a, health);
	return NULL;
}

/* --- creating --------------------------------------------------------- */

/* Print what was done; with --json print the changed application. */
static const struct err *
changed(struct cli *c, const char *what)
{
	if (c->json)
		return run_show(c);
	printf("%s: %s\n", c->args[0], what);
	return NULL;
}

static const struct err *
run_create(struct cli *c)
{
	size_t len = strlen(c->args[0]);
	const struct err *e;
	int64_t id;

	if (len == 0 || len > NAME_MAX_LEN)
		return cli_misused(c, "a name has 1 to %d bytes", NAME_MAX_LEN);
	e = application_add(c->db, c->args[0], &id);
	if (e != NULL && e->code == ERR_DUPLICATE)
		return err_new(ERR_CONFLICT, "application \"%s\" exists",
		    c->args[0]);
	return e != NULL ? e : changed(c, "created");
}

/* clang-format off */
const struct command app_commands[] = {
	{"app", "list",	  {NULL},   "list the applications", no_options, run_list},
	{"app", "create", {"NAME"}, "add an application",
	    no_options, run_create, NEEDS_DATABASE, "app.create"},
	{"app", "show",	  {"NAME"}, "show its credentials, and how they fare", no_options, run_show},
	{NULL}};
/* clang-format on */

/* --- credentials ------------------------------------------------------ */

#define REMOVE "remove-"
#define GENERATE "generate"
#define FORCE "force"

/* The provider that the verb names: "apns", "remove-apns". */
static const struct provider *
provider_of_verb(const struct cli *c)
{
	const char *verb = c->command->verb;

	return provider_by_name(
	    text_starts(verb, REMOVE) ? verb + strlen(REMOVE) : verb);
}

/* Does the key tell the value? */
static bool
is_of_key(const struct provider *p, const struct credential_field *f)
{
	return p->generate != NULL && f->role == FIELD_TOPIC;
}

/* Only the first line of a secret, because an editor adds a line feed. */
static const struct err *
read_secret(struct cli *c, const char *path, struct bytes *value)
{
	const struct err *e = secret_read(c->mem, path, SECRET_MAX,
	    &value->data, &value->len);

	if (e != NULL)
		return e;
	value->len = strcspn(value->data, "\r\n");
	value->data = arena_text(c->mem, value->data, value->len);
	arena_wipe(c->mem, value->data, value->len);
	return NULL;
}

static const struct err *
read_values(struct cli *c, const struct provider *p, struct bytes *values)
{
	const struct err *e = NULL;

	for (unsigned i = 0; e == NULL && i < p->n_fields; i++) {
		const char *given = !is_of_key(p, &p->fields[i])
		    ? cli_value(c, p->fields[i].option) : NULL;

		values[i] = text_bytes(given);
		if (given == NULL)
			continue;
		if (p->fields[i].kind == FIELD_KEY)
			e = secret_read(c->mem, given, KEY_MAX,
			    &values[i].data, &values[i].len);
		else if (p->fields[i].kind == FIELD_SECRET)
			e = read_secret(c, given, &values[i]);
	}
	return e;
}

static const struct err *
check(struct cli *c, const struct provider *p, struct bytes *values)
{
	struct credential_finding found;
	const struct err *e = credentials_check(c->mem, &c->settings, p,
	    values, &found);
	const char *file = found.key != NULL
	    ? cli_value(c, found.key->option) : NULL;

	if (e == NULL && found.doubt != NULL)
		(void)fprintf(stderr, "warning: %s\n", found.doubt);
	return file != NULL ? err_at(e, "%s", file) : e;
}

/* A key that devices are told is printed: pages want it. */
static const struct err *
was_set(struct cli *c, const struct credential_change *change,
    const struct bytes *values)
{
	const char *public = change->provider->generate != NULL
	    ? provider_value(change->provider, values, FIELD_TOPIC) : NULL;

	if (change->lost > 0)
		(void)fprintf(stderr, "warning: %llu devices have lost their "
		    "key, until their pages subscribe anew\n",
		    (unsigned long long)change->lost);
	return changed(c, arena_fmt(c->mem, "credentials for %s set%s%s",
	    change->provider->title, public != NULL ? ", public key " : "",
	    public != NULL ? public : ""));
}

static const struct err *
set_with(struct cli *c, struct keyring *keyring)
{
	const struct provider *p = provider_of_verb(c);
	struct bytes values[CREDENTIAL_FIELDS];
	struct application app;
	struct credential_change change = {.provider = p, .app = &app};
	const struct err *e;

	if (p->generate != NULL) {
		change.generate = cli_flag(c, GENERATE);
		change.force = cli_flag(c, FORCE);
	}
	if ((e = application_by_name(c->db, c->mem, c->args[0], &app)) !=
		NULL ||
	    (e = read_values(c, p, values)) != NULL ||
	    (e = credential_key_fill(c->db, c->mem, keyring, &change,
		 values)) != NULL ||
	    (e = check(c, p, values)) != NULL ||
	    (e = credential_key_replace(c->db, &change, values)) != NULL)
		return e;
	c->detail = credentials_detail(c->mem, p, values);
	e = application_set_credential(c->db, keyring, app.id, p->platform,
	    values);
	return e != NULL ? e : was_set(c, &change, values);
}

static const struct err *
run_set(struct cli *c)
{
	struct keyring *keyring = NULL;
	const struct err *e = keyring_new(c->settings.secrets.key_file,
	    &keyring);

	if (e == NULL)
		e = set_with(c, keyring);
	keyring_free(keyring);
	return e;
}

static const struct err *
run_remove(struct cli *c)
{
	const struct provider *p = provider_of_verb(c);
	struct application app;
	struct credential_change change = {.provider = p, .app = &app,
	    .force = p->generate != NULL && cli_flag(c, FORCE)};
	const struct err *e;

	if ((e = application_by_name(c->db, c->mem, c->args[0], &app)) !=
		NULL ||
	    (e = credential_key_remove(c->db, &change)) != NULL)
		return e;
	e = application_set_credential(c->db, NULL, app.id, p->platform,
	    NULL);
	return e != NULL ? e : changed(c, arena_fmt(c->mem,
	    "credentials for %s removed", p->title));
}

static const struct cli_option *
options_of(struct arena *a, const struct provider *p)
{
	struct cli_option *list = arena_zero(a,
	    (p->n_fields + 3) * sizeof *list), *o = list;

	for (unsigned i = 0; i < p->n_fields; i++) {
		const struct credential_field *f = &p->fields[i];

		if (!is_of_key(p, f))
			*o++ = (struct cli_option){f->option, f->value,
			    f->help, f->must, f->choices};
	}
	if (p->generate != NULL) {
		*o++ = (struct cli_option){GENERATE, NULL, "make a new key; "
		    "without it and a file, the stored key stays"};
		*o = (struct cli_option){FORCE, NULL, "replace a key that "
		    "devices have subscribed with"};
	}
	return list;
}

static const struct cli_option remove_key_options[] = {
	{FORCE, NULL, "though devices have subscribed with the key"},
	{NULL}};

const struct command *
app_credential_commands(struct arena *a)
{
	struct command *list = arena_zero(a,
	    (2 * PLATFORM__COUNT + 1) * sizeof *list);

	for (int i = 0; i < PLATFORM__COUNT; i++) {
		const struct provider *p = providers[i];

		list[i] = (struct command){"app", p->name, {"NAME"},
		    arena_fmt(a, "set its credentials for %s", p->title),
		    options_of(a, p), run_set, NEEDS_DATABASE,
		    arena_fmt(a, "app.%s.set", p->name)};
		list[PLATFORM__COUNT + i] = (struct command){"app",
		    arena_fmt(a, REMOVE "%s", p->name), {"NAME"},
		    arena_fmt(a, "forget its credentials for %s", p->title),
		    p->generate != NULL ? remove_key_options : no_options,
		    run_remove, NEEDS_DATABASE,
		    arena_fmt(a, "app.%s.remove", p->name)};
	}
	return list;
}
