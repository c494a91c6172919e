/* SPDX-License-Identifier: MIT */
/* Lists on a command line. */
#ifndef CLI_WORDS_H
#define CLI_WORDS_H

#include <stddef.h>

#include "lib/arena.h"

/* The words of a comma separated list, in the arena. */
const char **words_of(struct arena *a, const char *list, size_t *n);

#endif
