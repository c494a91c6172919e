/* SPDX-License-Identifier: MIT */
#include "fcgi/integration_cache.h"

#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"

struct cache_slot {
	struct arena *mem; /* of the row */
	struct integration row;
	int64_t until_ms;
};

/* Most machines have a few callers: only used slots are searched. */
struct integration_cache {
	size_t n;
	struct cache_slot slots[INTEGRATION_CACHE_MAX];
};

struct integration_cache *
integration_cache_new(void)
{
	return xcalloc(1, sizeof(struct integration_cache));
}

void
integration_cache_free(struct integration_cache *cs)
{
	for (size_t i = 0; cs != NULL && i < cs->n; i++)
		arena_free(cs->slots[i].mem);
	free(cs);
}

static bool
is_of(const struct cache_slot *s, const char *token)
{
	return strcmp(s->row.token, token) == 0;
}

const struct integration *
integration_cache_find(const struct integration_cache *cs, const char *token,
		       const char *hash, int64_t now_ms)
{
	for (size_t i = 0; i < cs->n; i++) {
		const struct cache_slot *s = &cs->slots[i];

		if (is_of(s, token) && now_ms < s->until_ms)
			return integration_has(&s->row, hash) ? &s->row
							      : NULL;
	}
	return NULL;
}

const struct integration *
integration_cache_by_name(
    const struct integration_cache *cs, const char *name, int64_t now_ms)
{
	for (size_t i = 0; i < cs->n; i++) {
		const struct cache_slot *s = &cs->slots[i];

		if (strcmp(s->row.name, name) == 0 && now_ms < s->until_ms)
			return &s->row;
	}
	return NULL;
}

/* An integration has one slot; a new integration gets a free slot, or the one
 * that expires first. */
static struct cache_slot *
slot_for(struct integration_cache *cs, const char *token)
{
	struct cache_slot *oldest = &cs->slots[0];

	for (size_t i = 0; i < cs->n; i++) {
		struct cache_slot *s = &cs->slots[i];

		if (is_of(s, token))
			return s;
		if (s->until_ms < oldest->until_ms)
			oldest = s;
	}
	if (cs->n == INTEGRATION_CACHE_MAX)
		return oldest;
	cs->slots[cs->n].mem = arena_new();
	return &cs->slots[cs->n++];
}

static const char *
copy(struct arena *a, const char *text)
{
	return text != NULL ? arena_text(a, text, strlen(text)) : NULL;
}

const struct integration *
integration_cache_keep(struct integration_cache *cs,
		       const struct integration *i, int64_t now_ms)
{
	struct cache_slot *s = slot_for(cs, i->token);
	const char **names;

	arena_reset(s->mem);
	s->until_ms = now_ms + INTEGRATION_CACHE_MS;
	s->row = *i;
	s->row.name = copy(s->mem, i->name);
	s->row.token = copy(s->mem, i->token);
	s->row.roles = copy(s->mem, i->roles);
	s->row.apps = copy(s->mem, i->apps);
	names = arena_zero(s->mem, i->n_app_names * sizeof *names);
	for (size_t n = 0; n < i->n_app_names; n++)
		names[n] = copy(s->mem, i->app_names[n]);
	s->row.app_names = names;
	return &s->row;
}
