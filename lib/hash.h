/* SPDX-License-Identifier: MIT */
/*
 * A hash table from 64-bit keys to things that belong to the caller: open
 * addressing with linear probing, at most half full, so that a look-up costs
 * the same however many entries there are. Keys may be shared: whoever hashes
 * a text or several numbers into one key compares the entries by a function.
 *
 * An empty table is all zeros and has no memory.
 */
#ifndef LIB_HASH_H
#define LIB_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hash_slot {
	uint64_t key;
	void *entry; /* NULL: the slot is free */
};

struct hash {
	struct hash_slot *slots;
	size_t size; /* a power of two, or 0 */
	size_t n;    /* entries */
};

/* Is the entry the wanted one? Both have the same key. */
typedef bool hash_is(const void *entry, const void *wanted);

/* The entry with this key of which is() is true; is NULL: the first one with
 * the key. NULL when there is none. */
void *hash_find(const struct hash *h, uint64_t key, hash_is *is,
    const void *wanted);

/* Add an entry, not NULL; whether it is there already is the caller's
 * question. Looking up in a table between two calls of this is safe. */
void hash_add(struct hash *h, uint64_t key, void *entry);

/* Take out this very entry, if it is there. */
void hash_remove(struct hash *h, uint64_t key, const void *entry);

/* Forget all entries and keep the memory. */
void hash_clear(struct hash *h);

/* Free the table's memory; the entries stay the caller's. */
void hash_done(struct hash *h);

/* Keys of several parts: FNV-1a. Begin with HASH_SEED and go on with what the
 * part before has returned. Not for what a stranger chooses: it can be made
 * to collide. */
#define HASH_SEED UINT64_C(0xcbf29ce484222325)
uint64_t hash_bytes(uint64_t seed, const void *bytes, size_t n);
uint64_t hash_text(uint64_t seed, const char *text);

#endif
