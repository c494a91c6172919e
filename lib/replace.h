/* SPDX-License-Identifier: MIT */
/* Files that are replaced whole: whoever reads one sees the old text or the new
 * one, also after a kill or a power failure. */
#ifndef LIB_REPLACE_H
#define LIB_REPLACE_H

#include <stddef.h>
#include <sys/stat.h>

#include "lib/err.h"

/* Replace the file at path; the new one has the owner, group and mode of as. If
 * path is a link, the file that it names is replaced. what is the file's name
 * in errors: "the key file". */
const struct err *replace_file(const char *path, const char *what,
    const struct stat *as, const void *data, size_t len);

/* Make durable that the file at this absolute path is in its directory. */
const struct err *replace_sync_directory(const char *path);

#endif
