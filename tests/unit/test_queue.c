/* SPDX-License-Identifier: MIT */
#include "sendd/queue.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

#define ROOM 100

static struct queue q;
static struct queue_line one, two;

static int
begin(void **state)
{
	(void)state;
	queue_init(&q, ROOM);
	queue_line_init(&one, NULL);
	queue_line_init(&two, NULL);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	queue_done(&q);
	return 0;
}

static struct item *
new_item(uint64_t id, unsigned shard, unsigned lane)
{
	struct outbox_found found = {.token = "token",
	    .row.key = {shard, lane, 1000, id}};

	return item_new(&found, 1);
}

/* An item that waits in the line. */
static struct item *
waiting(struct queue_line *l, uint64_t id, unsigned shard, unsigned lane)
{
	struct item *i = new_item(id, shard, lane);

	queue_add(&q, l, i);
	return i;
}

static struct item *
taken(struct queue_line *l, uint64_t id)
{
	struct item *i = waiting(l, id, 0, 0);

	assert_ptr_equal(queue_next(&q, l, 0), i);
	return i;
}

static struct item *
settling(struct queue_line *l, uint64_t id)
{
	struct item *i = taken(l, id);

	queue_settle(&q, i);
	return i;
}

/* The ids that wait in a lane of the line, in order, are exactly these; they
 * are taken by this. */
static void
holds_ids(struct queue_line *l, unsigned lane, const char *ids)
{
	char text[200] = "";
	struct item *i;

	while ((i = queue_next(&q, l, lane)) != NULL) {
		size_t n = strlen(text);

		(void)snprintf(text + n, sizeof text - n, "%s%llu",
		    n > 0 ? " " : "", (unsigned long long)i->row.key.id);
		queue_drop(&q, i);
	}
	assert_string_equal(text, ids);
}

/* --- order ------------------------------------------------------------ */

static void
keeps_order(void **state)
{
	(void)state;
	for (uint64_t id = 1; id <= 4; id++)
		(void)waiting(&one, id, 0, id == 3);
	holds_ids(&one, 0, "1 2 4");
	holds_ids(&one, 1, "3");
	assert_null(queue_peek(&one, 0));
	assert_int_equal(q.n, 0);
}

/* The last first, as a delivery of several gives them back. */
static void
requeues_to_the_front(void **state)
{
	struct item *a, *b;

	(void)state;
	for (uint64_t id = 1; id <= 4; id++)
		(void)waiting(&one, id, 0, 0);
	a = queue_next(&q, &one, 0);
	b = queue_next(&q, &one, 0);
	queue_fly(&q, a);
	assert_int_equal(q.in_flight, 1);
	queue_requeue(&q, b);
	queue_requeue(&q, a);
	assert_int_equal(q.in_flight, 0);
	assert_int_equal(a->state, ITEM_WAITING);
	assert_ptr_equal(queue_peek(&one, 0), a);
	holds_ids(&one, 0, "1 2 3 4");
}

/* --- finding, counting, room ------------------------------------------ */

/* In whatever state: a row that is read again must not be sent twice. */
static void
finds_by_id(void **state)
{
	/* the same bucket, and another one */
	uint64_t ids[] = {5, 5 + q.table_size, 6};
	struct item *i[3];

	(void)state;
	for (int k = 0; k < 3; k++)
		i[k] = waiting(&one, ids[k], 0, 0);
	(void)queue_next(&q, &one, 0);
	queue_fly(&q, i[0]);
	for (int k = 0; k < 3; k++)
		assert_ptr_equal(queue_find(&q, ids[k]), i[k]);
	assert_null(queue_find(&q, 7));
	queue_settle(&q, i[0]);
	queue_finish(&q, i[0]);
	assert_null(queue_find(&q, ids[0]));
	assert_ptr_equal(queue_find(&q, ids[1]), i[1]);
}

