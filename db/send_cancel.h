/* SPDX-License-Identifier: MIT */
/*
 * Cancelling sends, one by its id or all of an application. A send that is
 * cancelled is marked; its rows are dropped by the sendd that delivers them,
 * as soon as they are due.
 */
#ifndef DB_SEND_CANCEL_H
#define DB_SEND_CANCEL_H

#include "db/db.h"
#include "db/send_status.h"
#include "lib/arena.h"

/* Mark a send as cancelled: its messages that have not been sent yet are
 * dropped. Of a campaign's run that run is cancelled. *asked is false when all
 * its messages have an outcome already. */
const struct err *send_cancel(struct db *db, const struct send_counters *send,
    bool *asked);

#define SEND_SOON_MS 2000
_Static_assert(SEND_SOON_MS == SQL_SOON_MS, "as in sql.h");

/* Make the messages of a cancelled send due in SEND_SOON_MS, so that they are
 * dropped then, and not at the later moment at which they would have been
 * sent. Each sendd reads the list of cancelled sends once a second. For
 * lane 0. */
const struct err *send_make_due(struct db *db, uint64_t id);

/* Cancel a portion of the sends of an app: those with rows in that shard and
 * ids below "before". *n: how many were cancelled. A sendd sees at most
 * SEND_CANCELLED_MAX sends at a time, so wait until these are dropped before
 * cancelling many more. */
const struct err *send_cancel_app(struct db *db, int64_t app, unsigned shard,
    uint64_t before, uint64_t *n);

/* The same as send_make_due for all cancelled sends of an app, by as many
 * transactions as that takes, for rows of both lanes in the shard. */
const struct err *send_make_due_app(struct db *db, int64_t app, unsigned shard);

/* How many cancelled sends of an app still wait to be dropped, and how many
 * rows they have. */
const struct err *send_dropping(struct db *db, int64_t app, uint64_t *sends,
    uint64_t *rows);

#define SEND_CANCELLED_MAX 10000
_Static_assert(SEND_CANCELLED_MAX == SQL_SENDS_CANCELLED, "as in sql.h");

/* The ids of cancelled sends that still have rows, ascending, at most
 * SEND_CANCELLED_MAX; the list is the arena's. */
const struct err *send_cancelled(struct db *db, struct arena *a,
    uint64_t **list, size_t *n);

#endif
