/* SPDX-License-Identifier: MIT */
/* Secret files: written once, atomically, never overwritten; and read. */
#ifndef CLI_SECRET_H
#define CLI_SECRET_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/arena.h"
#include "lib/err.h"

/* 32 random bytes in hex, and NUL. */
#define SECRET_TEXT 65
void secret_new(char text[SECRET_TEXT]);

/* Is there a file, readable or not? */
bool secret_exists(const char *path);

/*
 * Write a file with the text and a line feed, mode 0600, owned by the process's
 * user; a missing directory is made (0750). If root writes it, the owner is
 * user (if that user exists), else the group is group (then mode 0640).
 * ERR_CONFLICT when the file exists.
 */
const struct err *secret_write(const char *path, const char *text,
    const char *user, const char *group);

/* A new secret into a file, as secret_write does; the program keeps no copy. */
const struct err *secret_make(const char *path, const char *group);

/* Read a file that an operator names, whole, at most max bytes; the memory is
 * wiped with the arena. */
const struct err *secret_read(struct arena *a, const char *path, size_t max,
    const char **text, size_t *len);

#endif
