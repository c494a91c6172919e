/* SPDX-License-Identifier: MIT */
/* Tasks are done in their order, each ended once, whatever became of it. */
#include "sendd/db_tasks.h"

#include "unit.h"

struct test_task {
	struct db_task task;
	unsigned number, ended;
	bool fails;
	struct test_task *then; /* given when this one ends */
};

static struct db_tasks tasks;
static struct poller *poller;
static unsigned order[8], n_done;
static char connection;

static const struct err *
work(struct db *db, void *task)
{
	const struct test_task *t = task;

	assert_ptr_equal(db, &connection);
	order[n_done++] = t->number;
	return t->fails ? err_new(ERR_BUSY, "task %u", t->number) : NULL;
}

static const struct err *
end_task(void *task, const struct err *e)
{
	struct test_task *t = task;

	t->ended++;
	if (t->then != NULL)
		db_tasks_give(&tasks, &t->then->task);
	return e;
}

static int
begin(void **state)
{
	(void)state;
	n_done = 0;
	memset(&tasks, 0, sizeof tasks);
	assert_null(poller_new(&poller));
	assert_null(db_worker_here((struct db *)&connection, poller,
	    db_tasks_work, &tasks.worker));
	return 0;
}

static int
end(void **state)
{
	(void)state;
	db_worker_close(tasks.worker);
	poller_free(poller);
	return 0;
}

static struct test_task
task_of(unsigned number)
{
	return (struct test_task){.task = {.work = work, .done = end_task},
	    .number = number};
}

static void
in_order(void **state)
{
	struct test_task t[] = {task_of(0), task_of(1), task_of(2), task_of(3)};

	(void)state;
	t[0].then = &t[3];
	for (unsigned k = 0; k < 3; k++)
		db_tasks_give(&tasks, &t[k].task);
	assert_true(db_tasks_are_due(&tasks));
	assert_null(db_tasks_run(&tasks));
	assert_false(db_tasks_are_left(&tasks));
	assert_int_equal(n_done, 4);
	for (unsigned k = 0; k < 4; k++) {
		assert_int_equal(order[k], k);
		assert_int_equal(t[k].ended, 1);
	}
}

/* After a failure the caller may wait; the others are not forgotten. */
static void
one_failure_at_a_time(void **state)
{
	struct test_task t[] = {task_of(0), task_of(1)};
	const struct err *e;

	(void)state;
	t[0].fails = true;
	for (unsigned k = 0; k < 2; k++)
		db_tasks_give(&tasks, &t[k].task);
	e = db_tasks_run(&tasks);
	assert_non_null(e);
	assert_string_equal(e->text, "task 0");
	assert_int_equal(n_done, 1);
	assert_true(db_tasks_are_due(&tasks));
	assert_null(db_tasks_run(&tasks));
	assert_int_equal(n_done, 2);
}

/* What they own is freed by their end. */
static void
dropped_at_the_end(void **state)
{
	struct test_task t[] = {task_of(0), task_of(1)};

	(void)state;
	for (unsigned k = 0; k < 2; k++)
		db_tasks_give(&tasks, &t[k].task);
	db_tasks_drop(&tasks);
	assert_int_equal(n_done, 0);
	assert_int_equal(t[0].ended + t[1].ended, 2);
	assert_false(db_tasks_are_left(&tasks));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(in_order, begin, end),
	    cmocka_unit_test_setup_teardown(one_failure_at_a_time, begin, end),
	    cmocka_unit_test_setup_teardown(dropped_at_the_end, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
