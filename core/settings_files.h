/* SPDX-License-Identifier: MIT */
/* The files that settings name. */
#ifndef CORE_SETTINGS_FILES_H
#define CORE_SETTINGS_FILES_H

#include "core/settings.h"

/* Are the files there that these settings name and the program ("sendd")
 * works with? conf: the settings' path, for what is said. ERR_INVALID: the
 * first that is not. One that this user cannot read is a line on notes. */
const struct err *settings_files(const char *conf, const struct settings *s,
    const char *program, FILE *notes);

#endif
