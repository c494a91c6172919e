/* SPDX-License-Identifier: MIT */
/* outpost app: applications and their provider credentials. Keys go in and
 * never come out again. */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

#include "db/application.h"

#include "push/credential_check.h"

#include "cli/secret.h"

#define KEY_MAX (32 * 1024)
#define SECRET_MAX 512
#define NAME_MAX_LEN 255 /* of an application, as its column */

static const char *const environments[] = {"development", "production", NULL};

static const struct cli_option no_options[] = {{NULL}};
static const struct cli_option apns_options[] = {
	{"key-file", "FILE", "the .p8 file of Apple", true},
	{"key-id", "ID", "its key id", true, .audited = true},
	{"team-id", "ID", "of the developer account", true, .audited = true},
	{"bundle", "ID", "of the app", true, .audited = true},
	{"environment", "NAME", "default: [apns] use_development", false,
	    environments, .audited = true},
	{NULL}};
static const struct cli_option fcm_options[] = {
	{"key-file", "FILE", "the JSON file of a service account", true},
	{"project", "ID", "default: the one in the file", .audited = true},
	{NULL}};
static const struct cli_option hms_options[] = {
	{"project", "ID", "of AppGallery Connect", true, .audited = true},
	{"client-id", "ID", "of the OAuth client", true, .audited = true},
	{"client-secret-file", "FILE", "with its secret", true},
	{NULL}};

/* --- showing ---------------------------------------------------------- */

static void
put_json(struct json *j, const struct application *a)
{
	struct json *p;

	json_set_text(j, "appId", a->app_id);
	json_set_int(j, "id", a->id);
	if (a->apns) {
		p = json_set_object(j, "apns");
		json_set_text(p, "bundle", a->apns_bundle);
		json_set_text(p, "keyId", a->apns_key_id);
		json_set_text(p, "teamId", a->apns_team_id);
		json_set_text(p, "environment", a->apns_environment);
	}
	if (a->fcm) {
		p = json_set_object(j, "fcm");
		json_set_text(p, "projectId", a->fcm_project_id);
	}
	if (a->hms) {
		p = json_set_object(j, "hms");
		json_set_text(p, "projectId", a->hms_project_id);
	}
}

static const char *
or_none(const char *text)
{
	return text != NULL ? text : "-";
}

static const struct err *
run_list(struct cli *c)
{
	struct json *j = json_new_array(c->mem);
	struct application *list;
	const struct err *e;
	size_t n;

	if ((e = application_list(c->db, c->mem, &list, &n)) != NULL)
		return e;
	if (!c->json && n > 0)
		printf("%-32s %-5s %-4s %-4s\n", "APP", "APNS", "FCM", "HMS");
	for (size_t i = 0; i < n; i++) {
		if (c->json)
			put_json(json_add_object(j), &list[i]);
		else
			printf("%-32s %-5s %-4s %-4s\n", list[i].app_id,
			    list[i].apns ? "yes" : "-",
			    list[i].fcm ? "yes" : "-",
			    list[i].hms ? "yes" : "-");
	}
	if (c->json)
		cli_print(j);
	return NULL;
}

static const struct err *
run_show(struct cli *c)
{
	struct application a;
	const struct err *e;
	struct json *j;

	e = application_by_name(c->db, c->mem, c->args[0], &a);
	if (e != NULL)
		return e;
	if (c->json) {
		put_json(j = json_new_object(c->mem), &a);
		cli_print(j);
		return NULL;
	}
	printf("%s (row %lld)\n", a.app_id, (long long)a.id);
	if (a.apns)
		printf("apns  bundle %s, key id %s, team id %s, environment "
		    "%s\n", or_none(a.apns_bundle), or_none(a.apns_key_id),
		    or_none(a.apns_team_id), or_none(a.apns_environment));
	if (a.fcm)
		printf("fcm   project %s\n", or_none(a.fcm_project_id));
	if (a.hms)
		printf("hms   project %s\n", or_none(a.hms_project_id));
	if (!a.apns && !a.fcm && !a.hms)
		printf("no credentials\n");
	return NULL;
}

/* --- changing --------------------------------------------------------- */

/* What was done, in the words of the caller, and the application after. */
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

/* The application named: told first when there is none. */
static const struct err *
find_app(struct cli *c, struct application *app)
{
	return application_by_name(c->db, c->mem, c->args[0], app);
}

static const struct err *
run_apns(struct cli *c)
{
	struct apns_credentials apns = {
	    .key_id = cli_value(c, "key-id"),
	    .team_id = cli_value(c, "team-id"),
	    .bundle = cli_value(c, "bundle"),
	    .environment = cli_value(c, "environment")};
	const char *file = cli_value(c, "key-file");
	struct keyring *keyring = NULL;
	struct application app;
	const struct err *e;

	if ((e = find_app(c, &app)) != NULL ||
	    (e = secret_read(c->mem, file, KEY_MAX, &apns.key,
		 &apns.key_len)) != NULL)
		return e;
	if ((e = credential_check_apns_key(apns.key, apns.key_len)) != NULL)
		return err_at(e, "%s", file);
	if ((e = credential_check_apns_names(
		 apns.team_id, apns.key_id, apns.bundle)) != NULL)
		return e;
	if ((e = keyring_new(c->settings.secrets.key_file, &keyring)) == NULL)
		e = application_set_apns(c->db, keyring, app.id, &apns);
	keyring_free(keyring);
	return e != NULL ? e : changed(c, "credentials for APNs set");
}

