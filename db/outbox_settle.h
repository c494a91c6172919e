/* SPDX-License-Identifier: MIT */
/* Settling: the outcomes of a batch of rows, written in one transaction. */
#ifndef DB_OUTBOX_SETTLE_H
#define DB_OUTBOX_SETTLE_H

#include "db/db.h"
#include "db/outcome.h"
#include "db/shard.h"

/* Write all outcomes in one transaction, which also renews the leases of their
 * shards; leases: those shards. This is the fence: ERR_CONFLICT when the
 * incarnation no longer owns one of them; then nothing was written, and
 * shard_list shows the owners.
 * stored: push_message rows may exist. history: write the history too, of rows
 * whose user is known. */
const struct err *outbox_settle(struct db *db, uint64_t incarnation,
    int64_t lease_ms, const struct lease *leases, size_t n_leases,
    const struct outcome *outcomes, size_t n, bool stored, bool history);

#endif
