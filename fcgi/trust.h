/* SPDX-License-Identifier: MIT */
/*
 * The names in [api] trust, looked at before callers come: a range with the
 * name of nobody lets nobody in, which is easily taken for something else.
 * Whom a range lets in is access.c's.
 */
#ifndef FCGI_TRUST_H
#define FCGI_TRUST_H

#include "core/settings.h"

/* Is there an integration for each name? ERR_INVALID with the first that has
 * none. Without a database to ask, by which that program is known, it says so
 * in the log and finds nothing wrong. */
const struct err *trust_check(const struct settings *s, const char *program);

#endif
