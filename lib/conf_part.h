/* SPDX-License-Identifier: MIT */
/* What the files of lib/conf share. */
#ifndef LIB_CONF_PART_H
#define LIB_CONF_PART_H

#include "lib/conf.h"

/* What a URL of that type must be, for "KEY must be ..."; NULL: it is. */
const char *conf_url_wants(enum conf_type type, const char *v);

#endif
