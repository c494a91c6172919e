/* SPDX-License-Identifier: MIT */
/*
 * A thread with a database connection of its own that does one job at a
 * time, so that the wires do not wait for the database. A job is plain data:
 * it belongs to the db_worker from post to reap, and to the poster otherwise.
 */
#ifndef SENDD_DB_WORKER_H
#define SENDD_DB_WORKER_H

#include <stdbool.h>

#include "db/db.h"
#include "core/settings.h"
#include "sendd/poller.h"

struct db_worker;

typedef const struct err *db_worker_fn(struct db *db, void *job);

/* The poller is woken when a job is done. */
const struct err *db_worker_open(const struct settings *s, struct poller *p,
    db_worker_fn *work, struct db_worker **out);

/* Ends after the job under way; takes NULL. */
void db_worker_close(struct db_worker *c);

bool
db_worker_is_idle(struct db_worker *c); /* nothing posted, nothing to reap */
void db_worker_submit(struct db_worker *c, void *job); /* only when idle */

/* The job that is done, or NULL. *failed and, then, *why (a copy). */
void *db_worker_collect(struct db_worker *c, bool *failed, struct err *why);

#endif