/* Two sends may have rows of the same id. */
static void
finds_by_id_and_send(void **state)
{
	struct item *run = new_item(5, 7, 1), *single = new_item(5, 8, 0);
	struct outbox_row other = {.key = {.id = 5}, .send = 103};

	(void)state;
	run->row.send = 101;
	single->row.send = 102;
	queue_add(&q, &one, run);
	assert_null(queue_find_row(&q, &single->row));
	queue_add(&q, &one, single);
	assert_ptr_equal(queue_find_row(&q, &run->row), run);
	assert_ptr_equal(queue_find_row(&q, &single->row), single);
	assert_null(queue_find_row(&q, &other));
}

static void
counts(void **state)
{
	struct item *i;

	(void)state;
	(void)waiting(&one, 1, 7, 0);
	(void)waiting(&one, 2, 7, 1);
	(void)waiting(&two, 3, 8, 1);
	assert_int_equal(queue_in_lane(&q, 7, 0), 1);
	assert_int_equal(queue_in_lane(&q, 8, 1), 1);
	assert_int_equal(queue_in_shard(&q, 7), 2);
	assert_int_equal(q.n, 3);
	i = queue_next(&q, &one, 0);
	queue_fly(&q, i);
	assert_int_equal(q.in_flight, 1);
	queue_settle(&q, i);
	assert_int_equal(q.in_flight, 0);
	assert_int_equal(queue_in_shard(&q, 7), 2);
	queue_finish(&q, i);
	assert_int_equal(queue_in_shard(&q, 7), 1);
	assert_int_equal(q.added, 3);
}

/* Campaigns leave a quarter of it to messages. */
static void
has_room(void **state)
{
	(void)state;
	assert_int_equal(queue_room(&q, 0), ROOM);
	assert_int_equal(queue_room(&q, 1), 75);
	for (uint64_t id = 1; id <= 75; id++)
		(void)waiting(&one, id, 0, 1);
	assert_int_equal(queue_room(&q, 1), 0);
	assert_int_equal(queue_room(&q, 0), 25);
	for (uint64_t id = 76; id <= ROOM + 5; id++)
		(void)waiting(&one, id, 0, 0);
	assert_int_equal(queue_room(&q, 1), 0);
	assert_int_equal(queue_room(&q, 0), 0);
}

/* --- reads and tombstones --------------------------------------------- */

/* A read under way may have seen the row before it was settled. */
static void
keeps_tombstones(void **state)
{
	struct item *before = settling(&one, 1), *during = settling(&one, 2);

	(void)state;
	queue_finish(&q, before);
	assert_null(queue_find(&q, 1));
	queue_read_begins(&q);
	queue_finish(&q, during);
	assert_ptr_equal(queue_find(&q, 2), during);
	assert_int_equal(during->state, ITEM_TOMBSTONE);
	assert_int_equal(q.n, 1);
	queue_drop_waiting(&q); /* not what waits */
	assert_ptr_equal(queue_find(&q, 2), during);
	queue_read_ends(&q);
	assert_null(queue_find(&q, 2));
	assert_int_equal(q.n, 0);
	queue_finish(&q, settling(&one, 3));
	assert_null(queue_find(&q, 3));
}

/* --- dropping --------------------------------------------------------- */

