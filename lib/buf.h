/* SPDX-License-Identifier: MIT */
/*
 * A byte buffer that is born with its maximum. Growing past it is an error
 * that sticks: the content stays as it was and buf_overflowed() says so.
 * Always NUL-terminated behind len, so it can be read as text.
 */
#ifndef LIB_BUF_H
#define LIB_BUF_H

#include <stdbool.h>
#include <stddef.h>

struct buf {
	char *data; /* NULL until something is added */
	size_t len, size, max;
	bool overflowed;
};

/* An empty buffer of at most max bytes: struct buf b = BUF(4096); */
#define BUF(maximum) {.max = (maximum)}

/* False when the bytes do not fit; then nothing was added. */
bool buf_add(struct buf *b, const void *data, size_t len);
bool buf_text(struct buf *b, const char *s);
bool buf_fmt(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Room for len more bytes at once. A secret is given it beforehand, for a
 * buffer that grows leaves what it held in memory that is not its own. */
bool buf_reserve(struct buf *b, size_t len);

/* Drop n bytes from the front. */
void buf_drop(struct buf *b, size_t n);

/* Empty, keeping the memory; forgets an overflow. */
void buf_reset(struct buf *b);
void buf_done(struct buf *b);

/* The same, when it held a secret: its bytes are overwritten first. */
void buf_wipe(struct buf *b);

/* The content as text; "" when empty. Valid until the next call on b. */
const char *buf_str(const struct buf *b);

#endif
