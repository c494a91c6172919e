/* SPDX-License-Identifier: MIT */
/*
 * The operator's command: outpost GROUP [VERB] [OPTION ...] [ARGUMENT ...].
 * Commands, their options and arguments are rows of tables; parsing, usage
 * and --help all come of them. A command says its result on stdout, in words
 * or with --json as one JSON value, and returns what went wrong.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/arena.h"
#include "lib/err.h"
#include "lib/json.h"
#include "core/settings.h"

#include "db/db.h"

#define CLI_OPTIONS 12 /* of one command */
#define CLI_ARGS 2

struct cli_option {
	const char *name;  /* without the dashes */
	const char *value; /* what it takes, for people; NULL: a flag */
	const char *help;
	bool must;
	const char *const *choices; /* NULL-terminated; NULL: any value */
	bool told; /* its value stands in the audit trail */
	bool unseen; /* "-": a line of stdin; a command line can be seen */
};

struct cli;

/* What a command finds ready; each with those behind it. */
enum cli_need { NEEDS_DATABASE, NEEDS_SETTINGS, NEEDS_NOTHING };

struct command {
	const char *group, *verb; /* verb NULL: the group is the command */
	const char *args[CLI_ARGS]; /* names of arguments, all of them needed */
	const char *help;
	const struct cli_option *options; /* ends with a NULL name */
	const struct err *(*run)(struct cli *c);
	enum cli_need need;
	const char *change; /* what it does for the audit trail; NULL: it
			       changes nothing */
	bool early; /* it takes transactions of its own, and calls
		       cli_audit before the first: else its row is written
		       in the one transaction with it */
};

/* All that a command may touch. */
struct cli {
	const struct command *command;
	const char *conf; /* -c, or NULL */
	bool json;
	const char *values[CLI_OPTIONS]; /* in order of the command's options */
	const char *args[CLI_ARGS];
	struct settings settings;
	struct db *db; /* as user "cli"; NULL when not needed */
	struct arena *mem;
	int status; /* what the process returns if run fails; 2: usage */
};

/* The command tables, each ending with a row without group. */
extern const struct command setup_commands[], app_commands[],
    activation_commands[], device_commands[], send_commands[],
    queue_commands[], hold_commands[], drop_commands[], campaign_commands[],
    integration_commands[], secrets_commands[], audit_commands[],
    version_commands[];

/* Run the command; a change with its row in the audit trail. */
const struct err *cli_run(struct cli *c);

/* Write the row of an early command: all is checked, it begins now. */
const struct err *cli_audit(struct cli *c);

/* The system's user, and on whose behalf if by sudo. Into the arena. */
const char *cli_who(struct cli *c);

/* The value of an option, NULL when it was not given; of a flag: given? */
const char *cli_value(const struct cli *c, const char *name);
bool cli_flag(const struct cli *c, const char *name);

/* An error that is the fault of how we were called: exit status 2. */
const struct err *cli_misused(struct cli *c, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* The result as JSON, on a line. */
void cli_print(const struct json *j);

/* Long work is told on stderr when that is a terminal: is it time for a word?
 * Zeroed at first. */
struct cli_progress {
	int64_t since_ms, told_ms;
};
bool cli_progress(struct cli_progress *p);
void cli_progress_over(struct cli_progress *p); /* clean up the line */

/* "2026-01-31 12:00:00", UTC, for lists; "-" for 0. Into the arena. */
const char *cli_time(struct cli *c, int64_t ms);

#endif