/* Of one shard, in both lanes, of all lines; not what flies or settles. */
static void
drops_a_shard(void **state)
{
	struct item *flies = waiting(&one, 1, 7, 0);
	struct item *settles = waiting(&one, 2, 7, 0);
	struct item *aside = waiting(&one, 3, 7, 0);

	(void)state;
	queue_fly(&q, queue_next(&q, &one, 0));
	queue_settle(&q, queue_next(&q, &one, 0));
	queue_set_aside(&q, queue_next(&q, &one, 0));
	assert_int_equal(aside->state, ITEM_ASIDE);
	queue_add_due(&q, new_item(4, 7, 0));
	for (uint64_t id = 10; id < 20; id++)
		(void)waiting(id % 3 == 0 ? &one : &two, id, 7 + id % 2,
		    id % 5 == 0);
	queue_drop_shard(&q, 7);
	assert_int_equal(queue_in_shard(&q, 7), 2);
	assert_ptr_equal(queue_find(&q, 1), flies);
	assert_ptr_equal(queue_find(&q, 2), settles);
	assert_int_equal(one.comparing, 0);
	assert_null(queue_next_due(&q));
	assert_int_equal(queue_lines(&q, 0), 1);
	assert_int_equal(queue_lines(&q, 1), 1);
	holds_ids(&one, 0, "");
	holds_ids(&two, 0, "11 13 17 19");
	holds_ids(&one, 1, "15");
	holds_ids(&two, 1, "");
}

/* Its line has no turn any more, and has one again later. */
static void
drops_all_that_waits(void **state)
{
	(void)state;
	(void)waiting(&one, 1, 0, 0);
	(void)waiting(&two, 2, 9, 1);
	queue_drop_waiting(&q);
	assert_int_equal(q.n, 0);
	assert_null(queue_next_line(&q, 0));
	assert_null(queue_next_line(&q, 1));
	(void)waiting(&one, 3, 0, 0);
	assert_ptr_equal(queue_next_line(&q, 0), &one);
}

/* --- lines in turn ---------------------------------------------------- */

static void
lines_take_turns(void **state)
{
	(void)state;
	assert_null(queue_next_line(&q, 0));
	(void)waiting(&one, 1, 0, 0);
	(void)waiting(&two, 2, 0, 0);
	(void)waiting(&one, 3, 0, 0);
	assert_int_equal(queue_lines(&q, 0), 2);
	assert_int_equal(queue_lines(&q, 1), 0);
	assert_ptr_equal(queue_next_line(&q, 0), &one);
	assert_ptr_equal(queue_next_line(&q, 0), &two);
	assert_ptr_equal(queue_next_line(&q, 0), &one);
	queue_drop(&q, queue_next(&q, &two, 0));
	assert_ptr_equal(queue_next_line(&q, 0), &one);
	assert_ptr_equal(queue_next_line(&q, 0), &one);
	holds_ids(&one, 0, "1 3");
	assert_null(queue_next_line(&q, 0));
}

/* --- comparing -------------------------------------------------------- */

/* What is compared goes next, before what waits, in its order. */
static void
compares(void **state)
{
	struct item *i[3];

	(void)state;
	for (uint64_t id = 1; id <= 4; id++)
		(void)waiting(&one, id, 0, 0);
	for (int k = 0; k < 3; k++)
		queue_set_aside(&q, queue_next(&q, &one, 0));
	assert_int_equal(one.comparing, 3);
	for (int k = 0; k < 3; k++)
		i[k] = queue_compare(&q);
	assert_null(queue_compare(&q));
	assert_int_equal(i[0]->row.key.id, 1);
	queue_not_compared(&q, i[2]);
	assert_ptr_equal(queue_compare(&q), i[2]);
	queue_compared(&q, &two, i[2]); /* by another credential now */
	queue_compared(&q, &one, i[1]);
	assert_int_equal(one.comparing, 1);
	queue_drop(&q, i[0]);
	assert_int_equal(one.comparing, 0);
	assert_int_equal(two.comparing, 0);
	holds_ids(&one, 0, "2 4");
	holds_ids(&two, 0, "3");
}

/* The next time it goes back to where it is now. */
static void
moves_to_another_line(void **state)
{
	struct item *i = taken(&one, 1);

	(void)state;
	queue_set_aside(&q, i);
	queue_compared(&q, &two, queue_compare(&q));
	queue_requeue(&q, queue_next(&q, &two, 0));
	holds_ids(&one, 0, "");
	holds_ids(&two, 0, "1");
}

/* --- rows of users ---------------------------------------------------- */

