/* SPDX-License-Identifier: MIT */
/* The command line, by the tables of commands. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "cli/cli.h"

/* Fill command, conf, json, values and args. False when there is nothing to
 * run: help or an error of usage was printed; then *status is the exit status
 * of the process. */
bool options_read(struct cli *c, const struct command *const *tables,
    int argc, char *argv[], int *status);

#endif
