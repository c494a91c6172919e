/* SPDX-License-Identifier: MIT */
/*
 * Cancelling sends, one by its id or all of an application. A send that is
 * cancelled is marked; its rows are dropped by the sendd that delivers them,
 * as soon as they are due.
 */
#ifndef DB_SEND_CANCEL_H
#define DB_SEND_CANCEL_H

#include "db/db.h"
#include "lib/arena.h"

/* Ask that what has not been sent yet of a send is not sent; *asked is
 * false when all of it is done. */
const struct err *send_cancel(struct db *db, uint64_t id, bool *asked);

#define SEND_SOON_MS 2000
_Static_assert(SEND_SOON_MS == SQL_SOON_MS, "as in sql.h");

/* Make a cancelled send's messages due soon (each sendd looks once a second
 * what is cancelled), so that they are dropped then and not when they would
 * have been sent (again). For lane 0. */
const struct err *send_make_due(struct db *db, uint64_t id);

/* The same for a portion of an app's sends that have rows in that shard and
 * ids before the one given; *n: how many. send_cancelled has its limit:
 * see that these are through before asking for many more. */
const struct err *send_cancel_app(struct db *db, int64_t app, unsigned shard,
    uint64_t before, uint64_t *n);
const struct err *send_make_due_app(struct db *db, int64_t app, unsigned shard);

/* An app's cancelled sends that are not through, and their rows. */
const struct err *send_dropping(struct db *db, int64_t app, uint64_t *sends,
    uint64_t *rows);

#define SEND_CANCELLED_MAX 10000
_Static_assert(SEND_CANCELLED_MAX == SQL_SENDS_CANCELLED, "as in sql.h");

/* Sends with something to cancel, ascending, at most SEND_CANCELLED_MAX. */
const struct err *send_cancelled(struct db *db, struct arena *a,
    uint64_t **list, size_t *n);

#endif
