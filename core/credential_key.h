/* SPDX-License-Identifier: MIT */
/*
 * The key of a credential whose public half devices are told: a browser that
 * has subscribed with one can never be reached with another. So it may be made
 * here, it stays when nothing is said of it, and it is not replaced unawares.
 * For other providers nothing is done.
 */
#ifndef CORE_CREDENTIAL_KEY_H
#define CORE_CREDENTIAL_KEY_H

#include "push/provider.h"

#include "db/application.h"

struct credential_change {
	const struct provider *provider;
	const struct application *app;
	bool generate; /* make a new key */
	bool force;    /* though devices lose theirs */
	uint64_t lost; /* how many do, set by _replace and _remove */
};

/* Complete values by a new key or by the stored one. ERR_INVALID: both a key
 * and a new one are wanted; there is neither. ERR_FAULT: the stored one cannot
 * be opened. */
const struct err *credential_key_fill(struct db *db, struct arena *a,
    struct keyring *k, const struct credential_change *c,
    struct bytes *values);

/* ERR_CONFLICT when devices are registered for another key than that of values,
 * with their number, unless it is forced. A key that was removed is given again
 * freely, but no new one made in its place. */
const struct err *credential_key_replace(struct db *db,
    struct credential_change *c, const struct bytes *values);

/* ERR_CONFLICT when the key is to be removed and devices are registered for it,
 * with their number, unless it is forced. */
const struct err *credential_key_remove(struct db *db,
    struct credential_change *c);

#endif
