/* SPDX-License-Identifier: MIT */
#include "core/credential_key.h"

#include <string.h>

#include "db/device.h"

#include "core/credentials.h"

/* --- which key --------------------------------------------------------- */

/* The position of the key among the fields. */
static unsigned
key_at(const struct provider *p)
{
	unsigned i = 0;

	while (p->fields[i].kind != FIELD_KEY)
		i++;
	return i;
}

static const struct err *
take_stored(struct db *db, struct arena *a, struct keyring *k,
    const struct credential_change *c, struct bytes *key)
{
	enum platform p = c->provider->platform;
	struct credentials *stored = arena_zero(a, sizeof *stored);
	const struct err *e = application_credentials(db, a, k, c->app->id,
	    stored);

	if (e != NULL)
		return e;
	if (stored->trouble[p][0] != '\0')
		return err_new(ERR_FAULT, "%s", stored->trouble[p]);
	*key = stored->values[p][key_at(c->provider)];
	return key->data != NULL ? NULL
	    : err_new(ERR_INVALID, "there is no key yet: give one, or have "
		  "one made (generate)");
}

const struct err *
credential_key_fill(struct db *db, struct arena *a, struct keyring *k,
    const struct credential_change *c, struct bytes *values)
{
	struct bytes *key;

	if (c->provider->generate == NULL)
		return NULL;
	key = &values[key_at(c->provider)];
	if (c->generate && key->data != NULL)
		return err_new(ERR_INVALID, "give a key, or have one made "
		    "(generate), but not both");
	if (c->generate)
		return c->provider->generate(a, key);
	return key->data != NULL ? NULL : take_stored(db, a, k, c, key);
}

/* --- replacing --------------------------------------------------------- */

/* Where none is stored, one that is given may be the one that was removed; a
 * new one is not. */
static bool
may_be_theirs(const struct credential_change *c, const char *old,
    const char *new)
{
	if (old == NULL)
		return !c->generate;
	return new != NULL && strcmp(old, new) == 0;
}

const struct err *
credential_key_replace(struct db *db, struct credential_change *c,
    const struct bytes *values)
{
	const char *old = credentials_value(c->app, c->provider, FIELD_TOPIC);
	const char *new = provider_value(c->provider, values, FIELD_TOPIC);
	const struct err *e;

	c->lost = 0;
	if (c->provider->generate == NULL || may_be_theirs(c, old, new))
		return NULL;
	if ((e = device_of_platform(db, c->app->id, c->provider->name,
		 &c->lost)) != NULL)
		return e;
	return c->lost == 0 || c->force ? NULL
	    : err_new(ERR_CONFLICT, "%llu devices have subscribed with %s "
		  "and get nothing with another one, until their "
		  "pages subscribe anew: force replaces it",
		  (unsigned long long)c->lost, old != NULL
		  ? "the present key" : "a key that was removed");
}

const struct err *
credential_key_remove(struct db *db, struct credential_change *c)
{
	const struct err *e;

	c->lost = 0;
	if (c->provider->generate == NULL ||
	    credentials_value(c->app, c->provider, FIELD_TOPIC) == NULL)
		return NULL;
	if ((e = device_of_platform(db, c->app->id, c->provider->name,
		 &c->lost)) != NULL)
		return e;
	return c->lost == 0 || c->force ? NULL
	    : err_new(ERR_CONFLICT, "%llu devices have subscribed with the "
		  "key and get nothing without it, and no key that was made "
		  "here can be had back: force removes it",
		  (unsigned long long)c->lost);
}
