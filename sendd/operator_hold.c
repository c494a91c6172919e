/* SPDX-License-Identifier: MIT */
#include "sendd/operator_hold.h"

#include <string.h>

static bool
is_held(const void *entry, const void *wanted)
{
	const struct hold *h = entry, *like = wanted;

	return h->app == like->app && h->platform == like->platform &&
	    strcmp(h->host, like->host) == 0;
}

static uint64_t
held_key(const struct hold *h)
{
	return hash_text((uint64_t)h->app * 256 + h->platform, h->host);
}

/* Take in the list; returns its sum. */
static uint64_t
fill_table(struct hash *table, struct hold *list, size_t n)
{
	uint64_t sum = HASH_SEED, key;

	hash_clear(table);
	for (size_t i = 0; i < n; i++) {
		key = held_key(&list[i]);
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
is_in_table(const struct operator_holds *h, int64_t app, unsigned platform,
    const char *host)
{
	struct hold wanted = {.app = app, .platform = platform, .host = host};

	return hash_find(&h->table, held_key(&wanted), is_held, &wanted) !=
	    NULL;
}

bool
operator_holds_has(const struct operator_holds *h, int64_t app,
    unsigned platform, const char *host)
{
	return is_in_table(h, app, platform, "") ||
	    is_in_table(h, app, HOLD_ALL, "") ||
	    (host != NULL && host[0] != '\0' &&
		is_in_table(h, app, platform, host));
}

void
operator_holds_done(struct operator_holds *h)
{
	hash_done(&h->table);
	arena_free(h->memory);
	h->memory = NULL;
}
