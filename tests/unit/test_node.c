/* SPDX-License-Identifier: MIT */
/* The nodes of a cluster: how a list is read, and which one is tried first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "db/node.h"
#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/mem.h"
#include "unit.h"

static void
test_read(void **state)
{
	static const struct {
		const char *text, *names; /* NULL: refused */
	} rows[] = {
	    {"db1", "db1:3306"},
	    {"db1,db2:3307 , 192.0.2.1", "db1:3306 db2:3307 192.0.2.1:3306"},
	    {"fd00::1, [fd00::2], [fd00::3]:4000",
		"[fd00::1]:3306 [fd00::2]:3306 [fd00::3]:4000"},
	    {"/run/a.sock, db2", "/run/a.sock db2:3306"},
	    {"", NULL},
	    {"db1,,db2", NULL},
	    {"db 1", NULL},
	    {"db1:0", NULL},
	    {"db1:65536", NULL},
	    {"db1:x", NULL},
	    {"[fd00::1", NULL},
	    {"[fd00::1]x", NULL},
	    {"a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a", NULL}, /* 17 */
	};

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++) {
		struct node_list l;
		const struct err *e = node_list_read(rows[i].text, 3306, &l);
		struct buf names = BUF(1024);

		for (size_t k = 0; e == NULL && k < l.n; k++)
			(void)buf_fmt(&names, "%s%s", k > 0 ? " " : "",
			    l.all[k].name);
		CHECK(rows[i].text, (e == NULL) == (rows[i].names != NULL));
		if (e == NULL)
			assert_string_equal(buf_str(&names), rows[i].names);
		buf_done(&names);
	}
}

/* "021": the places in the order of trying. */
static const char *
order_of(const struct node_list *l)
{
	static char text[NODES_MAX + 1];
	size_t order[NODES_MAX];

	(void)node_order(l, 0, order);
	for (size_t i = 0; i < l->n; i++)
		text[i] = (char)('0' + order[i]);
	text[l->n] = '\0';
	return text;
}

static void
test_avoided(void **state)
{
	struct node_list l;
	size_t order[NODES_MAX];

	(void)state;
	assert_null(node_list_read("one, two, three", 3306, &l));
	clock_set(1000000);
	assert_string_equal(order_of(&l), "012");
	assert_int_equal(node_order(&l, 0, order), 3);
	assert_false(node_has_failed(&l.all[0]));
	assert_false(node_is_nearer(&l, 0, 0));
	assert_true(node_is_nearer(&l, 2, 0));

	/* one connection is refused by the first: it does without */
	assert_int_equal(node_order(&l, 1, order), 3);
	assert_int_equal(order[0], 1);
	assert_int_equal(order[1], 2);
	assert_int_equal(order[2], 0);
	assert_false(node_is_nearer(&l, 1, 1));
	assert_true(node_is_nearer(&l, 2, 1));
	assert_false(node_is_nearer(&l, 2, 3));

	/* many connections find the same: it is told once and counts once */
	assert_true(node_fails(&l.all[0]));
	assert_false(node_fails(&l.all[0]));
	assert_false(node_fails(&l.all[0]));
	assert_string_equal(order_of(&l), "120");
	assert_int_equal(node_order(&l, 0, order), 2);
	assert_true(node_has_failed(&l.all[0]));
	assert_false(node_has_failed(&l.all[1]));
	assert_int_equal(node_first(&l), 1);
	assert_false(node_is_nearer(&l, 1, 0));
	assert_true(node_is_nearer(&l, 3, 0));
	assert_true(node_is_nearer(&l, 0, 0)); /* who is there leaves */

	/* a watcher tries it before the connections do, and once */
	assert_false(node_try_early(&l.all[0], 500, NODE_AVOID_MS));
	assert_false(node_try_early(&l.all[1], 500, NODE_AVOID_MS));
	clock_set(1000000 + NODE_AVOID_MS - 500);
	assert_true(node_try_early(&l.all[0], 500, 500));
	assert_false(node_try_early(&l.all[0], 499, 500));
	assert_false(node_is_nearer(&l, 1, 0));
	clock_set(1000000 + NODE_AVOID_MS);
	assert_true(node_is_nearer(&l, 1, 0));
	assert_string_equal(order_of(&l), "012");

	/* one tries it, the others wait for what it finds */
	node_trying(&l.all[0], 500);
	assert_string_equal(order_of(&l), "120");
	assert_false(node_fails(&l.all[0]));
	clock_set(1000000 + 3 * NODE_AVOID_MS - 1);
	assert_string_equal(order_of(&l), "120");
	clock_set(1000000 + 3 * NODE_AVOID_MS);
	assert_string_equal(order_of(&l), "012");

	/* none serves: all are tried, in their order */
	for (size_t i = 0; i < l.n; i++)
		(void)node_fails(&l.all[i]);
	assert_string_equal(order_of(&l), "012");
	assert_false(node_is_nearer(&l, 3, 0));
	assert_false(node_is_nearer(&l, 0, 0));
	assert_int_equal(node_first(&l), 0);

	assert_true(node_serves(&l.all[1]));
	assert_false(node_serves(&l.all[1]));
	assert_string_equal(order_of(&l), "102");
	assert_true(node_fails(&l.all[1]));

	/* the pause has a limit */
	for (int i = 0; i < 20; i++) {
		clock_set(2000000 + i * 100000);
		(void)node_fails(&l.all[2]);
	}
	clock_set(2000000 + 19 * 100000 + NODE_AVOID_MAX_MS - 1);
	assert_string_equal(order_of(&l), "012");
	(void)node_serves(&l.all[0]);
	assert_int_equal(order_of(&l)[2], '2');
	clock_set(2000000 + 19 * 100000 + NODE_AVOID_MAX_MS);
	assert_string_equal(order_of(&l), "012");
	clock_set(0);
}

