/* SPDX-License-Identifier: MIT */
/* What the files of lib/conf share. */
#ifndef LIB_CONF_PART_H
#define LIB_CONF_PART_H

#include "lib/conf.h"

/* A description of a valid URL of that type, for "KEY must be ..."; NULL when
 * v is valid. */
const char *conf_url_wants(enum conf_type type, const char *v);

#define CONF_WANTS_MAX 128 /* bytes of a description of a valid value */

/* Store v. Returns NULL, or a description of a valid value, which may lie in
 * room. */
const char *conf_set(const struct conf_key *k, const char *v, void *into,
    char room[CONF_WANTS_MAX]);

#define CONF_NUMBER_TEXT 32

/* The number as a settings file has it. */
void conf_number_text(enum conf_type type, int64_t v,
    char text[CONF_NUMBER_TEXT]);

#endif
