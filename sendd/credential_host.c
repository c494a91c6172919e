/* SPDX-License-Identifier: MIT */
/* Where a provider has many hosts, each has a credential of its own: what is
 * common to those at one host. */
#include "sendd/credential_part.h"

#include <string.h>

uint64_t
credential_hash(int64_t app, struct bytes host)
{
	return host.data == NULL ? (uint64_t)app
	    : hash_bytes(HASH_SEED ^ (uint64_t)app, host.data, host.len);
}

bool
credential_is_at(const void *credential, const void *place)
{
	const struct credential *c = credential;
	const struct credential_place *p = place;

	return c->app == p->app && c->host != NULL &&
	    strlen(c->host) == p->host.len &&
	    memcmp(c->host, p->host.data, p->host.len) == 0;
}

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
