/* SPDX-License-Identifier: MIT */
/* Removing expired rows: maintenance of the database. */
#ifndef DB_PURGE_H
#define DB_PURGE_H

#include "db/db.h"

/* Delete a bounded number of rows of each kind:
 *   - devices that are in quarantine for longer than keep_ms,
 *   - sends and stored messages older than retention_ms,
 *   - the history of messages before the last history_ms,
 *   - the bodies of sends that are finished,
 *   - idempotency keys, credential statuses and instances older than a day. */
const struct err *purge_expired(struct db *db, int64_t retention_ms,
    int64_t keep_ms, int64_t history_ms);

#endif
