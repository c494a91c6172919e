/* SPDX-License-Identifier: MIT */
#include "sendd/tally.h"

#include <stdio.h>
#include <string.h>

#include "db/counter.h"

/* The tallies of one application with one provider. */
struct tally_app {
	int64_t app;
	unsigned platform, n;
};

void
tallies_init(struct tallies *l)
{
	*l = (struct tallies){.memory = arena_new()};
	l->last = &l->first;
}

static bool
is_tally(const void *entry, const void *wanted)
{
	const struct tally *t = entry, *like = wanted;

	return t->app == like->app && t->platform == like->platform &&
	    t->kind == like->kind && strcmp(t->reason, like->reason) == 0;
}

static bool
is_tally_app(const void *entry, const void *wanted)
{
	const struct tally_app *a = entry, *like = wanted;

	return a->app == like->app && a->platform == like->platform;
}

static uint64_t
app_key(int64_t app, unsigned platform)
{
	return (uint64_t)app * 256 + platform;
}

/* A provider that aims at one key meets the limit of an application first. */
static uint64_t
tally_key(const struct tally *t)
{
	return hash_text(app_key(t->app, t->platform) + t->kind, t->reason);
}

static struct tally_app *
app_of(struct tallies *l, const struct tally *like)
{
	struct tally_app wanted = {like->app, like->platform, 0}, *a;
	uint64_t key = app_key(like->app, like->platform);

	a = hash_find(&l->apps, key, is_tally_app, &wanted);
	if (a == NULL) {
		a = arena_zero(l->memory, sizeof *a);
		*a = wanted;
		hash_add(&l->apps, key, a);
	}
	return a;
}

static struct tally *
tally_new(struct tallies *l, const struct tally *like)
{
	struct tally *t = arena_alloc(l->memory, sizeof *t);

	*t = *like;
	app_of(l, like)->n++;
	hash_add(&l->table, tally_key(t), t);
	*l->last = t;
	l->last = &t->next;
	return t;
}

/* "other" is added beyond the limits too: one for each application, provider
 * and kind. */
static struct tally *
tally_of(struct tallies *l, struct tally *like)
{
	struct tally *t;

	if (l->latest != NULL && is_tally(l->latest, like))
		return l->latest;
	t = hash_find(&l->table, tally_key(like), is_tally, like);
	if (t == NULL && (l->table.n >= TALLIES_MAX ||
	    app_of(l, like)->n >= COUNTER_REASONS)) {
		(void)snprintf(like->reason, COUNTER_REASON, COUNTER_OTHER);
		t = hash_find(&l->table, tally_key(like), is_tally, like);
	}
	return t != NULL ? t : tally_new(l, like);
}

void
tally_add(struct tallies *l, int64_t app, unsigned platform,
    enum outcome_kind kind, const char *reason)
{
	struct tally like = {.app = app, .platform = platform, .kind = kind};

	counter_reason(reason != NULL ? reason : "", like.reason);
	l->latest = tally_of(l, &like);
	l->latest->n++;
}

void
tallies_take(struct tallies *l, struct tallies *taken)
{
	*taken = *l;
	tallies_init(l);
}

void
tallies_return(struct tallies *l, const struct tallies *taken)
{
	for (const struct tally *t = taken->first; t != NULL; t = t->next) {
		struct tally like = *t;

		like.n = 0;
		like.next = NULL;
		tally_of(l, &like)->n += t->n;
	}
}

void
tallies_done(struct tallies *l)
{
	hash_done(&l->table);
	hash_done(&l->apps);
	arena_free(l->memory);
	l->memory = NULL;
}
