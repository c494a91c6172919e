/* SPDX-License-Identifier: MIT */
/* outpost app delete. */
#include "cli/cli.h"

#include <inttypes.h>
#include <stdio.h>

#include "db/app_delete.h"

#include "cli/audited.h"
#include "cli/progress.h"

static const struct cli_option delete_options[] = {
	{"yes", NULL, "really"},
	{NULL}};

static void
show_removed(uint64_t rows, void *progress)
{
	if (cli_progress(progress))
		(void)fprintf(stderr, "\r%" PRIu64 " rows ", rows);
}

static void
print_deleted(struct cli *c, uint64_t rows)
{
	struct json *j;

	if (!c->json) {
		printf("%s: deleted, with %" PRIu64 " rows\n", c->args[0],
		    rows);
		return;
	}
	j = json_new_object(c->mem);
	json_set_text(j, "appId", c->args[0]);
	json_set_int(j, "rows", (int64_t)rows);
	cli_print(j);
}

static const struct err *
run_app_delete(struct cli *c)
{
	struct cli_progress progress = {0};
	struct application app;
	struct app_deletion x = {.db = c->db, .app = &app,
	    .progress = show_removed, .arg = &progress};
	const struct err *e;

	if ((e = application_by_name(c->db, c->mem, c->args[0], &app)) != NULL)
		return e;
	if (!cli_flag(c, "yes"))
		return cli_misused(c, "%s, its devices and campaigns, and what "
		    "waits would be lost: say --yes as well", app.app_id);
	if ((e = cli_audit(c)) == NULL)
		e = app_delete(&x);
	cli_progress_over(&progress);
	if (e == NULL)
		print_deleted(c, x.rows);
	return e;
}

const struct command app_delete_commands[] = {
	{"app", "delete", {"NAME"}, "delete it, with all that is its own",
	    delete_options, run_app_delete, NEEDS_DATABASE, "app.delete",
	    true},
	{NULL}};
