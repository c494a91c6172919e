/* SPDX-License-Identifier: MIT */
/*
 * The counters of a campaign's send on a cluster. If each sendd added to the
 * row of the send, the nodes would refuse one of two transactions that do so at
 * once, and with it a chunk of the campaign's rows. So a batch of outcomes
 * leaves what it has to add in a row of its own, and the steward of the run
 * adds up and removes the rows that are there.
 *
 * A large batch lies in shards of several sendd, too, but has few counts: of
 * 60,000 messages in 120 batches three nodes refused 79 and 124 transactions
 * when each sendd added to the row of the send, 78 and 90 when it left rows. So
 * its status is exact at once.
 */
#ifndef DB_SEND_DELTA_H
#define DB_SEND_DELTA_H

#include "db/db.h"
#include "lib/buf.h"

/* In a transaction: counts is an element of the list of SQL_SEND_FOLD. */
const struct err *send_delta_post(struct db *db, uint64_t send,
    const struct buf *counts);

/* Add up what there is for sends of these shards (a bit each); *more: there may
 * be further ones. */
const struct err *send_delta_fold(struct db *db, uint64_t shards, bool *more);

#endif
