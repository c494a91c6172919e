/* SPDX-License-Identifier: MIT */
/*
 * A thread with its own database connection that does one job at a time, so
 * that the wires do not wait for the database. A job is plain data: the worker
 * owns it from db_worker_submit to db_worker_collect, the caller otherwise.
 * Every function is for one thread, that of the caller. An errand has workers
 * without a thread and a connection of their own, because a host that has no
 * daemon counts both.
 */
#ifndef SENDD_DB_WORKER_H
#define SENDD_DB_WORKER_H

#include <stdbool.h>

#include "db/db.h"
#include "sendd/poller.h"

struct db_worker;

/* Does a job, in the worker's thread. */
typedef const struct err *db_worker_fn(struct db *db, void *job);

/* The poller is woken whenever a job is done. kind: how long a statement of it
 * may take. Its thread connects: a database that cannot be reached is an error
 * of its jobs. */
const struct err *db_worker_open(const struct db_settings *s,
    enum db_kind kind, struct poller *p, db_worker_fn *work,
    struct db_worker **out);

/* A worker that does its jobs in the caller's thread, on this connection: a job
 * is done when db_worker_submit returns. */
const struct err *db_worker_here(struct db *db, struct poller *p,
    db_worker_fn *work, struct db_worker **out);

/* Waits for the current job; takes NULL. */
void db_worker_close(struct db_worker *w);

/* Has it no job, not even one that is done and not collected? */
bool db_worker_is_idle(struct db_worker *w);

/* Start a job. Only when the worker is idle. */
void db_worker_submit(struct db_worker *w, void *job);

/* The same, and have a first part of it done here and now, which must not wait
 * for the database. A worker leaves it out if it has no thread, or one that is
 * still connecting. True: it has done a db_transact_post, whose answer the rest
 * of the job waits for. The poller does that rest in the caller's thread if the
 * answer comes soon and says that all is committed; for any other the thread is
 * woken, which may wait. */
typedef bool db_worker_first_fn(struct db *db, void *job);
void db_worker_submit_first(struct db_worker *w, db_worker_first_fn *first,
    void *job);

/* When db_worker_collect is to be called at the latest, because an answer has
 * not come: monotonic, in ms. */
int64_t db_worker_due_ms(const struct db_worker *w);

/* The finished job; *e: the result of its function. NULL, and *e not set, when
 * no job is finished. The worker owns *e: it is valid until the next submit,
 * even if other errors are made meanwhile. */
void *db_worker_collect(struct db_worker *w, const struct err **e);

#endif
