/* SPDX-License-Identifier: MIT */
#include "lib/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"

/* The room includes the NUL. Sets the overflow mark when len does not fit. */
bool
buf_reserve(struct buf *b, size_t len)
{
	size_t size = b->size > 0 ? b->size : 256;

	if (b->overflowed || len > b->max - b->len) {
		b->overflowed = true;
		return false;
	}
	while (size < b->len + len + 1)
		size *= 2;
	if (size != b->size) {
		b->data = xrealloc(b->data, size);
		b->size = size;
	}
	return true;
}

bool
buf_add(struct buf *b, const void *data, size_t len)
{
	if (!buf_reserve(b, len))
		return false;
	if (len > 0)
		memcpy(b->data + b->len, data, len);
	b->len += len;
	b->data[b->len] = '\0';
	return true;
}

bool
buf_text(struct buf *b, const char *s)
{
	return buf_add(b, s, strlen(s));
}

/* Nearly every text fits at once, and is formatted once. */
bool
buf_fmt(struct buf *b, const char *fmt, ...)
{
	va_list ap, again;
	size_t room;
	bool fits;
	int n;

	if (!buf_reserve(b, 0))
		return false;
	room = b->size - b->len;
	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(b->data + b->len, room, fmt, ap);
	fits = n >= 0 && buf_reserve(b, (size_t)n);
	if (fits && (size_t)n >= room)
		(void)vsnprintf(b->data + b->len, (size_t)n + 1, fmt, again);
	if (fits)
		b->len += (size_t)n;
	b->data[b->len] = '\0'; /* cut off what does not fit */
	va_end(again);
	va_end(ap);
	return fits;
}

bool
buf_int(struct buf *b, int64_t v)
{
	char digits[20];
	size_t at = sizeof digits;
	/* INT64_MIN has no positive counterpart */
	uint64_t rest = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;

	do
		digits[--at] = (char)('0' + rest % 10);
	while ((rest /= 10) > 0);
	if (v < 0)
		digits[--at] = '-';
	return buf_add(b, digits + at, sizeof digits - at);
}

void
buf_drop(struct buf *b, size_t n)
{
	if (n > b->len)
		n = b->len;
	if (n == 0)
		return;
	memmove(b->data, b->data + n, b->len - n + 1);
	b->len -= n;
}

void
buf_reset(struct buf *b)
{
	b->len = 0;
	b->overflowed = false;
	if (b->data != NULL)
		b->data[0] = '\0';
}

void
buf_done(struct buf *b)
{
	free(b->data);
	*b = (struct buf){.max = b->max};
}

void
buf_wipe(struct buf *b)
{
	if (b->data != NULL)
		explicit_bzero(b->data, b->size);
	buf_done(b);
}

const char *
buf_str(const struct buf *b)
{
	return b->data != NULL ? b->data : "";
}
