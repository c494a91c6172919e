/* SPDX-License-Identifier: MIT */
/*
 * Memory of one call: many allocations, one release. A call owns everything it
 * makes: strings from rows, decoded path parts, JSON trees. The arena is
 * emptied after the reply.
 */
#ifndef LIB_ARENA_H
#define LIB_ARENA_H

#include <stdarg.h>
#include <stddef.h>

#include "lib/buf.h"

struct arena;

/* An empty arena; free it with arena_free. */
struct arena *arena_new(void);

/* Free the arena and all of its memory. Takes NULL. */
void arena_free(struct arena *a);

/* Run the deferred calls, latest first, then drop all memory but one block,
 * which is kept for the next call. */
void arena_reset(struct arena *a);

/* Memory until the next reset, aligned for anything; never NULL. arena_zero
 * clears it; arena_text copies len bytes and adds a NUL; arena_fmt formats. */
void *arena_alloc(struct arena *a, size_t size)
    __attribute__((returns_nonnull));
void *arena_zero(struct arena *a, size_t size) __attribute__((returns_nonnull));
char *arena_text(struct arena *a, const char *s, size_t len)
    __attribute__((returns_nonnull));
char *arena_fmt(struct arena *a, const char *fmt, ...)
    __attribute__((format(printf, 2, 3), returns_nonnull));

/* Call done(what) at the next reset. */
void arena_defer(struct arena *a, void (*done)(void *), void *what);

/* A buffer of at most max bytes, wiped and freed at the next reset. */
struct buf *arena_buf(struct arena *a, size_t max);

/* Overwrite n bytes of a secret at the next reset. The bytes lie in the arena,
 * or in memory that a deferred call frees. */
void arena_wipe(struct arena *a, const void *bytes, size_t n);

#endif
