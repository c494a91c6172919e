/* SPDX-License-Identifier: MIT */
/* Whose turn it is at the workers: kinds A, B and C, four workers, room for
 * eight calls. */
#include "fcgi/call_queue.h"

#include <stdlib.h>

#include "unit.h"

enum { A, B, C, KINDS };

static struct call_queue *
new_queue(size_t workers, size_t calls, size_t bytes)
{
	return call_queue_new(&(struct call_queue_limits){KINDS, workers,
	    calls, bytes});
}

/* A call waits, or not; it is freed when it is taken. */
static bool
put(struct call_queue *q, size_t kind, size_t bytes, int64_t until_ms)
{
	struct queued_call *c = xcalloc(1, sizeof *c);

	*c = (struct queued_call){NULL, kind, bytes, until_ms};
	if (call_queue_put(q, c))
		return true;
	free(c);
	return false;
}

/* The kinds of the next n calls, as letters; '-' when none may be served. */
static const char *
turns(struct call_queue *q, size_t n)
{
	static _Thread_local char told[32];

	for (size_t i = 0; i < n; i++) {
		struct queued_call *c = call_queue_take(q);

		told[i] = (char)(c != NULL ? 'A' + (int)c->kind : '-');
		free(c);
	}
	told[n] = '\0';
	return told;
}

static void
leave_all(struct call_queue *q, const char *kinds)
{
	for (; *kinds != '\0'; kinds++)
		call_queue_leave(q, (size_t)(*kinds - 'A'));
}

static void
kinds_take_turns(void **state)
{
	struct call_queue *q = new_queue(4, 100, 1000);

	(void)state;
	for (int i = 0; i < 5; i++)
		assert_true(put(q, A, 1, i));
	assert_true(put(q, B, 1, 5));
	assert_true(put(q, C, 1, 6));
	assert_true(put(q, C, 1, 7));
	assert_int_equal(call_queue_length(q), 8);
	assert_string_equal(turns(q, 4), "ABCA");
	leave_all(q, "ABCA");
	assert_string_equal(turns(q, 3), "CAA");
	leave_all(q, "CAA");
	assert_string_equal(turns(q, 2), "A-");
	assert_int_equal(call_queue_length(q), 0);
	call_queue_free(q);
}

/* Three of four workers; the fourth is for the others, whoever waits. */
static void
no_kind_has_all_workers(void **state)
{
	struct call_queue *q = new_queue(4, 100, 1000);

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_true(call_queue_enter(q, A));
	assert_false(call_queue_may_enter(q, A));
	assert_false(call_queue_enter(q, A));
	assert_true(put(q, A, 1, 0));
	assert_string_equal(turns(q, 1), "-");
	assert_true(call_queue_may_enter(q, B));
	assert_true(call_queue_enter(q, B));
	call_queue_leave(q, B);
	assert_string_equal(turns(q, 1), "-");
	call_queue_leave(q, A);
	assert_string_equal(turns(q, 1), "A");
	assert_false(call_queue_enter(q, A));
	call_queue_free(q);
}

/* Where there are too few to share, a kind may have them all. */
static void
few_workers_are_not_shared(void **state)
{
	(void)state;
	for (size_t workers = 1; workers < 4; workers++) {
		struct call_queue *q = new_queue(workers, 10, 10);

		for (size_t i = 0; i < workers; i++)
			assert_true(call_queue_enter(q, A));
		call_queue_free(q);
	}
}

static void
no_kind_has_all_the_room(void **state)
{
	struct call_queue *q = new_queue(1, 8, 1000);

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_true(put(q, A, 1, 0));
	assert_false(put(q, A, 1, 0));
	assert_false(call_queue_has_room(q, &(struct queued_call){.kind = A}));
	assert_true(call_queue_has_room(q, &(struct queued_call){.kind = B}));
	for (int i = 0; i < 3; i++)
		assert_true(put(q, B, 1, 0));
	assert_true(put(q, C, 1, 0));
	assert_false(put(q, B, 1, 0));
	assert_false(put(q, C, 1, 0));
	/* one at a time, so that its worker is free for the next */
	for (int i = 0; i < 8; i++)
		leave_all(q, turns(q, 1));
	assert_true(put(q, C, 1, 0));
	leave_all(q, turns(q, 1));
	call_queue_free(q);
}

static void
bytes_are_bounded(void **state)
{
	struct call_queue *q = new_queue(4, 100, 1000);

	(void)state;
	assert_true(put(q, A, 600, 0));
	assert_false(put(q, B, 401, 0));
	assert_true(put(q, B, 400, 0));
	assert_string_equal(turns(q, 1), "A");
	assert_true(put(q, C, 600, 0));
	assert_string_equal(turns(q, 2), "BC");
	call_queue_free(q);
}

/* Deadlines pass in every line, and the oldest is found first. */
static void
deadlines_pass(void **state)
{
	struct call_queue *q = new_queue(4, 100, 1000);
	struct queued_call *c;

	(void)state;
	assert_true(call_queue_next_ms(q) == INT64_MAX);
	assert_true(put(q, B, 1, 10));
	assert_true(put(q, A, 1, 20));
	assert_true(put(q, B, 1, 30));
	assert_int_equal(call_queue_next_ms(q), 10);
	assert_null(call_queue_expired(q, 9));
	for (int64_t until = 10; until <= 20; until += 10) {
		c = call_queue_expired(q, 20);
		assert_non_null(c);
		assert_int_equal(c->until_ms, until);
		free(c);
	}
	assert_null(call_queue_expired(q, 20));
	assert_int_equal(call_queue_length(q), 1);
	assert_string_equal(turns(q, 2), "B-");
	assert_null(call_queue_expired(q, 99));
	/* the line is whole again */
	assert_true(put(q, B, 1, 40));
	assert_string_equal(turns(q, 1), "B");
	call_queue_free(q);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(kinds_take_turns),
		cmocka_unit_test(no_kind_has_all_workers),
		cmocka_unit_test(few_workers_are_not_shared),
		cmocka_unit_test(no_kind_has_all_the_room),
		cmocka_unit_test(bytes_are_bounded),
		cmocka_unit_test(deadlines_pass),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
