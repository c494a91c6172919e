/* SPDX-License-Identifier: MIT */
/*
 * The ".env" file of a site in PHP: lines NAME=value, a value bare or in
 * quotes, and # for a comment. What is not asked for is not kept.
 */
#ifndef LIB_ENV_FILE_H
#define LIB_ENV_FILE_H

#include "lib/arena.h"
#include "lib/err.h"

/* Read the values of n names, in the arena and wiped with it; NULL: the file
 * does not have it, or it is empty. Of two lines with one name the later one
 * counts. ERR_MISSING: no such file; ERR_TOOBIG: it is no such file. An error
 * names the file, and quotes nothing of it. */
const struct err *env_file_read(struct arena *a, const char *path,
    const char *const *names, size_t n, const char **values);

#endif
