/* SPDX-License-Identifier: MIT */
/* outpost app check: can an application's credentials sign, and do the
 * providers accept them? */
#include "cli/cli.h"

#include <string.h>

#include "push/provider.h"
#include "push/remedy.h"

#include "core/credentials.h"
#include "core/live.h"

#include "cli/table.h"

static const struct cli_option check_options[] = {
	{"offline", NULL, "do not ask the providers"},
	{NULL}};

struct app_checks {
	struct application app;
	bool offline;
	struct json *live; /* what sendd has answered; or NULL */
	struct app_check {
		const char *state, *reason; /* of the stored credential */
	} of[PLATFORM__COUNT];
};

static const struct err *
read_credentials(struct cli *c, int64_t app, struct credentials *k)
{
	struct keyring *keyring = NULL;
	const struct err *e = keyring_new(c->settings.secrets.key_file,
	    &keyring);

	if (e == NULL)
		e = application_credentials(c->db, c->mem, keyring, app, k);
	keyring_free(keyring);
	return e;
}

static const struct err *
check_all(struct cli *c, struct app_checks *k)
{
	struct credentials values;
	const struct err *e;

	k->offline = cli_flag(c, "offline");
	if ((e = application_by_name(c->db, c->mem, c->args[0], &k->app)) !=
		NULL ||
	    (e = read_credentials(c, k->app.id, &values)) != NULL)
		return e;
	for (int p = 0; p < PLATFORM__COUNT; p++)
		k->of[p].state = credentials_state(c->mem, &c->settings,
		    &values, (enum platform)p, &k->of[p].reason);
	return k->offline ? NULL
			  : live_ask(c->db, c->mem, k->app.id, NULL, &k->live);
}

/* What a provider says counts more than that the credential can sign. */
static struct app_check
result_of(const struct app_checks *k, enum platform p)
{
	const struct json *one = json_get(k->live, providers[p]->name);
	struct app_check r = k->of[p];

	if (k->offline || strcmp(r.state, "ok") != 0)
		return r;
	if (one == NULL)
		return (struct app_check){"unknown",
		    "no sendd answered in time"};
	return (struct app_check){json_text(json_get(one, "result"),
	    "unknown"), json_text(json_get(one, "reason"), NULL)};
}

/* As the call app/check answers. */
static void
print_check_json(struct cli *c, const struct app_checks *k)
{
	struct json *j = json_new_object(c->mem), *one;

	json_set_text(j, "appId", k->app.app_id);
	for (int p = 0; p < PLATFORM__COUNT; p++) {
		one = json_set_object(j, providers[p]->name);
		json_set_text(one, "state", k->of[p].state);
		json_set_text(one, "reason", k->of[p].reason);
	}
	if (k->live != NULL)
		json_set(j, "live", k->live);
	else if (!k->offline)
		json_set_text(j, "live", "no sendd answered in time");
	cli_print(j);
}

static void
print_checks(struct cli *c, const struct app_checks *k)
{
	static const struct table_column columns[] = {{"PROVIDER"}, {"STATE"},
	    {"REASON"}, {"REMEDY"}, {NULL}};
	struct table *t = table_new(c->mem, columns);

	for (int p = 0; p < PLATFORM__COUNT; p++) {
		struct app_check r = result_of(k, (enum platform)p);

		table_put(t, providers[p]->name);
		table_put(t, r.state);
		table_put(t, r.reason);
		table_put(t, reason_remedy(r.reason));
	}
	table_print(t, "");
}

static const struct err *
run_check(struct cli *c)
{
	struct app_checks k = {.live = NULL};
	const struct err *e = check_all(c, &k);

	if (e != NULL)
		return e;
	if (c->json)
		print_check_json(c, &k);
	else
		print_checks(c, &k);
	for (int p = 0; p < PLATFORM__COUNT; p++) {
		const char *state = result_of(&k, (enum platform)p).state;

		if (strcmp(state, "ok") != 0 && strcmp(state, "none") != 0)
			c->outcome = 1;
	}
	return NULL;
}

const struct command app_check_commands[] = {
	{"app", "check", {"NAME"},
	    "try its credentials, at the providers too", check_options,
	    run_check},
	{NULL}};
