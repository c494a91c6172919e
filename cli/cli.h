/* SPDX-License-Identifier: MIT */
/*
 * The operator's command: outpost GROUP [VERB] [OPTION ...] [ARGUMENT ...].
 * Commands, their options and arguments are rows of tables, from which parsing,
 * usage and --help are derived. A command prints its result on stdout, as text
 * or with --json as one JSON value, and returns its error.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/json.h"

#include "db/db.h"

#include "core/settings.h"

#define CLI_OPTIONS 24 /* of one command */
#define CLI_ARGS 2

struct cli_option {
	const char *name;  /* without the dashes */
	const char *value; /* name of its value in the help; NULL: a flag */
	const char *help;
	bool must;
	const char *const *choices; /* NULL-terminated; NULL: any value */
	bool audited; /* its value is written to the audit trail */
	bool person; /* its value is a user: the audit trail has its name there
			(core/person_name.h) */
	bool from_stdin; /* "-": read a line of stdin, because other users can
			    see a command line */
};

struct cli;

/* What a command needs; NEEDS_DATABASE includes NEEDS_SETTINGS. */
enum cli_need { NEEDS_DATABASE, NEEDS_SETTINGS, NEEDS_NOTHING };

struct command {
	const char *group, *verb; /* verb NULL: the group is the command */
	const char *args[CLI_ARGS]; /* names of arguments, all required */
	const char *help;
	const struct cli_option *options; /* ends with a NULL name */
	const struct err *(*run)(struct cli *c);
	enum cli_need need;
	const char *change; /* its action in the audit trail; NULL: it changes
			       nothing */
	bool own_transactions; /* it calls cli_audit before its first
				  transaction; else the change and its row
				  are one transaction */
	const char *program; /* as whose database user; NULL: "cli" */
	bool person; /* its first argument is a user, as in cli_option */
};

/* All that a command may touch. */
struct cli {
	const struct command *command;
	const char *conf; /* -c, or NULL */
	bool json;
	const char *values[CLI_OPTIONS]; /* in order of the command's options */
	const char *args[CLI_ARGS];
	struct settings settings;
	struct db *db; /* as the command's user; NULL when not needed */
	struct arena *mem;
	/* users among the values, and the first argument, as the audit trail
	 * names them; NULL: no user */
	const char *named[CLI_OPTIONS], *named_arg;
	struct json *detail; /* for the audit trail; NULL: the audited options
				*/
	int status; /* exit status of the process if run fails; 2: usage */
	int outcome; /* exit status if it succeeds */
};

/* The commands that set and remove the credentials of each provider, made from
 * its table of fields, in the arena. */
const struct command *app_credential_commands(struct arena *a);

/* The command tables, each ending with a row without group. */
extern const struct command setup_commands[], doctor_commands[],
    app_commands[], app_check_commands[], app_delete_commands[],
    activation_commands[], device_commands[], send_commands[],
    message_commands[], queue_commands[], sendd_commands[], hold_commands[],
    drop_commands[], deliver_commands[], campaign_commands[],
    campaign_users_commands[],
    campaign_run_commands[], campaign_why_commands[],
    integration_commands[], secrets_commands[], maintain_commands[],
    inbox_commands[], user_commands[], import_commands[], audit_commands[],
    version_commands[];

/* The value of an option, NULL when it was not given; of a flag: not NULL when
 * it was given. */
const char *cli_value(const struct cli *c, const char *name);
bool cli_flag(const struct cli *c, const char *name);

/* An error of usage: exit status 2. */
const struct err *cli_misused(struct cli *c, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Print the result as JSON, on one line. */
void cli_print(const struct json *j);

/* "2026-01-31 12:00:00Z", for lists; "-" for 0. Into the arena. */
const char *cli_time(struct cli *c, int64_t ms);

#endif
