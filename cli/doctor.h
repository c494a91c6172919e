/* SPDX-License-Identifier: MIT */
/* The doctor as setup calls it, at its end. */
#ifndef CLI_DOCTOR_H
#define CLI_DOCTOR_H

#include "cli/cli.h"

/* Run all checks on a connection of their own. The findings go to stdout, those
 * that are good only unless quiet; or, with into, there. Returns the exit
 * status of the worst: 0 for good and notes, 1 warning, 2 error. */
int cli_doctor(struct cli *c, bool quiet, struct json *into);

#endif
