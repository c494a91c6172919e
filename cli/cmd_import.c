/* SPDX-License-Identifier: MIT */
/*
 * outpost import: moving in, from files of CSV or from the database of a site.
 * outpost-import(8) is the manual.
 */
#include "cli/cli.h"

#include "core/import_java.h"
#include "core/import_list.h"

#include "cli/importing.h"
#include "cli/import_site.h"

static const struct cli_option devices_options[] = {IMPORTING_OPTIONS, {NULL}};
static const struct cli_option java_options[] = {IMPORTING_OPTIONS,
	{"set-aside", NULL, "put devices into quarantine that are here and no "
	    "longer in the dump; likewise users of campaigns",
	    .audited = true},
	{NULL}};
static const struct cli_option webpush_options[] = {
	{"app", "APP", "the application that they will belong to", true,
	    .audited = true},
	{"csv", "FILE", "the site's table of subscriptions as CSV",
	    .audited = true},
	{"env", "FILE", "the site's .env: its VAPID pair and, without --csv, "
	    "its database", .audited = true},
	{"table", "NAME", "of its subscriptions (default push_subscriptions)",
	    .audited = true},
	{"type", "NAME", "take only owners of this type (subscribable_type)",
	    .audited = true},
	{"subject", "URL", "whom a push service writes to, if the site does "
	    "not say: mailto: or https:"},
	IMPORTING_OPTIONS, {NULL}};

static const struct err *
run_java(struct cli *c)
{
	struct importing i;
	const struct err *e = importing_begin(&i, c);

	i.im.aside = cli_flag(c, "set-aside");
	return e != NULL ? e
	    : importing_end(&i, import_java(&i.im, c->args[0]));
}

static const struct err *
run_devices(struct cli *c)
{
	struct importing i;
	const struct err *e = importing_begin(&i, c);

	return e != NULL ? e
	    : importing_end(&i, import_list(&i.im, c->args[0]));
}

static const struct err *
run_webpush(struct cli *c)
{
	struct importing i;
	const struct err *e;

	if (cli_value(c, "csv") == NULL && cli_value(c, "env") == NULL)
		return cli_misused(c, "--csv or --env is wanted, or both");
	e = importing_begin(&i, c);
	return e != NULL ? e : importing_end(&i, import_site(&i));
}

/* clang-format off */
const struct command import_commands[] = {
	{"import", "java", {"DIRECTORY"}, "take in all of the Java edition, from CSV",
	    java_options, run_java, NEEDS_DATABASE, "import.java", true},
	{"import", "devices", {"FILE"}, "take in devices that come from elsewhere",
	    devices_options, run_devices, NEEDS_DATABASE, "import.devices", true},
	{"import", "webpush", {NULL}, "take in the browsers of a site in PHP",
	    webpush_options, run_webpush, NEEDS_DATABASE, "import.webpush", true},
	{NULL}};
/* clang-format on */
