/* SPDX-License-Identifier: MIT */
/* Files that hold a secret: the settings name the files, so that no settings
 * file contains a secret. */
#ifndef LIB_CONF_SECRET_H
#define LIB_CONF_SECRET_H

#include <stddef.h>

#include "lib/err.h"

/* Read the first line of the file into buf, without the line end. ERR_FAULT
 * when the file cannot be read, is empty, does not fit, or is open to users
 * other than its owner and its group. */
const struct err *conf_secret(const char *path, char *buf, size_t size);

/* Read the whole text of a secret file that is open already. path is used in
 * error texts only. */
const struct err *conf_secret_fd(int fd, const char *path, char *buf,
    size_t size);

#endif
