/* SPDX-License-Identifier: MIT */
/* Where other machines reach the doorbells of the sendds that own shards: an
 * address that each tells with its heartbeat ([sendd] listen). */
#ifndef DB_SHARD_DOORBELL_H
#define DB_SHARD_DOORBELL_H

#include "db/db.h"
#include "db/outbox.h"

#define SHARD_DOORBELL 64 /* bytes of an address with port, and NUL */

struct shard_doorbells {
	char of[OUTBOX_SHARDS][SHARD_DOORBELL]; /* "": none is known */
};

const struct err *shard_doorbells(struct db *db, struct shard_doorbells *out);

#endif
