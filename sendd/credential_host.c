/* SPDX-License-Identifier: MIT */
/* Where a provider has many hosts, each has a credential of its own: how it is
 * found, how many there are, and what is common to those at one host. */
#include "sendd/credential_part.h"

#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"

/* An application at one of the hosts of a provider. */
struct credential_place {
	int64_t app;
	struct bytes host;
};

uint64_t
credential_hash(int64_t app, struct bytes host)
{
	return host.data == NULL ? (uint64_t)app
	    : hash_bytes(HASH_SEED ^ (uint64_t)app, host.data, host.len);
}

static bool
is_at(const void *credential, const void *place)
{
	const struct credential *c = credential;
	const struct credential_place *p = place;

	return c->app == p->app && c->host != NULL &&
	    strlen(c->host) == p->host.len &&
	    memcmp(c->host, p->host.data, p->host.len) == 0;
}

/* Without a host the key of a hash is exact: no credential has to be looked
 * at. */
struct credential *
credential_find(const struct credential_table *t, int64_t app,
    unsigned platform, bool development, struct bytes host)
{
	const struct credential_place wanted = {app, host};
	struct credential *latest = t->latest;

	if (latest != NULL && latest->app == app &&
	    latest->provider == providers[platform] &&
	    latest->environment == development &&
	    (host.data == NULL || is_at(latest, &wanted)))
		return latest;
	return hash_find(&t->by_app[platform][development],
	    credential_hash(app, host), host.data != NULL ? is_at : NULL,
	    &wanted);
}

/* --- a bound for what strangers name ----------------------------------- */

/* Exact: of one application at one provider. */
static uint64_t
siblings_key(int64_t app, unsigned platform)
{
	return (uint64_t)app * PLATFORM__COUNT + platform;
}

static void
set_host(struct credential *c, struct bytes host)
{
	free(c->host);
	c->host = xmalloc(host.len + 1);
	memcpy(c->host, host.data, host.len);
	c->host[host.len] = '\0';
}

void
credential_join_host(struct credential_table *t, struct credential *c,
    struct bytes host)
{
	uint64_t key = siblings_key(c->app, c->provider->platform);
	struct credential *first = hash_find(&t->with_hosts, key, NULL, NULL);

	set_host(c, host);
	if (first == NULL) {
		hash_add(&t->with_hosts, key, c);
		return;
	}
	c->sibling = first->sibling;
	first->sibling = c;
}

/* Does no item and no request know it? The one without a host, which live
 * checks use, stays. */
static bool
is_idle(const struct credential *c)
{
	for (unsigned lane = 0; lane < OUTBOX_LANES; lane++)
		if (c->line.waiting[lane].n > 0)
			return false;
	return c->host[0] != '\0' && c->line.comparing == 0 &&
	    c->pace.in_flight == 0 && c->sealing == 0 &&
	    c->token.request == NULL && c->token.fetch == NULL &&
	    c->told->want == CREDENTIAL_WANT_NOTHING;
}

static struct credential *
oldest_idle(const struct credential_table *t, int64_t app, unsigned platform)
{
	uint64_t key = siblings_key(app, platform);
	struct credential *c = hash_find(&t->with_hosts, key, NULL, NULL);
	struct credential *oldest = NULL;
	unsigned n;

	for (n = 0; c != NULL; c = c->sibling, n++)
		if (is_idle(c) && (oldest == NULL ||
			c->pace.started_ms < oldest->pace.started_ms))
			oldest = c;
	return n >= CREDENTIAL_HOSTS ? oldest : NULL;
}

struct credential *
credential_reuse(struct credential_table *t, int64_t app, unsigned platform,
    bool development, struct bytes host)
{
	struct hash *all = &t->by_app[platform][development];
	struct credential *c = host.data == NULL ? NULL
	    : oldest_idle(t, app, platform);

	if (c == NULL)
		return NULL;
	credential_unload(t, c);
	hash_remove(all, credential_hash(app, text_bytes(c->host)), c);
	set_host(c, host);
	hash_add(all, credential_hash(app, host), c);
	c->version = CREDENTIAL_STALE;
	c->pace = (struct pace){0};
	c->guard = (struct guard){0};
	*c->told = (struct credential_told){{0}};
	return c;
}

/* --- pace -------------------------------------------------------------- */

void
credential_slower(const struct credential_table *t, struct credential *c)
{
	struct credential *other = c->host != NULL ? t->first : NULL;

	pace_slower(&c->pace);
	for (; other != NULL; other = other->next)
		if (other != c && other->host != NULL &&
		    strcmp(other->host, c->host) == 0)
			pace_slower(&other->pace);
}
