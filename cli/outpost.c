/* SPDX-License-Identifier: MIT */
/*
 * Program outpost: setup, status, and sending by hand, as postqueue is for
 * mail. One file per group of commands; this file knows only their tables.
 */
#include "cli/cli.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/conf_expand.h"

#include "core/program.h"

#include "cli/audited.h"
#include "cli/options.h"

#define VALUE_MAX (64 * 1024)

/* Read a line. An empty or too long one is refused, and never cut. */
static const struct err *
read_stdin_value(struct cli *c, const char *name, const char **value)
{
	char line[VALUE_MAX];
	size_t len;

	if (fgets(line, sizeof line, stdin) == NULL)
		return cli_misused(c, "there is no line on stdin for --%s",
		    name);
	len = strcspn(line, "\n");
	if (len + 1 == sizeof line)
		return cli_misused(c, "the line on stdin for --%s is too long",
		    name);
	*value = arena_text(c->mem, line, len);
	return NULL;
}

/* Read the values given as "-" from stdin, in the order of the table. */
static const struct err *
read_stdin_values(struct cli *c)
{
	const struct cli_option *o = c->command->options;
	const struct err *e = NULL;

	for (int i = 0; e == NULL && o != NULL && o[i].name != NULL; i++)
		if (o[i].from_stdin && c->values[i] != NULL &&
		    strcmp(c->values[i], "-") == 0)
			e = read_stdin_value(c, o[i].name, &c->values[i]);
	return e;
}

static const char *
program_of(const struct cli *c)
{
	return c->command->program != NULL ? c->command->program : "cli";
}

/* A file that may not be looked for is there. */
static bool
lacks_password_file(const struct cli *c)
{
	char *file = conf_expand(c->settings.database.password_file,
	    program_of(c));
	bool lacks = file != NULL && access(file, F_OK) != 0 &&
	    errno == ENOENT;

	free(file);
	return lacks;
}

/* Who has not run setup yet needs no sentence of MariaDB, and who has gets one
 * of the doctor. */
static const struct err *
open_database(struct cli *c)
{
	enum db_refusal why;
	const struct err *e = db_try(&c->settings.database,
	    program_of(c), DB_LONG, &c->db, &why);

	if (why == DB_NO_PASSWORD && lacks_password_file(c))
		return err_new(ERR_MISSING, "Outpost is not set up here: run "
		    "\"outpost setup\"");
	if (why == DB_LOGIN_REFUSED)
		return err_new(ERR_BUSY, "MariaDB does not let the command "
		    "in: run \"outpost setup\", if it has run already "
		    "\"outpost doctor\"");
	return e;
}

static const struct err *
run(struct cli *c)
{
	const struct err *e;

	if ((e = read_stdin_values(c)) != NULL)
		return e;
	if (c->command->need != NEEDS_NOTHING &&
	    (e = settings_load(c->conf, &c->settings)) != NULL)
		return e;
	program_guard(&c->settings);
	if (c->command->need == NEEDS_DATABASE &&
	    (e = open_database(c)) != NULL)
		return e;
	return cli_run(c);
}

/* Was all output written? With a full disk it would be cut unnoticed. */
static bool
printed(void)
{
	if (fflush(stdout) == 0 && ferror(stdout) == 0)
		return true;
	(void)fprintf(stderr, "outpost: cannot write all of the output\n");
	return false;
}

int
main(int argc, char *argv[])
{
	struct cli c = {.status = 1, .mem = arena_new()};
	const struct command *const tables[] = {setup_commands, doctor_commands,
	    app_commands, app_check_commands, app_delete_commands,
	    app_credential_commands(c.mem), activation_commands,
	    device_commands, send_commands, message_commands,
	    queue_commands, sendd_commands, hold_commands,
	    drop_commands, deliver_commands, campaign_commands,
	    campaign_users_commands,
	    campaign_run_commands,
	    campaign_why_commands,
	    integration_commands, secrets_commands, maintain_commands,
	    inbox_commands, user_commands, import_commands, audit_commands,
	    version_commands, NULL};
	const struct err *e;
	int status;

	if (!options_read(&c, tables, argc, argv, &status)) {
		arena_free(c.mem);
		return printed() ? status : 1;
	}
	if ((e = run(&c)) != NULL) {
		(void)fprintf(stderr, "outpost: %s\n", e->text);
		status = c.status;
	} else {
		status = printed() ? c.outcome : 1;
	}
	db_close(c.db);
	arena_free(c.mem);
	settings_done(&c.settings);
	return status;
}

const char *
cli_value(const struct cli *c, const char *name)
{
	for (int i = 0; c->command->options[i].name != NULL; i++)
		if (strcmp(c->command->options[i].name, name) == 0)
			return c->values[i];
	return NULL;
}

bool
cli_flag(const struct cli *c, const char *name)
{
	return cli_value(c, name) != NULL;
}

const struct err *
cli_misused(struct cli *c, const char *fmt, ...)
{
	char text[400];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	c->status = 2;
	return err_new(ERR_INVALID, "%s", text);
}

void
cli_print(const struct json *j)
{
	size_t len;

	puts(json_write(j, &len));
}

const char *
cli_time(struct cli *c, int64_t ms)
{
	char text[CLOCK_TEXT];

	if (ms == 0)
		return "-";
	clock_sql(ms, text);
	return arena_fmt(c->mem, "%.*sZ", (int)strcspn(text, "."), text);
}

/* --- version ---------------------------------------------------------- */

static const struct err *
run_version(struct cli *c)
{
	struct json *j;

	if (!c->json) {
		printf("outpost %s, schema %d\n", OUTPOST_VERSION,
		    SQL_SCHEMA_NOW);
		return NULL;
	}
	j = json_new_object(c->mem);
	json_set_text(j, "version", OUTPOST_VERSION);
	json_set_int(j, "schema", SQL_SCHEMA_NOW);
	cli_print(j);
	return NULL;
}

const struct command version_commands[] = {
	{"version", NULL, {NULL}, "which program this is", NULL, run_version,
	    NEEDS_NOTHING},
	{NULL}};
