/* SPDX-License-Identifier: MIT */
#include "lib/heap.h"

#include <stdlib.h>

#include "lib/mem.h"

#define SIZE_MIN 64

static void
heap_set(struct heap *h, size_t at, struct heap_node *node)
{
	h->nodes[at] = node;
	node->at = at;
}

/* Move the node towards the root, past all with larger keys. */
static void
heap_rise(struct heap *h, struct heap_node *node)
{
	size_t at = node->at;

	while (at > 0 && h->nodes[(at - 1) / 2]->key > node->key) {
		heap_set(h, at, h->nodes[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
	heap_set(h, at, node);
}

/* Move the node away from the root, past all with smaller keys. */
static void
heap_sink(struct heap *h, struct heap_node *node)
{
	size_t at = node->at, child;

	while ((child = 2 * at + 1) < h->n) {
		if (child + 1 < h->n &&
		    h->nodes[child + 1]->key < h->nodes[child]->key)
			child++;
		if (h->nodes[child]->key >= node->key)
			break;
		heap_set(h, at, h->nodes[child]);
		at = child;
	}
	heap_set(h, at, node);
}

void *
heap_first(const struct heap *h, int64_t *key)
{
	if (h->n == 0)
		return NULL;
	*key = h->nodes[0]->key;
	return h->nodes[0]->entry;
}

void
heap_add(struct heap *h, struct heap_node *node, int64_t key, void *entry)
{
	if (h->n == h->size) {
		h->size = h->size > 0 ? 2 * h->size : SIZE_MIN;
		h->nodes = xrealloc(h->nodes, h->size * sizeof *h->nodes);
	}
	node->key = key;
	node->entry = entry;
	node->at = h->n++;
	heap_rise(h, node);
}

void
heap_move(struct heap *h, struct heap_node *node, int64_t key)
{
	node->key = key;
	heap_rise(h, node);
	heap_sink(h, node);
}

void
heap_remove(struct heap *h, struct heap_node *node)
{
	struct heap_node *last = h->nodes[--h->n];

	if (last == node)
		return;
	last->at = node->at;
	heap_move(h, last, last->key);
}

void
heap_done(struct heap *h)
{
	free(h->nodes);
	*h = (struct heap){0};
}
