/* SPDX-License-Identifier: MIT */
/* outpost device: who is registered with what. Tokens show their beginning
 * only: whoever has one can write to the device. */
#include "cli/cli.h"

#include <stdio.h>

#include "lib/text.h"

#include "db/application.h"
#include "db/device.h"

static const struct cli_option list_options[] = {
	{"user", "USER", "whose devices", true},
	{"app", "APP", "only of this application"},
	{NULL}};

static void
put_json(struct json *j, const struct device *d, const char *token)
{
	json_set_int(j, "id", d->id);
	json_set_text(j, "appId", d->app_id);
	json_set_text(j, "platform", d->platform);
	json_set_text(j, "environment", d->environment);
	json_set_text(j, "activationId", d->activation_id);
	json_set_text(j, "userId", d->user_id);
	json_set_text(j, "token", token);
	json_set_bool(j, "active", d->active);
	json_set_int(j, "registered", d->registered_ms);
	if (d->gone_ms != 0) {
		json_set_int(j, "gone", d->gone_ms);
		json_set_text(j, "goneReason", d->gone_reason);
	}
}

static void
print_row(struct cli *c, const struct device *d, const char *token)
{
	printf("%-20s %-8s %-11s %-9s %-36s %-8s %s\n", d->app_id,
	    d->platform, d->environment != NULL ? d->environment : "-", token,
	    d->activation_id != NULL ? d->activation_id : "-",
	    d->gone_ms != 0 ? "gone" : d->active ? "active" : "inactive",
	    cli_time(c, d->registered_ms));
	if (d->gone_ms != 0)
		printf("    given up %s: %s\n", cli_time(c, d->gone_ms),
		    d->gone_reason != NULL ? d->gone_reason : "?");
}

static const struct err *
run_list(struct cli *c)
{
	const char *app_id = cli_value(c, "app");
	struct json *j = json_new_array(c->mem);
	struct application app;
	struct device *list;
	const struct err *e;
	char token[10];
	size_t n;

	if (app_id != NULL && (e = application_by_name(c->db, c->mem, app_id,
				   &app)) != NULL)
		return e;
	if ((e = device_list(c->db, c->mem, cli_value(c, "user"), app_id,
		 &list, &n)) != NULL)
		return e;
	if (!c->json && n > 0)
		printf("%-20s %-8s %-11s %-9s %-36s %-8s %s\n", "APP",
		    "PLATFORM", "ENVIRONMENT", "TOKEN", "ACTIVATION", "STATE",
		    "REGISTERED");
	for (size_t i = 0; i < n; i++) {
		text_mask(list[i].token, token);
		if (c->json)
			put_json(json_add_object(j), &list[i], token);
		else
			print_row(c, &list[i], token);
	}
	if (c->json)
		cli_print(j);
	return NULL;
}

const struct command device_commands[] = {
	{"device", "list", {NULL}, "list a user's devices, newest first",
	    list_options, run_list},
	{NULL}};
