/* SPDX-License-Identifier: MIT */
/* What the importers of the command have in common: their options, the notes on
 * rows, the report and the account. */
#ifndef CLI_IMPORTING_H
#define CLI_IMPORTING_H

#include <stdio.h>

#include "core/import.h"

#include "cli/cli.h"
#include "cli/progress.h"

#define IMPORTING_OPTIONS                                                      \
	{"dry-run", NULL, "compare and count, and write nothing"},             \
	    {"tz", "ZONE", "of times without a zone: Europe/Prague, +01:00 "   \
		"(default UTC)", .audited = true},                             \
	    {"report", "FILE", "write each row that is refused or differs to " \
		"FILE, as CSV"}

struct importing {
	struct import im;
	struct cli *c;
	FILE *report; /* NULL: none is wanted */
	struct cli_progress progress;
	uint64_t shown; /* refused rows */
	int64_t began_ms;
};

/* Take the options, open the report, and leave the row of the audit trail
 * unless nothing will be written. After an error nothing is open. */
const struct err *importing_begin(struct importing *i, struct cli *c);

/* The import is over, with or without an error: close the report, and print the
 * account. A row that was refused makes the exit status 1: who reads no report
 * shall not take the import for whole. */
const struct err *importing_end(struct importing *i, const struct err *e);

#endif
