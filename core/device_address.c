/* SPDX-License-Identifier: MIT */
#include "core/device_address.h"

#include <string.h>

const struct err *
device_address_take(struct arena *a, const struct settings *s,
    const struct provider *p, const char *given, struct device_address *out)
{
	char *token = arena_alloc(a, TOKEN_SIZE);
	const struct err *e = p->token(given, token);
	char *address;

	*out = (struct device_address){.token = token};
	if (e != NULL || p->locate == NULL)
		return e;
	address = arena_alloc(a, ADDRESS_SIZE);
	if ((e = p->locate(given, address)) == NULL && p->allow != NULL)
		e = p->allow(&s->provider[p->platform], address);
	out->address = address;
	return e;
}

void
device_address_bind(struct arena *a, const struct provider *p,
    const char *key, struct device_address *d)
{
	char *bound;

	if (d->address == NULL || p->bind == NULL || key == NULL)
		return;
	bound = arena_alloc(a, ADDRESS_SIZE);
	memcpy(bound, d->address, strlen(d->address) + 1);
	p->bind(bound, key);
	if (strcmp(bound, d->address) == 0)
		return;
	d->begins = arena_fmt(a, "%s ", d->address);
	d->address = bound;
}
