/* SPDX-License-Identifier: MIT */
#include "core/import_seen.h"

#include <stdlib.h>

#include "lib/mem.h"

#define SEEN_FIRST 1024

void
import_seen_add(struct import_seen_list *l, uint64_t key, uint64_t line)
{
	if (l->n == l->room) {
		l->room = l->room > 0 ? 2 * l->room : SEEN_FIRST;
		l->list = xrealloc(l->list, l->room * sizeof *l->list);
	}
	l->list[l->n++] = (struct import_seen){key, line};
}

static int
compare_seen(const void *a, const void *b)
{
	const struct import_seen *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return x->line < y->line ? -1 : x->line > y->line;
}

void
import_seen_sort(struct import_seen_list *l)
{
	if (l->n > 0)
		qsort(l->list, l->n, sizeof *l->list, compare_seen);
}

/* The place of the first row whose key is not below this one. */
static size_t
place_of(const struct import_seen_list *l, uint64_t key)
{
	size_t from = 0, to = l->n;

	while (from < to) {
		size_t mid = from + (to - from) / 2;

		if (l->list[mid].key < key)
			from = mid + 1;
		else
			to = mid;
	}
	return from;
}

uint64_t
import_seen_line(const struct import_seen_list *l, uint64_t key)
{
	size_t i = place_of(l, key);

	return i < l->n && l->list[i].key == key ? l->list[i].line : 0;
}

uint64_t
import_seen_last(const struct import_seen_list *l, uint64_t key)
{
	size_t i = key < UINT64_MAX ? place_of(l, key + 1) : l->n;

	return i > 0 && l->list[i - 1].key == key ? l->list[i - 1].line : 0;
}

void
import_seen_done(struct import_seen_list *l)
{
	free(l->list);
	*l = (struct import_seen_list){0};
}
