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

/* Have a first part of a job that is submitted next done here and now, which
 * must not wait for the database. A worker without a thread leaves it out, and
 * one whose thread still connects. Only when the worker is idle. */
typedef void db_worker_first_fn(struct db *db, void *job);
void db_worker_first(struct db_worker *w, db_worker_first_fn *first, void *job);

/* Start a job. Only when the worker is idle. */
void db_worker_submit(struct db_worker *w, void *job);

/* The finished job; *e: the result of its function. NULL, and *e not set, when
 * no job is finished. The worker owns *e: it is valid until the next submit,
 * even if other errors are made meanwhile. */
void *db_worker_collect(struct db_worker *w, const struct err **e);

#endif
