/* SPDX-License-Identifier: MIT */
/* Which outcomes are to be written: not those whose rows are gone. */
#ifndef DB_OUTBOX_PRESENT_H
#define DB_OUTBOX_PRESENT_H

#include "db/db.h"
#include "db/outcome.h"

/* Of n outcomes, those to be written, into list, which has room for n. A row is
 * looked for if its outcome was tried before; all: each row is. If a COMMIT had
 * no answer, its outcomes may be written or not; the rows show it: if one is
 * deleted or due at another time, its outcome was counted. ERR_CONTENTION: a
 * row that was carried is not there yet. Its outcome would be lost, and the row
 * be sent again when it comes. */
const struct err *outbox_present(struct db *db,
    const struct outcome *outcomes, size_t n, bool all,
    const struct outcome **list, size_t *n_list);

#endif
