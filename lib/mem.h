/* SPDX-License-Identifier: MIT */
/*
 * Memory that is there or the process is not: a responder holds no state and
 * a row in sendd's hands has a lease, so ending is safe and branches for
 * "no memory" do not exist. What a stranger sizes is limited before it gets
 * here.
 */
#ifndef LIB_MEM_H
#define LIB_MEM_H

#include <stddef.h>

#define nitems(a) (sizeof(a) / sizeof((a)[0]))

/* All return memory for free(3), zeroed by xcalloc only; never NULL. */
void *xmalloc(size_t size) __attribute__((malloc, returns_nonnull));
void *xcalloc(size_t n, size_t size) __attribute__((malloc, returns_nonnull));
void *xrealloc(void *p, size_t size) __attribute__((returns_nonnull));
char *xstrdup(const char *s) __attribute__((malloc, returns_nonnull));

#endif
