/* SPDX-License-Identifier: MIT */
/*
 * A thread with a database connection of its own that does one job at a
 * time, so that the wires do not wait for the database. A job is plain data:
 * it belongs to the worker from db_worker_submit to db_worker_collect, and
 * to the caller otherwise. Every function is for one thread, the caller's.
 */
#ifndef SENDD_DB_WORKER_H
#define SENDD_DB_WORKER_H

#include <stdbool.h>

#include "core/settings.h"
#include "db/db.h"
#include "sendd/poller.h"

struct db_worker;

/* Does a job, in the worker's thread. */
typedef const struct err *db_worker_fn(struct db *db, void *job);

/* The poller is woken whenever a job is done. */
const struct err *db_worker_open(const struct settings *s, struct poller *p,
    db_worker_fn *work, struct db_worker **out);

/* Waits for the job that is under way; takes NULL. */
void db_worker_close(struct db_worker *w);

/* Has it no job, not even one that is done and not collected? */
bool db_worker_is_idle(struct db_worker *w);

/* Start a job. Only when the worker is idle. */
void db_worker_submit(struct db_worker *w, void *job);

/* The job that is done, and in *e what its work returned; NULL, and *e not
 * set, when there is none. *e is the worker's: valid until the next submit,
 * whatever errors are made meanwhile. */
void *db_worker_collect(struct db_worker *w, const struct err **e);

#endif
