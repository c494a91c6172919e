/* SPDX-License-Identifier: MIT */
/* What a caller gives for a device's token, as it is stored. */
#ifndef CORE_DEVICE_ADDRESS_H
#define CORE_DEVICE_ADDRESS_H

#include "lib/arena.h"

#include "push/provider.h"

#include "core/settings.h"

struct device_address {
	const char *token;   /* its canonical form: the device's name */
	const char *address; /* where it is reached; NULL: the token says */
	/* How the address of that device begins when it is stored with the key
	 * that it holds for; NULL: this one says it itself. */
	const char *begins;
};

/* Check what was given for a device of that provider, and where it leads.
 * ERR_INVALID with a sentence for the caller. */
const struct err *device_address_take(struct arena *a,
    const struct settings *s, const struct provider *p, const char *given,
    struct device_address *out);

/* The application's key for addresses that do not say for which they hold. key
 * NULL: it has none. */
void device_address_bind(struct arena *a, const struct provider *p,
    const char *key, struct device_address *d);

#endif
