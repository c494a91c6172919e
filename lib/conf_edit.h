/* SPDX-License-Identifier: MIT */
/* Settings that a program sets in the file which a person keeps: only the lines
 * of these settings change. */
#ifndef LIB_CONF_EDIT_H
#define LIB_CONF_EDIT_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/buf.h"
#include "lib/err.h"

struct conf_change {
	const char *section, *key;
	const char *value; /* "": the key is set to nothing */
};

/* Can conf_load read this value again as it is? A value is one line without
 * control characters, blanks at its ends or ';', of at most 160 bytes. */
bool conf_edit_takes(const char *value);

/* Append text with the change to into. The line that holds is replaced; else
 * the line of an example, "#key = ..."; else there is a new line at the end of
 * the section, or a new section. Pure. */
void conf_edit_text(const char *text, const struct conf_change *change,
    struct buf *into);

/* Make these changes in the file, which is replaced whole. ERR_TOOBIG: the file
 * has more than a megabyte. */
const struct err *conf_edit(const char *path,
    const struct conf_change *changes, size_t n);

#endif
