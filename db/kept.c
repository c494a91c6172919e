/* SPDX-License-Identifier: MIT */
#include "db/kept.h"

#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"

struct kept_slot {
	int64_t id, until_ms;
	char *name;
};

struct kept {
	size_t n;    /* of the slots that were ever used */
	size_t next; /* to be used again, once all were */
	struct kept_slot slots[KEPT_APPS_MAX];
	bool stores;
	int64_t stores_until_ms;
	struct ring_keys *keys; /* NULL: never asked for */
	int64_t keys_until_ms;
};

struct kept *
kept_new(void)
{
	return xcalloc(1, sizeof(struct kept));
}

void
kept_free(struct kept *k)
{
	for (size_t i = 0; k != NULL && i < k->n; i++)
		free(k->slots[i].name);
	if (k != NULL)
		free(k->keys);
	free(k);
}

int64_t
kept_app_id(const struct kept *k, const char *name, int64_t now_ms)
{
	for (size_t i = 0; i < k->n; i++)
		if (now_ms < k->slots[i].until_ms &&
		    strcmp(k->slots[i].name, name) == 0)
			return k->slots[i].id;
	return 0;
}

const char *
kept_app_name(const struct kept *k, int64_t id, int64_t now_ms)
{
	for (size_t i = 0; i < k->n; i++)
		if (k->slots[i].id == id && now_ms < k->slots[i].until_ms)
			return k->slots[i].name;
	return NULL;
}

/* The slot of the application, or of a removed one that had its name; else a
 * free one, or the next in turn. */
static struct kept_slot *
slot_for(struct kept *k, int64_t id, const char *name)
{
	struct kept_slot *s;

	for (s = k->slots; s < &k->slots[k->n]; s++)
		if (s->id == id || strcmp(s->name, name) == 0)
			return s;
	if (k->n < KEPT_APPS_MAX)
		return &k->slots[k->n++];
	s = &k->slots[k->next];
	k->next = (k->next + 1) % KEPT_APPS_MAX;
	return s;
}

void
kept_app(struct kept *k, int64_t id, const char *name, int64_t now_ms)
{
	struct kept_slot *s = slot_for(k, id, name);
	char *copy = xstrdup(name);

	free(s->name);
	*s = (struct kept_slot){id, now_ms + KEPT_MS, copy};
}

void
kept_stores(struct kept *k, bool stores, int64_t now_ms)
{
	k->stores = stores;
	k->stores_until_ms = now_ms + KEPT_MS;
}

bool
kept_has_stores(const struct kept *k, int64_t now_ms, bool *stores)
{
	*stores = k->stores;
	return now_ms < k->stores_until_ms;
}

const struct ring_keys *
kept_ring_keys(struct kept *k, const struct ring_keys *keys, int64_t now_ms)
{
	if (k->keys == NULL)
		k->keys = xcalloc(1, sizeof *k->keys);
	*k->keys = *keys;
	k->keys_until_ms = now_ms + KEPT_MS;
	return k->keys;
}

const struct ring_keys *
kept_has_ring_keys(const struct kept *k, int64_t now_ms)
{
	return now_ms < k->keys_until_ms ? k->keys : NULL;
}
