/* SPDX-License-Identifier: MIT */
/*
 * Making rows of the outbox due sooner than they are. A row in the memory of a
 * sendd must not move: its outcome would not find it there, would count as
 * told, and its message would be sent twice. Such a row was due when it was
 * read, so only rows that are due later than in some seconds are moved. But a
 * statement judges by the moment when it began, and may then wait for others
 * until such a row is due: it is undone if it takes half of these seconds, and
 * tried again for rows that are due later still. The others come by themselves.
 */
#ifndef DB_SOONER_H
#define DB_SOONER_H

#include "db/db.h"

/* Make rows due in in_ms that are due later than in ahead_ms; *n: how many. */
typedef const struct err *sooner_fn(struct db *db, int64_t ahead_ms, void *arg,
    uint64_t *n);

/* Have fn make rows due sooner, in a transaction of its own, which may be
 * repeated. in_ms: where fn moves them, from now. ERR_BUSY: it always took too
 * long, and nothing was moved. */
const struct err *rows_sooner(struct db *db, int64_t in_ms, sooner_fn *fn,
    void *arg, uint64_t *n);

#endif
