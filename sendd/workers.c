/* SPDX-License-Identifier: MIT */
#include "sendd/workers.h"

#include "db/run_beside.h"
#include "lib/mem.h"

#define PROMPT_MIN_MS 2000 /* [database] timeout is no shorter */
#define PARTS_OF_LEASE 5 /* one: the longest wait for a row */

static const struct err *
open_worker(struct sendd *s, const struct db_settings *database,
    enum db_kind kind, db_worker_fn *work, struct db_worker **out)
{
	return s->errand.for_ms > 0
	    ? db_worker_here(s->db, s->poller, work, out)
	    : db_worker_open(database, kind, s->poller, work, out);
}

/* What renews a lease gives a statement up in time to ask another node before
 * the lease ends. */
static const struct err *
open_tasks(struct sendd *s)
{
	const struct db_settings *database = &s->settings.database;
	struct db_settings prompt = *database;
	const struct err *e;

	if (prompt.timeout_ms > s->settings.sendd.lease_ms / 3)
		prompt.timeout_ms = s->settings.sendd.lease_ms / 3;
	if (prompt.timeout_ms < PROMPT_MIN_MS)
		prompt.timeout_ms = PROMPT_MIN_MS;
	if ((e = open_worker(s, &prompt, DB_QUICK, db_tasks_work,
		 &s->leases.tasks.worker)) != NULL ||
	    (e = open_worker(s, database, DB_QUICK, db_tasks_work,
		 &s->credentials.tasks.worker)) != NULL)
		return e;
	return open_worker(s, database, DB_QUICK, db_tasks_work,
	    &s->house.worker);
}

/* An errand has one connection for each kind of work. */
static const struct err *
open_second(struct sendd *s, const struct db_settings *database,
    db_worker_fn *work, struct db_worker **out)
{
	return s->errand.for_ms > 0 ? NULL
	    : db_worker_open(database, DB_LONG, s->poller, work, out);
}

static const struct err *
open_maintenance(struct sendd *s)
{
	const struct db_settings *database = &s->settings.database;
	struct maintenance *m = &s->maintenance;
	const struct err *e = open_worker(s, database, DB_LONG,
	    maintenance_work, &m->worker);

	if (e == NULL)
		e = open_second(s, database, maintenance_work_beside,
		    &m->second);
	if (m->second != NULL)
		m->beside = run_beside_new();
	return e;
}

/* A cluster certifies small transactions one after the other, and gains nothing
 * by several that write outcomes; it does by two that queue, for the rows of a
 * chunk take as long as its COMMIT. */
static const struct err *
open_other_settlers(struct sendd *s, const struct db_settings *database)
{
	const struct err *e;

	if (db_is_clustered(s->db))
		return NULL;
	e = open_second(s, database, settle_write, &s->settler.second);
	return e != NULL ? e : open_second(s, database, settle_write,
	    &s->settler.messages);
}

/* What writes under a lease waits for a row of somebody else for a small part
 * of it only, and keeps what it has for another try. */
const struct err *
workers_open(struct sendd *s)
{
	const struct db_settings *database = &s->settings.database;
	struct db_settings leased = *database;
	const struct err *e;

	leased.lock_ms = s->settings.sendd.lease_ms / PARTS_OF_LEASE;
	if ((e = open_worker(s, database, DB_LONG, admit_read,
		 &s->admission.reader)) != NULL ||
	    (e = open_worker(s, &leased, DB_LONG, expand_write,
		 &s->expander.worker)) != NULL ||
	    (e = open_worker(s, &leased, DB_LONG, settle_write,
		 &s->settler.worker)) != NULL ||
	    (e = open_other_settlers(s, &leased)) != NULL ||
	    (e = open_maintenance(s)) != NULL)
		return e;
	return open_tasks(s);
}

void
workers_close(struct sendd *s)
{
	struct db_tasks *const tasks[] = {&s->leases.tasks,
	    &s->credentials.tasks, &s->house};

	db_worker_close(s->admission.reader);
	db_worker_close(s->expander.worker);
	db_worker_close(s->settler.worker);
	db_worker_close(s->settler.second);
	db_worker_close(s->settler.messages);
	db_worker_close(s->maintenance.worker);
	db_worker_close(s->maintenance.second);
	run_beside_free(s->maintenance.beside);
	for (size_t i = 0; i < nitems(tasks); i++) {
		db_worker_close(tasks[i]->worker);
		db_tasks_drop(tasks[i]);
	}
}
