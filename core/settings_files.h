/* SPDX-License-Identifier: MIT */
/* The files that settings name. */
#ifndef CORE_SETTINGS_FILES_H
#define CORE_SETTINGS_FILES_H

#include "core/settings.h"

/* Check that the files exist which the settings name and the program ("sendd")
 * uses. conf is the path of the settings, for messages. ERR_INVALID: the first
 * file that does not exist. A file that this user cannot read gives a line on
 * notes. */
const struct err *settings_files(const char *conf, const struct settings *s,
    const char *program, FILE *notes);

#endif
