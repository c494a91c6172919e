/* SPDX-License-Identifier: MIT */
/*
 * Tasks for the database that are short, each for a db_worker of many kinds:
 * the main thread gives a task and goes on, and hears later what came of it.
 * They are done one after the other, in the order in which they were given.
 */
#ifndef SENDD_DB_TASKS_H
#define SENDD_DB_TASKS_H

#include "sendd/db_worker.h"

/* A task is done, and e is the result of its work. Returns what is left to be
 * reported. */
typedef const struct err *db_task_fn(void *task, const struct err *e);

/* The first member of what one task works on. */
struct db_task {
	/* in the worker's thread; its argument is the task */
	db_worker_fn *work;
	db_task_fn *done; /* on the main thread, which owns the task again */
	struct db_task *next;
};

struct db_tasks {
	struct db_worker *worker;
	struct db_task *first, *last; /* given, and not begun */
	struct db_task *current;
};

/* The work of the db_worker. */
db_worker_fn db_tasks_work;

/* Give a task, which stays where it is until it is done. */
void db_tasks_give(struct db_tasks *l, struct db_task *task);

/* Is any given, and not done yet? */
bool db_tasks_are_left(const struct db_tasks *l);

/* Is one given that db_tasks_run would begin? */
bool db_tasks_are_due(const struct db_tasks *l);

/* End the tasks that are finished and begin the next ones. The first failure
 * that is to be reported; then the next task waits for another call. */
const struct err *db_tasks_run(struct db_tasks *l);

/* At the end: every task is ended as one that has failed; the worker must have
 * been closed. */
void db_tasks_drop(struct db_tasks *l);

#endif
