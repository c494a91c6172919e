/* SPDX-License-Identifier: MIT */
/* What the files of lib/conf share. */
#ifndef LIB_CONF_PART_H
#define LIB_CONF_PART_H

#include "lib/conf.h"

/* A description of a valid URL of that type, for "KEY must be ..."; NULL when
 * v is valid. */
const char *conf_url_wants(enum conf_type type, const char *v);

#endif
