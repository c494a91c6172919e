/* SPDX-License-Identifier: MIT */
/*
 * The names in [api] trust are checked at the start: a range with the name of
 * no integration lets nobody in, which looks like another fault. caller.c
 * applies the ranges.
 */
#ifndef FCGI_TRUSTED_ADDRESS_H
#define FCGI_TRUSTED_ADDRESS_H

#include "core/settings.h"

/* Is there an integration for each name? ERR_INVALID with the first name that
 * has none. Without a database (program: the user for it) this is logged and is
 * no error. */
const struct err *trusted_address_check(const struct settings *s,
    const char *program);

#endif
