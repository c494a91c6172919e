/* SPDX-License-Identifier: MIT */
/*
 * The integrations that have lately called this thread, so that not every
 * call asks the database who calls. Rows are kept: hashes,
 * roles, applications; nothing of a call. Each thread has its own; a row is
 * believed for two seconds, so that what an operator takes away is gone by
 * then.
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

/* The one of this token whose secret has this hash. NULL tells nothing:
 * then the database is asked. Valid until integration_cache_keep. now_ms:
 * monotonic */
const struct integration *
integration_cache_find(const struct integration_cache *cs, const char *token,
		       const char *hash, int64_t now_ms);

/* The one of this name, likewise: whoever asks knows by other means that it is
 * the caller. */
const struct integration *integration_cache_by_name(
    const struct integration_cache *cs, const char *name, int64_t now_ms);

/* Keep a copy of one that the database has; answers the copy. */
const struct integration *integration_cache_keep(struct integration_cache *cs,
    const struct integration *i, int64_t now_ms);

#endif
