/* SPDX-License-Identifier: MIT */
/*
 * A heap: entries in the order of a number, such as the moment when each is
 * due. Adding, moving and removing cost the logarithm of the number of entries.
 * A node lies in the entry, which the caller owns; an empty heap is all zeros
 * and has no memory.
 */
#ifndef LIB_HEAP_H
#define LIB_HEAP_H

#include <stddef.h>
#include <stdint.h>

struct heap_node {
	int64_t key;
	void *entry;
	size_t at; /* its place in the heap */
};

struct heap {
	struct heap_node **nodes;
	size_t n, size;
};

/* The entry with the smallest key, and in *key that key; NULL when the heap is
 * empty. Among equal keys any may be the first. */
void *heap_first(const struct heap *h, int64_t *key);

/* Add an entry by its node, which is in no heap. */
void heap_add(struct heap *h, struct heap_node *node, int64_t key, void *entry);

/* Give a node of this heap another key. */
void heap_move(struct heap *h, struct heap_node *node, int64_t key);

/* Remove a node of this heap. */
void heap_remove(struct heap *h, struct heap_node *node);

/* Free the heap's memory; the entries still belong to the caller. */
void heap_done(struct heap *h);

#endif
