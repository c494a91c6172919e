/* SPDX-License-Identifier: MIT */
/* What --help prints, derived from the tables of commands. A page fits a
 * terminal of 24 lines. */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include <stdio.h>

#include "cli/cli.h"

/* The groups of commands by their chapters, one line a group. */
void help_groups(const struct command *const *tables, FILE *out);

/* The commands of one group, one line a command. */
void help_group(const struct command *const *tables, const char *group,
    FILE *out);

/* A command with its options. */
void help_command(const struct command *m);

/* "usage: outpost app create NAME [options]", with the options that it must
 * have, in as many lines as it takes. */
void help_usage(const struct command *m, FILE *out);

/* "sync, async": the values that an option takes, in the arena. */
const char *help_choices(struct arena *a, const struct cli_option *o);

#endif
