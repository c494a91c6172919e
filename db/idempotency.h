/* SPDX-License-Identifier: MIT */
/* Idempotency keys: which request was the first with a key, and its send. */
#ifndef DB_IDEMPOTENCY_H
#define DB_IDEMPOTENCY_H

#include "db/db.h"
#include "lib/arena.h"

/* An Idempotency-Key's memory; both are SHA-256 in hex. ERR_MISSING: not
 * seen within a day. Put it in the send's own transaction. */
const struct err *idempotency_by_name(struct db *db, struct arena *a,
    const char *name, const char **request, uint64_t *send);

/* Of a send that is being written; name NULL: nothing. A name that is known:
 * ERR_DUPLICATE. */
const struct err *idempotency_put(struct db *db, const char *name,
    const char *request, uint64_t send);

#endif
