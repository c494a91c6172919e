/* SPDX-License-Identifier: MIT */
#include "lib/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"

#define BLOCK (16 * 1024)

struct block {
	struct block *next;
	size_t size, used;
	alignas(max_align_t) unsigned char data[];
};

struct deferred {
	struct deferred *next;
	void (*done)(void *);
	void *what;
};

struct arena {
	struct block *blocks; /* newest first */
	struct deferred *deferred;
};

static void
add_block(struct arena *a, size_t size)
{
	struct block *b = xmalloc(sizeof *b + size);

	b->next = a->blocks;
	b->size = size;
	b->used = 0;
	a->blocks = b;
}

struct arena *
arena_new(void)
{
	struct arena *a = xcalloc(1, sizeof *a);

	add_block(a, BLOCK);
	return a;
}

void
arena_reset(struct arena *a)
{
	struct block *b;

	/* The list of deferred calls lies in the arena, so the calls run
	 * before its memory is freed. */
	while (a->deferred != NULL) {
		struct deferred *d = a->deferred;

		a->deferred = d->next;
		d->done(d->what);
	}
	while ((b = a->blocks)->next != NULL) {
		a->blocks = b->next;
		free(b);
	}
	a->blocks->used = 0;
}

void
arena_free(struct arena *a)
{
	if (a == NULL)
		return;
	arena_reset(a);
	free(a->blocks);
	free(a);
}

void *
arena_alloc(struct arena *a, size_t size)
{
	size_t need = (size + alignof(max_align_t) - 1) &
	    ~(alignof(max_align_t) - 1);
	struct block *b = a->blocks;

	if (b->size - b->used < need) {
		add_block(a, need > BLOCK ? need : BLOCK);
		b = a->blocks;
	}
	b->used += need;
	return b->data + b->used - need;
}

void *
arena_zero(struct arena *a, size_t size)
{
	return memset(arena_alloc(a, size), 0, size);
}

char *
arena_text(struct arena *a, const char *s, size_t len)
{
	char *copy = arena_alloc(a, len + 1);

	memcpy(copy, s, len);
	copy[len] = '\0';
	return copy;
}

char *
arena_fmt(struct arena *a, const char *fmt, ...)
{
	va_list ap, again;
	char *s;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	s = arena_alloc(a, (size_t)(n < 0 ? 0 : n) + 1);
	s[0] = '\0';
	if (n >= 0)
		(void)vsnprintf(s, (size_t)n + 1, fmt, again);
	va_end(again);
	va_end(ap);
	return s;
}

void
arena_defer(struct arena *a, void (*done)(void *), void *what)
{
	struct deferred *d = arena_alloc(a, sizeof *d);

	d->next = a->deferred;
	d->done = done;
	d->what = what;
	a->deferred = d;
}

static void
wipe_buf(void *b)
{
	buf_wipe(b);
}

struct buf *
arena_buf(struct arena *a, size_t max)
{
	struct buf *b = arena_zero(a, sizeof *b);

	b->max = max;
	arena_defer(a, wipe_buf, b);
	return b;
}

struct wipe {
	void *bytes;
	size_t n;
};

static void
wipe(void *arg)
{
	struct wipe *w = arg;

	explicit_bzero(w->bytes, w->n);
}

void
arena_wipe(struct arena *a, const void *bytes, size_t n)
{
	struct wipe *w = arena_alloc(a, sizeof *w);

	*w = (struct wipe){(void *)(uintptr_t)bytes, n};
	arena_defer(a, wipe, w);
}
