/* SPDX-License-Identifier: MIT */
/* Idempotency keys: the first request with a key, and its send. */
#ifndef DB_IDEMPOTENCY_H
#define DB_IDEMPOTENCY_H

#include "db/db.h"
#include "lib/arena.h"

/* The request that first used the key of this name (both are SHA-256 in hex),
 * and its send. ERR_MISSING: no request used the key within the last day. */
const struct err *idempotency_by_name(struct db *db, struct arena *a,
    const char *name, const char **request, uint64_t *send);

/* Post the key of a send in the transaction that writes the send; name NULL:
 * do nothing. The transaction fails with ERR_DUPLICATE when the name is stored
 * already. */
const struct err *idempotency_put(struct db *db, const char *name,
    const char *request, uint64_t send);

#endif
