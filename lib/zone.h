/* SPDX-License-Identifier: MIT */
/*
 * Times that were written without a zone, as an old database has them. One zone
 * serves a process: it is that of libc. For a command with one thread.
 */
#ifndef LIB_ZONE_H
#define LIB_ZONE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/err.h"

/* Times without a zone are read in this one from now on: "Europe/Prague",
 * "UTC", or an offset as "+02:00". ERR_INVALID: it is not known here. */
const struct err *zone_set(const char *name);

/* "2024-01-31 12:00:00.123456", with a blank or a T between, and a fraction of
 * any length or none; with a zone behind it (Z, +01, +0100, +01:00) the time is
 * in that one. Milliseconds since 1970; the rest is cut. An hour that is there
 * twice in autumn is taken as either one. False: it is no time, or no day of
 * the years 1970 to 9999. */
bool zone_parse(const char *s, int64_t *ms);

#endif
