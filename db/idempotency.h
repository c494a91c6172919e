/* SPDX-License-Identifier: MIT */
/* Idempotency keys: the first request with a key, and its send. */
#ifndef DB_IDEMPOTENCY_H
#define DB_IDEMPOTENCY_H

#include "db/db.h"
#include "lib/arena.h"

/* The request that first used a key. */
struct idempotency_use {
	const char *request; /* SHA-256 in hex */
	uint64_t send;
	const char *refused; /* of its batch (fcgi/partial.h); may be NULL */
};

/* The first use of the key of this name (SHA-256 in hex). ERR_MISSING: no
 * request used the key within the last day. */
const struct err *idempotency_by_name(struct db *db, struct arena *a,
    const char *name, struct idempotency_use *use);

/* Post the key of a send in the transaction that writes the send; name NULL:
 * do nothing. The transaction fails with ERR_DUPLICATE when the name is stored
 * already. */
const struct err *idempotency_put(struct db *db, const char *name,
    const struct idempotency_use *use);

#endif
