/* SPDX-License-Identifier: MIT */
/* The command line, by the tables of commands. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "cli/cli.h"

/* Fill command, conf, json, values and args. False when there is nothing to
 * run: help was printed, or usage was wrong and said so; then *status is
 * what the process returns. */
bool options_read(struct cli *c, const struct command *const *tables,
    int argc, char *argv[], int *status);

#endif
