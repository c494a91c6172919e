/* SPDX-License-Identifier: MIT */
/* outpost inbox: what users find in their inboxes. */
#include "cli/cli.h"

#include <stdio.h>

#include "db/inbox.h"

static const struct cli_option inbox_options[] = {
	{"user", "USER", "only if it is this user's"},
	{NULL}};

static const struct err *
run_inbox_delete(struct cli *c)
{
	bool existed;
	const struct err *e = inbox_delete_now(c->db,
	    &(struct inbox_deletion){.id = c->args[0],
		.user_id = cli_value(c, "user")}, &existed);
	struct json *j;

	if (e != NULL)
		return e;
	if (!existed)
		return err_new(ERR_MISSING, "no message \"%s\"", c->args[0]);
	if (!c->json) {
		printf("message %s: deleted\n", c->args[0]);
		return NULL;
	}
	j = json_new_object(c->mem);
	json_set_text(j, "id", c->args[0]);
	json_set_bool(j, "deleted", true);
	cli_print(j);
	return NULL;
}

const struct command inbox_commands[] = {
	{"inbox", "delete", {"ID"}, "delete a message from an inbox",
	    inbox_options, run_inbox_delete, NEEDS_DATABASE, "inbox.delete"},
	{NULL}};
