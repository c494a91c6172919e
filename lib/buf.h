/* SPDX-License-Identifier: MIT */
/*
 * A byte buffer with a fixed maximum. Growing past the maximum is an error
 * that sticks: the content stays as it was and buf_overflowed() is true from
 * then on. A NUL always follows the content, so it can be read as text.
 */
#ifndef LIB_BUF_H
#define LIB_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf {
	char *data; /* NULL until something is added */
	size_t len, size, max;
	bool overflowed;
};

/* An empty buffer of at most max bytes: struct buf b = BUF(4096); */
#define BUF(maximum) {.max = (maximum)}

/* Append bytes, a text, or a formatted text. False when they do not fit;
 * nothing is added then. */
bool buf_add(struct buf *b, const void *data, size_t len);
bool buf_text(struct buf *b, const char *s);
bool buf_fmt(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Append a decimal number; in much less time than buf_fmt. */
bool buf_int(struct buf *b, int64_t v);

/* Allocate room for len more bytes. Reserve the room for a secret before
 * adding it: a buffer that grows leaves a copy of its content in freed
 * memory. */
bool buf_reserve(struct buf *b, size_t len);

/* Drop n bytes from the front. */
void buf_drop(struct buf *b, size_t n);

/* Empty the buffer and clear an overflow; the memory is kept. */
void buf_reset(struct buf *b);

/* Free the memory; the buffer is empty and can be used again. */
void buf_done(struct buf *b);

/* buf_done for a buffer that held a secret: overwrite its bytes first. */
void buf_wipe(struct buf *b);

/* The content as text; "" when empty. Valid until the next call on b. */
const char *buf_str(const struct buf *b);

#endif
