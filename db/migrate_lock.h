/* SPDX-License-Identifier: MIT */
/*
 * One setup of a database at a time. On one server MariaDB's GET_LOCK is the
 * lock, which ends with its connection. On a Galera cluster that is known to
 * its own node alone, so the node that a setup uses also has its row in a
 * database beside ours: certification lets one node have it. The lock of a
 * setup that was killed is taken by the next one at the same node, or at any
 * node once that node has left the cluster or was restarted; no clock decides.
 */
#ifndef DB_MIGRATE_LOCK_H
#define DB_MIGRATE_LOCK_H

#include "db/db.h"

/* Is the server a node of a Galera cluster? */
const struct err *migrate_is_cluster(struct db *db, bool *cluster);

/* Lock against another setup; wait for it for up to 30 s, then ERR_BUSY. On a
 * cluster it names the node that has the lock. in_place: no second database may
 * be made, so the lock holds at one node only. */
const struct err *migrate_lock(struct db *db, const char *database,
    bool in_place);

/* Unlock; a lock that is not held is left alone. */
void migrate_unlock(struct db *db, const char *database);

#endif
