/* SPDX-License-Identifier: MIT */
/*
 * A hash table from 64-bit keys to entries that the caller owns: open
 * addressing with linear probing, at most half full, so that the cost of a
 * look-up does not depend on the number of entries. Several entries may share
 * a key: a caller that hashes a text or several numbers into one key compares
 * the entries by a function.
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

/* The entry with this key for which is() is true; if is is NULL, the first one
 * with the key. NULL when there is none. */
void *hash_find(const struct hash *h, uint64_t key, hash_is *is,
    const void *wanted);

/* Add an entry, not NULL. Whether it is present already is not checked.
 * hash_find is safe between two calls. */
void hash_add(struct hash *h, uint64_t key, void *entry);

/* Remove exactly this entry, if it is present. */
void hash_remove(struct hash *h, uint64_t key, const void *entry);

/* Remove all entries and keep the memory. */
void hash_clear(struct hash *h);

/* Free the table's memory; the entries still belong to the caller. */
void hash_done(struct hash *h);

/* A key of several parts, by FNV-1a: begin with HASH_SEED, and pass the result
 * for one part as the seed of the next. Not for input that a stranger chooses:
 * collisions can be made. */
#define HASH_SEED UINT64_C(0xcbf29ce484222325)
uint64_t hash_bytes(uint64_t seed, const void *bytes, size_t n);
uint64_t hash_text(uint64_t seed, const char *text);


/* A permutation of all numbers (the finalizer of MurmurHash3): numbers that
 * follow each other become numbers that look random. */
uint64_t hash_mix(uint64_t n);

#endif
