/* SPDX-License-Identifier: MIT */
/*
 * A cache of the integrations that called this thread recently, so that not
 * every call queries the database. It holds rows (hashes, roles, applications)
 * and no data of a call. Each thread has its own cache; a row expires after two
 * seconds, so a right that an operator revokes ends then.
 */
#ifndef FCGI_INTEGRATION_CACHE_H
#define FCGI_INTEGRATION_CACHE_H

#include <stdint.h>

#include "db/integration.h"

#define INTEGRATION_CACHE_MAX 16	     /* the oldest makes room */
#define INTEGRATION_CACHE_MS 2000

struct integration_cache;

struct integration_cache *integration_cache_new(void);
void integration_cache_free(struct integration_cache *cs); /* takes NULL */

/* The integration with this token and this hash of its secret. NULL: not in the
 * cache, query the database. Valid until integration_cache_keep. now_ms:
 * monotonic */
const struct integration *
integration_cache_find(const struct integration_cache *cs, const char *token,
		       const char *hash, int64_t now_ms);

/* The integration of this name, likewise: the caller was identified by other
 * means. */
const struct integration *integration_cache_by_name(
    const struct integration_cache *cs, const char *name, int64_t now_ms);

/* Keep a copy of a row of the database; returns the copy. */
const struct integration *integration_cache_keep(struct integration_cache *cs,
    const struct integration *i, int64_t now_ms);

#endif
