/* SPDX-License-Identifier: MIT */
#include "sendd/db_tasks.h"

const struct err *
db_tasks_work(struct db *db, void *job)
{
	struct db_task *task = job;

	return task->work(db, task);
}

void
db_tasks_give(struct db_tasks *l, struct db_task *task)
{
	task->next = NULL;
	if (l->first == NULL)
		l->first = task;
	else
		l->last->next = task;
	l->last = task;
}

bool
db_tasks_are_left(const struct db_tasks *l)
{
	return l->first != NULL || l->current != NULL;
}

bool
db_tasks_are_due(const struct db_tasks *l)
{
	return l->first != NULL && l->current == NULL;
}

static const struct err *
end_current(struct db_tasks *l)
{
	const struct err *e;
	struct db_task *task = db_worker_collect(l->worker, &e);

	if (task == NULL)
		return NULL;
	l->current = NULL;
	return task->done(task, e);
}

static void
begin_next(struct db_tasks *l)
{
	l->current = l->first;
	l->first = l->first->next;
	db_worker_submit(l->worker, l->current);
}

/* A worker without a thread has done a task when it is begun. */
const struct err *
db_tasks_run(struct db_tasks *l)
{
	const struct err *e = end_current(l);

	while (e == NULL && db_tasks_are_due(l)) {
		begin_next(l);
		e = end_current(l);
	}
	return e;
}

void
db_tasks_drop(struct db_tasks *l)
{
	struct db_task *task;

	if (l->current != NULL)
		(void)l->current->done(l->current,
		    err_new(ERR_BUSY, "the end of the program"));
	l->current = NULL;
	while ((task = l->first) != NULL) {
		l->first = task->next;
		(void)task->done(task,
		    err_new(ERR_BUSY, "the end of the program"));
	}
}