static void
test_cut(void **state)
{
	struct node_list l;
	int one[2], two[2], lines[2];
	char byte;

	(void)state;
	assert_null(node_list_read("one, two", 3306, &l));
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, one), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, two), 0);
	lines[0] = node_line_open(&l.all[0], one[0]);
	lines[1] = node_line_open(&l.all[1], two[0]);
	node_cut(&l.all[0]);
	assert_int_equal(read(one[0], &byte, 1), 0); /* does not wait */
	assert_int_equal(write(two[1], "x", 1), 1);
	assert_int_equal(read(two[0], &byte, 1), 1);
	node_line_close(lines[0]);
	node_line_close(lines[1]);
	node_line_close(-1);
	for (int i = 0; i < 2; i++) {
		(void)close(one[i]);
		(void)close(two[i]);
	}
}

static void
test_returns(void **state)
{
	struct node_list l;
	unsigned before = node_returns();

	(void)state;
	assert_null(node_list_read("eight, nine", 3306, &l));
	(void)node_serves(&l.all[0]);
	assert_int_equal(node_returns(), before);
	(void)node_fails(&l.all[1]);
	(void)node_serves(&l.all[0]);
	assert_int_equal(node_returns(), before);
	(void)node_serves(&l.all[1]);
	(void)node_serves(&l.all[1]);
	assert_int_equal(node_returns(), before + 1);
}

/* A connection counts where it is, when statements may run by it, and while
 * the node has not closed it. */
static void
test_connections(void **state)
{
	struct node_list l;
	int one[2], two[2], lines[2];

	(void)state;
	assert_null(node_list_read("one, two", 3306, &l));
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, one), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, two), 0);
	lines[0] = node_line_open(&l.all[0], one[0]);
	assert_false(node_has_connections(&l.all[0]));
	node_line_serves(lines[0]);
	lines[1] = node_line_open(&l.all[1], two[0]);
	assert_true(node_has_connections(&l.all[0]));
	assert_false(node_has_connections(&l.all[1]));
	node_line_serves(lines[1]);
	assert_true(node_has_connections(&l.all[1]));
	(void)close(one[1]);
	assert_false(node_has_connections(&l.all[0]));
	node_line_close(lines[0]);
	node_line_close(lines[1]);
	assert_false(node_has_connections(&l.all[1]));
	(void)close(one[0]);
	(void)close(two[0]);
	(void)close(two[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_read),
	    cmocka_unit_test(test_avoided),
	    cmocka_unit_test(test_cut),
	    cmocka_unit_test(test_returns),
	    cmocka_unit_test(test_connections),
	};

	return cmocka_run_group_tests_name("node", tests, NULL, NULL);
}
