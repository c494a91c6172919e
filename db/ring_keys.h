/* SPDX-License-Identifier: MIT */
/*
 * Who has queued a message tells sendd its row at the doorbell (core/
 * carried_row.h), and proves by a key that its program may write the outbox: of
 * the database users of responders only that of push may read the key, and the
 * socket is open to all of them. Each run of sendd draws a key at its start.
 */
#ifndef DB_RING_KEYS_H
#define DB_RING_KEYS_H

#include "db/db.h"
#include "db/kept.h"

/* The keys as they were at most two seconds ago; NULL: they cannot be read, and
 * nobody needs to hear of it, for a ring does without. Valid until the next
 * call with that connection. */
const struct ring_keys *ring_keys_read(struct db *db);

#endif
