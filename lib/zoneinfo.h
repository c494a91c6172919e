/* SPDX-License-Identifier: MIT */
/*
 * Time zones of the system's zoneinfo (TZif files, RFC 8536). The C library
 * knows one zone for the whole process, and several threads; here each zone is
 * a value.
 */
#ifndef LIB_ZONEINFO_H
#define LIB_ZONEINFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

#define ZONEINFO_NAME_MAX 64 /* bytes of "America/Argentina/Buenos_Aires" */

struct zoneinfo;

/* Read a zone by its name: zoneinfo_free frees it. ERR_INVALID: there is no
 * such zone, or its file cannot be read. */
const struct err *zoneinfo_load(const char *name, struct zoneinfo **out);

/* The same from the bytes of a file. */
const struct err *zoneinfo_parse(const uint8_t *data, size_t len,
    struct zoneinfo **out);
void zoneinfo_free(struct zoneinfo *z);

/* How many seconds the zone is ahead of UTC at that moment (seconds since
 * 1970 UTC). */
int64_t zoneinfo_offset(const struct zoneinfo *z, int64_t second);

#endif
