/* SPDX-License-Identifier: MIT */
/* What cmocka wants included, and a check that names the row of a table. */
#ifndef TESTS_UNIT_UNIT_H
#define TESTS_UNIT_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/mem.h"

#define CHECK(row, is_so)                                                      \
	do {                                                                   \
		if (!(is_so)) {                                                \
			fail_msg("row \"%s\": not so: %s", (row), #is_so);     \
			__builtin_unreachable(); /* it jumps */                \
		}                                                              \
	} while (0)

/* May it stand in quotes in a log line? */
static inline bool
is_plain(const char *text)
{
	for (; *text != '\0'; text++)
		if (*text < ' ' || *text > '~' || *text == '"')
			return false;
	return true;
}

#endif
