/* SPDX-License-Identifier: MIT */
/* Settling: the outcomes of a batch of rows, written in one transaction. */
#ifndef DB_OUTBOX_SETTLE_H
#define DB_OUTBOX_SETTLE_H

#include "db/db.h"
#include "db/outcome.h"
#include "db/shard.h"

/* What is to be written; all borrowed. */
struct settle_order {
	uint64_t incarnation;
	int64_t lease_ms;
	bool hold; /* the leases, and do not renew them: not on Galera */
	const struct lease *leases; /* of the shards of the outcomes */
	size_t n_leases;
	const struct outcome *outcomes;
	size_t n;
	bool stored;  /* push_message rows may exist */
	bool history; /* write it too, of rows whose user is known */
};

/* Write all outcomes in one transaction, which also renews the leases, or holds
 * them until its end (not on Galera, which certifies no read). This is the
 * fence: ERR_CONFLICT when the incarnation no longer owns one of the shards;
 * then nothing was written, and shard_list shows the owners. */
const struct err *outbox_settle(struct db *db, const struct settle_order *o);

/* The same in two steps: send all of it, which waits for nothing
 * (db_transact_post), and hear the answer, as another thread may. NULL: nothing
 * was sent, outbox_settle is to be called. What is borrowed is used until
 * outbox_settle_heard has returned, which frees the settling. */
struct settling;
struct settling *outbox_settle_post(struct db *db,
    const struct settle_order *o);
const struct err *outbox_settle_heard(struct db *db, struct settling *s);

#endif
