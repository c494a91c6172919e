/* SPDX-License-Identifier: MIT */
/*
 * What waits for a user, or of an application, is removed from the outbox. Each
 * row is deleted in the transaction that counts it in its send, as removed,
 * under its lock: either sendd has settled it before, or finds that it is gone
 * (db/outbox_settle.c).
 */
#ifndef DB_OUTBOX_REMOVE_H
#define DB_OUTBOX_REMOVE_H

#include "db/db.h"

/* Remove a portion of the user's rows in a shard. *found: how many there were,
 * 0: there is none left; *removed: without those settled just then. */
const struct err *outbox_remove_user(struct db *db, unsigned shard,
    const char *user_id, uint64_t *found, uint64_t *removed);

/* The same of an application's rows. */
const struct err *outbox_remove_app(struct db *db, unsigned shard, int64_t app,
    uint64_t *found, uint64_t *removed);

/* Remove the texts of messages, other than campaigns, that no row has any
 * more: those of the rows above, and of rows that were settled. */
const struct err *outbox_remove_texts(struct db *db);

#endif
