/* SPDX-License-Identifier: MIT */
/* Commands that change something leave a row in the audit trail. */
#ifndef CLI_AUDITED_H
#define CLI_AUDITED_H

#include "cli/cli.h"

/* Run the command. The row of a change is written in the transaction of the
 * change, see core/audited.h, unless the command has own_transactions. */
const struct err *cli_run(struct cli *c);

/* Write the row of a command with own_transactions: it calls this after the
 * check of its arguments, before its first transaction. */
const struct err *cli_audit(struct cli *c);

/* Set the members "named" of the users among the options and of the first
 * argument. */
const struct err *cli_name_persons(struct cli *c);

/* The system's user, and under sudo the user who called it: "root (joe)". In
 * the arena. */
const char *cli_who(struct cli *c);

#endif