static void
users_wait_by_themselves(void **state)
{
	struct item *i;

	(void)state;
	queue_add_due(&q, new_item(1, 0, 0));
	queue_add_due(&q, new_item(2, 0, 0));
	assert_null(queue_next_line(&q, 0));
	i = queue_next_due(&q);
	assert_int_equal(i->row.key.id, 1);
	queue_return_due(&q, i);
	assert_ptr_equal(queue_next_due(&q), i);
	queue_finish(&q, i);
	assert_null(queue_find(&q, 1));
	assert_non_null(queue_find(&q, 2));
}

static void
users_are_limited(void **state)
{
	(void)state;
	for (uint64_t id = 0; id < QUEUE_DUE_MAX; id++) {
		assert_true(queue_has_due_room(&q));
		queue_add_due(&q, new_item(id, 0, 0));
	}
	assert_false(queue_has_due_room(&q));
}

/* --- states ----------------------------------------------------------- */

enum verb { FLY, REQUEUE, SETTLE, FINISH, DROP, SET_ASIDE, COMPARED, RETURN };

static void
apply(enum verb verb, struct item *i)
{
	switch (verb) {
	case FLY: queue_fly(&q, i); break;
	case REQUEUE: queue_requeue(&q, i); break;
	case SETTLE: queue_settle(&q, i); break;
	case FINISH: queue_finish(&q, i); break;
	case DROP: queue_drop(&q, i); break;
	case SET_ASIDE: queue_set_aside(&q, i); break;
	case COMPARED: queue_compared(&q, &one, i); break;
	case RETURN: queue_return_due(&q, i); break;
	}
}

/* Does the verb end the process for an item in that state? */
static bool
refuses(enum verb verb, enum item_state s)
{
	pid_t child = fork();
	struct rlimit none = {0, 0};
	struct item *i;
	int status;

	if (child == 0) {
		(void)setrlimit(RLIMIT_CORE, &none);
		(void)signal(SIGABRT, SIG_DFL);
		(void)freopen("/dev/null", "w", stderr);
		i = taken(&one, 1);
		i->state = s;
		apply(verb, i);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return !WIFEXITED(status) || WEXITSTATUS(status) != 0;
}

static void
holds_verbs_to_states(void **state)
{
	static const struct {
		const char *name;
		enum verb verb;
		unsigned states; /* that it takes, as bits */
	} rows[] = {
	    {"fly", FLY, 1 << ITEM_TAKEN},
	    {"requeue", REQUEUE, 1 << ITEM_TAKEN | 1 << ITEM_IN_FLIGHT},
	    {"settle", SETTLE, 1 << ITEM_TAKEN | 1 << ITEM_IN_FLIGHT},
	    {"finish", FINISH, 1 << ITEM_SETTLING},
	    {"drop", DROP, 1 << ITEM_TAKEN | 1 << ITEM_COMPARING},
	    {"set aside", SET_ASIDE, 1 << ITEM_TAKEN},
	    {"compared", COMPARED, 1 << ITEM_COMPARING},
	    {"return", RETURN, 0}, /* settling, but from a line */
	};

	(void)state;
	for (size_t k = 0; k < nitems(rows); k++)
		for (unsigned s = ITEM_NEW; s <= ITEM_DUE; s++)
			CHECK(rows[k].name, refuses(rows[k].verb, s) ==
			    ((rows[k].states >> s & 1) == 0));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {TEST(keeps_order),
	    TEST(requeues_to_the_front), TEST(finds_by_id),
	    TEST(finds_by_id_and_send), TEST(counts),
	    TEST(has_room), TEST(keeps_tombstones), TEST(drops_a_shard),
	    TEST(drops_all_that_waits), TEST(lines_take_turns),
	    TEST(compares), TEST(moves_to_another_line),
	    TEST(users_wait_by_themselves), TEST(users_are_limited),
	    TEST(holds_verbs_to_states)};

	return cmocka_run_group_tests_name("queue", tests, NULL, NULL);
}
