/* SPDX-License-Identifier: MIT */
/* outpost device: list devices, and restore them from quarantine. Only the
 * beginning of a token is shown: a token allows pushing to the device. */
#include "cli/cli.h"

#include <stdio.h>

#include "lib/text.h"

#include "push/token.h"

#include "db/application.h"
#include "db/device.h"
#include "db/walk.h"

#include "core/view.h"

#include "cli/table.h"

static const struct cli_option list_options[] = {
	{"user", "USER", "whose devices", true},
	{"app", "APP", "only of this application"},
	{"limit", "N", "at most so many, 1 to 1000 (default 1000)"},
	{"skip", "N", "leave out the newest N"},
	{NULL}};
static const struct cli_option restore_options[] = {
	{"app", "APP", "the application", true, .audited = true},
	{"token", "TOKEN", "the device with this token; -: from standard input",
	    .from_stdin = true},
	{"activation", "ID", "the devices of this activation",
	    .audited = true},
	{"user", "USER", "the devices of this user", .audited = true,
	    .person = true},
	{NULL}};

/* With the members that the call device/list has. */
static void
put_device(struct json *j, const struct device *d, const char *token)
{
	json_set_int(j, "device", d->id);
	json_set_text(j, "appId", d->app_id);
	json_set_text(j, "activationId", d->activation_id);
	json_set_text(j, "userId", d->user_id);
	json_set_text(j, "platform", d->platform);
	json_set_text(j, "environment", d->environment);
	json_set_text(j, "token", token);
	json_set_bool(j, "active", d->active);
	view_instant(j, "registered", d->registered_ms);
	if (d->gone_ms == 0)
		return;
	j = json_set_object(j, "quarantine");
	view_instant(j, "since", d->gone_ms);
	json_set_text(j, "reason", d->gone_reason);
}

static const char *
state_of(struct cli *c, const struct device *d)
{
	if (d->gone_ms != 0)
		return arena_fmt(c->mem, "quarantine since %s: %s",
		    cli_time(c, d->gone_ms),
		    d->gone_reason != NULL ? d->gone_reason : "?");
	return d->active ? "active" : "inactive";
}

static const struct table_column list_columns[] = {{"APP"}, {"PLATFORM"},
    {"ENVIRONMENT"}, {"TOKEN"}, {"ACTIVATION"}, {"REGISTERED"}, {"STATE"},
    {NULL}};

static void
list_device(struct cli *c, struct table *t, const struct device *d,
    const char *token)
{
	table_put(t, d->app_id);
	table_put(t, d->platform);
	table_put(t, d->environment);
	table_put(t, token);
	table_put(t, d->activation_id);
	table_put(t, cli_time(c, d->registered_ms));
	table_put(t, state_of(c, d));
}

static const struct err *
read_part(struct cli *c, struct part *part)
{
	const char *limit = cli_value(c, "limit");
	const char *skip = cli_value(c, "skip");

	*part = (struct part){NULL};
	if (limit != NULL && !text_i64(limit, 1, DEVICE_LIST_MAX, &part->size))
		return cli_misused(c, "--limit takes a number from 1 to %d",
		    DEVICE_LIST_MAX);
	if (skip != NULL && !text_i64(skip, 0, INT32_MAX, &part->offset))
		return cli_misused(c, "--skip takes a number");
	if (part->offset > 0 && part->size == 0)
		part->size = DEVICE_LIST_MAX;
	return NULL;
}

static const struct err *
run_device_list(struct cli *c)
{
	struct table *t = table_new(c->mem, list_columns);
	const char *app_id = cli_value(c, "app");
	struct json *j = json_new_array(c->mem);
	struct application app;
	struct device *list;
	const struct err *e;
	struct part part;
	char token[10];
	bool more;
	size_t n;

	if ((e = read_part(c, &part)) != NULL)
		return e;
	if (app_id != NULL && (e = application_by_name(c->db, c->mem, app_id,
				   &app)) != NULL)
		return e;
	if ((e = device_list(c->db, c->mem, cli_value(c, "user"), app_id,
		 &part, &list, &n, &more)) != NULL)
		return e;
	for (size_t i = 0; i < n; i++) {
		text_mask(list[i].token, token);
		if (c->json)
			put_device(json_add_object(j), &list[i], token);
		else
			list_device(c, t, &list[i], token);
	}
	if (c->json)
		cli_print(j);
	else
		table_print(t, part.offset > 0 ? "the user has no more devices"
					       : "the user has no device");
	if (more)
		(void)fprintf(stderr, "there are more: go on with --skip "
		    "%lld\n", (long long)part.offset + (long long)n);
	return NULL;
}

/* --- quarantine ------------------------------------------------------- */

static const struct err *
run_device_restore(struct cli *c)
{
	const char *token = cli_value(c, "token");
	const char *activation = cli_value(c, "activation");
	const char *user = cli_value(c, "user");
	const char *plain = NULL, *apns = NULL;
	struct application app;
	const struct err *e;
	uint64_t n = 0, left = 0;
	struct json *j;

	if ((token != NULL) + (activation != NULL) + (user != NULL) != 1)
		return cli_misused(c, "give one of --token, --activation and "
		    "--user");
	if (token != NULL)
		token_spellings(c->mem, token, &plain, &apns);
	if ((e = application_by_name(c->db, c->mem, cli_value(c, "app"),
		 &app)) != NULL ||
	    (e = device_restore(c->db, app.id, plain, apns, activation, user,
		 &n, &left)) != NULL)
		return e;
	if (n == 0 && left > 0)
		return err_new(ERR_INVALID, "%llu stay in quarantine: what "
		    "they have is not a token", (unsigned long long)left);
	if (n == 0)
		return err_new(ERR_MISSING, "no such device of %s is in "
		    "quarantine", app.app_id);
	if (!c->json) {
		printf("%llu restored\n", (unsigned long long)n);
		if (left > 0)
			printf("%llu stay in quarantine: what they have is "
			    "not a token\n", (unsigned long long)left);
		return NULL;
	}
	j = json_new_object(c->mem);
	json_set_text(j, "appId", app.app_id);
	json_set_int(j, "restored", (int64_t)n);
	if (left > 0)
		json_set_int(j, "notTokens", (int64_t)left);
	cli_print(j);
	return NULL;
}

const struct command device_commands[] = {
	{"device", "list", {NULL}, "list a user's devices, newest first",
	    list_options, run_device_list},
	{"device", "restore", {NULL},
	    "take devices out of quarantine: of a token, activation or user",
	    restore_options, run_device_restore, NEEDS_DATABASE,
	    "device.restore"},
	{NULL}};
