/* SPDX-License-Identifier: MIT */
/* Idempotency keys: which request was the first with a key, and its send. */
#ifndef DB_IDEMPOTENCY_H
#define DB_IDEMPOTENCY_H

#include "db/db.h"
#include "lib/arena.h"

/* The request that first used the key of this name (both are SHA-256 in hex),
 * and its send. ERR_MISSING: none within a day. */
const struct err *idempotency_by_name(struct db *db, struct arena *a,
    const char *name, const char **request, uint64_t *send);

/* Of a send that is being written; name NULL: nothing. A name that is known:
 * ERR_DUPLICATE. */
const struct err *idempotency_put(struct db *db, const char *name,
    const char *request, uint64_t send);

#endif
