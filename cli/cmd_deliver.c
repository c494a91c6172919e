/* SPDX-License-Identifier: MIT */
/* outpost deliver: what cron runs each minute on a host that has no daemon. It
 * becomes the sending program, which does the work and ends in its time. */
#include "cli/cli.h"

#include <unistd.h>

#include "core/beside.h"

#define DELIVER_FOR "55s"

static const struct cli_option deliver_options[] = {
	{"for", "DURATION", "end within that time (default " DELIVER_FOR ")"},
	{NULL}};

static const struct err *
run_deliver(struct cli *c)
{
	const char *limit = cli_value(c, "for");
	char path[BESIDE_PATH];

	if (!beside_sender(path))
		return err_new(ERR_MISSING, "there is no outpost-sendd beside "
		    "this program");
	(void)execl(path, "outpost-sendd", "-c", c->settings.file, "--for",
	    limit != NULL ? limit : DELIVER_FOR, (char *)NULL);
	return err_errno("cannot run %s", path);
}

const struct command deliver_commands[] = {
	{"deliver", NULL, {NULL}, "deliver what is due, as cron does",
	    deliver_options, run_deliver, NEEDS_SETTINGS},
	{NULL}};
