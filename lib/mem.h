/* SPDX-License-Identifier: MIT */
/*
 * Allocation that never fails: without memory the process ends. That is safe,
 * because a responder holds no state and sendd's rows have a lease; and no
 * code needs a branch for "no memory". Sizes that a stranger chooses are
 * limited before they get here.
 */
#ifndef LIB_MEM_H
#define LIB_MEM_H

#include <stddef.h>

#define nitems(a) (sizeof(a) / sizeof((a)[0]))

/* All return memory for free(3), never NULL; only xcalloc zeroes it. */
void *xmalloc(size_t size) __attribute__((malloc, returns_nonnull));
void *xcalloc(size_t n, size_t size) __attribute__((malloc, returns_nonnull));
void *xrealloc(void *p, size_t size) __attribute__((returns_nonnull));
char *xstrdup(const char *s) __attribute__((malloc, returns_nonnull));

#endif
