/* SPDX-License-Identifier: MIT */
/* Devices of somebody who comes from elsewhere, in a CSV file of their own. */
#ifndef CORE_IMPORT_LIST_H
#define CORE_IMPORT_LIST_H

#include "core/import.h"

/* The columns: user, platform, token, activation, application, and if they are
 * known environment, active and registered, in any order. Nothing is written
 * when the file as such is refused. */
const struct err *import_list(struct import *im, const char *path);

#endif