static const struct err *
run_fcm(struct cli *c)
{
	struct fcm_credentials fcm = {.project_id = cli_value(c, "project")};
	const char *file = cli_value(c, "key-file");
	struct service_account account;
	struct keyring *keyring = NULL;
	struct application app;
	const struct err *e;
	const char *doubt;

	if ((e = find_app(c, &app)) != NULL ||
	    (e = secret_read(c->mem, file, KEY_MAX, &fcm.key,
		 &fcm.key_len)) != NULL)
		return e;
	if ((e = credential_check_fcm_key(c->mem,
		 c->settings.provider[PLATFORM_FCM].send_url, fcm.key,
		 fcm.key_len, &account)) != NULL)
		return err_at(e, "%s", file);
	if (fcm.project_id == NULL)
		fcm.project_id = account.project_id;
	if ((e = credential_check_fcm_project(c->mem, &account, fcm.project_id,
		 &doubt)) != NULL)
		return e;
	if ((e = keyring_new(c->settings.secrets.key_file, &keyring)) == NULL)
		e = application_set_fcm(c->db, keyring, app.id, &fcm);
	keyring_free(keyring);
	if (e == NULL && doubt != NULL)
		(void)fprintf(stderr, "warning: %s\n", doubt);
	return e != NULL ? e : changed(c, "credentials for FCM set");
}

static const struct err *
run_hms(struct cli *c)
{
	struct hms_credentials hms = {
	    .project_id = cli_value(c, "project"),
	    .client_id = cli_value(c, "client-id")};
	const char *file = cli_value(c, "client-secret-file"), *text;
	struct keyring *keyring = NULL;
	struct application app;
	const struct err *e;
	size_t len;

	if ((e = find_app(c, &app)) != NULL ||
	    (e = secret_read(c->mem, file, SECRET_MAX, &text, &len)) != NULL)
		return e;
	hms.client_secret = arena_text(c->mem, text, strcspn(text, "\r\n"));
	arena_wipe(c->mem, hms.client_secret, strlen(hms.client_secret));
	if ((e = credential_check_hms(hms.project_id, hms.client_id,
		 hms.client_secret)) != NULL)
		return e;
	if ((e = keyring_new(c->settings.secrets.key_file, &keyring)) == NULL)
		e = application_set_hms(c->db, keyring, app.id, &hms);
	keyring_free(keyring);
	return e != NULL ? e : changed(c, "credentials for HMS set");
}

/* --- removing --------------------------------------------------------- */

static const struct err *
run_remove_apns(struct cli *c)
{
	static const struct apns_credentials none;
	const struct err *e;
	struct application app;

	e = find_app(c, &app);
	if (e == NULL)
		e = application_set_apns(c->db, NULL, app.id, &none);
	return e != NULL ? e : changed(c, "credentials for APNs removed");
}

static const struct err *
run_remove_fcm(struct cli *c)
{
	static const struct fcm_credentials none;
	const struct err *e;
	struct application app;

	e = find_app(c, &app);
	if (e == NULL)
		e = application_set_fcm(c->db, NULL, app.id, &none);
	return e != NULL ? e : changed(c, "credentials for FCM removed");
}

static const struct err *
run_remove_hms(struct cli *c)
{
	static const struct hms_credentials none;
	const struct err *e;
	struct application app;

	e = find_app(c, &app);
	if (e == NULL)
		e = application_set_hms(c->db, NULL, app.id, &none);
	return e != NULL ? e : changed(c, "credentials for HMS removed");
}

/* clang-format off */
const struct command app_commands[] = {
	{"app", "list",	       {NULL},	 "list the applications", no_options, run_list},
	{"app", "create",      {"NAME"}, "add an application",
	    no_options, run_create, NEEDS_DATABASE, "app.create"},
	{"app", "show",	       {"NAME"}, "show which credentials it has", no_options, run_show},
	{"app", "apns",	       {"NAME"}, "set its credentials for APNs",
	    apns_options, run_apns, NEEDS_DATABASE, "app.apns.set"},
	{"app", "fcm",	       {"NAME"}, "set its credentials for FCM",
	    fcm_options, run_fcm, NEEDS_DATABASE, "app.fcm.set"},
	{"app", "hms",	       {"NAME"}, "set its credentials for HMS",
	    hms_options, run_hms, NEEDS_DATABASE, "app.hms.set"},
	{"app", "remove-apns", {"NAME"}, "forget its credentials for APNs",
	    no_options, run_remove_apns, NEEDS_DATABASE, "app.apns.remove"},
	{"app", "remove-fcm",  {"NAME"}, "forget its credentials for FCM",
	    no_options, run_remove_fcm, NEEDS_DATABASE, "app.fcm.remove"},
	{"app", "remove-hms",  {"NAME"}, "forget its credentials for HMS",
	    no_options, run_remove_hms, NEEDS_DATABASE, "app.hms.remove"},
	{NULL}};
/* clang-format on */
