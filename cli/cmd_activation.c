/* SPDX-License-Identifier: MIT */
/* outpost activation: activations in our database, when no PowerAuth Server
 * stores them. */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

#include "db/activation.h"
#include "db/application.h"
#include "db/device.h"

#include "core/view.h"

static const char *const statuses[] = {"CREATED", "PENDING_COMMIT", "ACTIVE",
    "BLOCKED", "REMOVED", NULL};

static const struct cli_option set_options[] = {
	{"user", "USER", "whose it is", true},
	{"app", "APP", "of which application", .audited = true},
	{"status", "STATUS", "default: ACTIVE", false, statuses,
	    .audited = true},
	{NULL}};
static const struct cli_option no_options[] = {{NULL}};

static const struct err *
show(struct cli *c, const char *id)
{
	struct activation a;
	const struct err *e = activation_by_id(c->db, c->mem, id, &a);
	struct json *j;

	if (e != NULL)
		return e;
	if (!c->json) {
		printf("%s %s user %s app %s, created %s, changed %s\n",
		    a.activation_id, a.status,
		    a.user_id != NULL ? a.user_id : "-",
		    a.app_id != NULL ? a.app_id : "-",
		    cli_time(c, a.created_ms), cli_time(c, a.changed_ms));
		return NULL;
	}
	j = json_new_object(c->mem);
	view_activation(j, &a);
	cli_print(j);
	return NULL;
}

static const struct err *
run_activation_show(struct cli *c)
{
	return show(c, c->args[0]);
}

static const struct err *
run_activation_set(struct cli *c)
{
	struct activation a = {.activation_id = c->args[0],
	    .user_id = cli_value(c, "user"),
	    .app_id = cli_value(c, "app"),
	    .status = cli_value(c, "status")};
	struct application app;
	const struct err *e;

	if (strlen(a.activation_id) > DEVICE_ID_MAX || !*a.activation_id)
		return cli_misused(c, "an activation id has 1 to %d bytes",
		    DEVICE_ID_MAX);
	if (a.status == NULL)
		a.status = "ACTIVE";
	if (a.app_id != NULL && (e = application_by_name(c->db, c->mem,
				     a.app_id, &app)) != NULL)
		return e;
	if ((e = activation_put(c->db, &a)) != NULL)
		return e;
	return show(c, a.activation_id);
}

const struct command activation_commands[] = {
	{"activation", "set", {"ID"}, "add an activation, or change it",
	    set_options, run_activation_set, NEEDS_DATABASE, "activation.set"},
	{"activation", "show", {"ID"}, "show an activation", no_options,
	    run_activation_show},
	{NULL}};
