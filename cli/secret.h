/* SPDX-License-Identifier: MIT */
/* Secret files: made once, whole or not at all, never overwritten; and read. */
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
 * A file with the text and a line end, mode 0600 and ours; its directory is
 * made (0750) if need be. When root makes it: for user (if there is one of
 * that name), else for group (then mode 0640). ERR_CONFLICT when it exists.
 */
const struct err *secret_write(const char *path, const char *text,
    const char *user, const char *group);

/* A key file as an operator names it, whole, at most max bytes; the memory
 * is wiped with the arena. */
const struct err *secret_read(struct arena *a, const char *path, size_t max,
    const char **text, size_t *len);

#endif
