/* SPDX-License-Identifier: MIT */
#include "lib/hash.h"

#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"

#define SIZE_MIN 64

/* The high half of the product spreads keys over the table, also keys that
 * count up or differ in their high bits only. */
static size_t
hash_home(const struct hash *h, uint64_t key)
{
	uint64_t product = key * UINT64_C(0x9e3779b97f4a7c15);

	return (size_t)(product ^ product >> 32) & (h->size - 1);
}

static size_t
hash_next(const struct hash *h, size_t slot)
{
	return (slot + 1) & (h->size - 1);
}

void *
hash_find(const struct hash *h, uint64_t key, hash_is *is,
    const void *wanted)
{
	if (h->n == 0)
		return NULL;
	for (size_t at = hash_home(h, key); h->slots[at].entry != NULL;
	     at = hash_next(h, at))
		if (h->slots[at].key == key &&
		    (is == NULL || is(h->slots[at].entry, wanted)))
			return h->slots[at].entry;
	return NULL;
}

static void
hash_put(struct hash *h, struct hash_slot new)
{
	size_t at = hash_home(h, new.key);

	while (h->slots[at].entry != NULL)
		at = hash_next(h, at);
	h->slots[at] = new;
}

static void
hash_grow(struct hash *h)
{
	struct hash old = *h;

	h->size = old.size > 0 ? 2 * old.size : SIZE_MIN;
	h->slots = xcalloc(h->size, sizeof *h->slots);
	for (size_t i = 0; i < old.size; i++)
		if (old.slots[i].entry != NULL)
			hash_put(h, old.slots[i]);
	free(old.slots);
}

void
hash_add(struct hash *h, uint64_t key, void *entry)
{
	if (2 * (h->n + 1) > h->size)
		hash_grow(h);
	hash_put(h, (struct hash_slot){key, entry});
	h->n++;
}

/* Close the gap, so that a probe finds the entries after it: move an entry
 * into the gap unless its home lies after the gap. */
static void
hash_close_gap(struct hash *h, size_t gap)
{
	for (size_t at = hash_next(h, gap); h->slots[at].entry != NULL;
	     at = hash_next(h, at)) {
		size_t home = hash_home(h, h->slots[at].key);
		size_t from_home = (at - home) & (h->size - 1);
		size_t from_gap = (at - gap) & (h->size - 1);

		if (from_home < from_gap)
			continue;
		h->slots[gap] = h->slots[at];
		gap = at;
	}
	h->slots[gap].entry = NULL;
}

void
hash_remove(struct hash *h, uint64_t key, const void *entry)
{
	if (h->n == 0)
		return;
	for (size_t at = hash_home(h, key); h->slots[at].entry != NULL;
	     at = hash_next(h, at))
		if (h->slots[at].entry == entry) {
			hash_close_gap(h, at);
			h->n--;
			return;
		}
}

void
hash_clear(struct hash *h)
{
	if (h->size > 0)
		memset(h->slots, 0, h->size * sizeof *h->slots);
	h->n = 0;
}

void
hash_done(struct hash *h)
{
	free(h->slots);
	*h = (struct hash){0};
}

uint64_t
hash_bytes(uint64_t seed, const void *bytes, size_t n)
{
	const unsigned char *p = bytes;

	for (size_t i = 0; i < n; i++)
		seed = (seed ^ p[i]) * UINT64_C(0x100000001b3);
	return seed;
}

uint64_t
hash_text(uint64_t seed, const char *text)
{
	return hash_bytes(seed, text, strlen(text));
}

uint64_t
hash_mix(uint64_t n)
{
	n = (n ^ n >> 33) * UINT64_C(0xff51afd7ed558ccd);
	n = (n ^ n >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
	return n ^ n >> 33;
}
