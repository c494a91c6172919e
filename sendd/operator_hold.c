/* SPDX-License-Identifier: MIT */
#include "sendd/operator_hold.h"

struct held {
	int64_t app;
	unsigned platform;
};

static bool
is_held(const void *entry, const void *wanted)
{
	const struct hold *h = entry;
	const struct held *like = wanted;

	return h->app == like->app && h->platform == like->platform;
}

static uint64_t
held_key(int64_t app, unsigned platform)
{
	return (uint64_t)app * 256 + platform;
}

/* Take in the list; returns its sum. */
static uint64_t
fill_table(struct hash *table, struct hold *list, size_t n)
{
	uint64_t sum = HASH_SEED, key;

	hash_clear(table);
	for (size_t i = 0; i < n; i++) {
		key = held_key(list[i].app, list[i].platform);
		hash_add(table, key, &list[i]);
		sum = hash_bytes(sum, &key, sizeof key);
	}
	return sum;
}

bool
operator_holds_take(struct operator_holds *h, struct arena *memory,
    struct hold *list, size_t n, int64_t asked_ms)
{
	uint64_t before = h->sum;

	h->sum = fill_table(&h->table, list, n);
	arena_free(h->memory);
	h->memory = memory;
	h->asked_ms = asked_ms;
	return h->sum != before;
}

static bool
is_in_table(const struct operator_holds *h, int64_t app, unsigned platform)
{
	struct held wanted = {app, platform};

	return hash_find(&h->table, held_key(app, platform), is_held,
		   &wanted) != NULL;
}

bool
operator_holds_has(const struct operator_holds *h, int64_t app,
    unsigned platform)
{
	return is_in_table(h, app, platform) ||
	    is_in_table(h, app, HOLD_ALL);
}

void
operator_holds_done(struct operator_holds *h)
{
	hash_done(&h->table);
	arena_free(h->memory);
	h->memory = NULL;
}
