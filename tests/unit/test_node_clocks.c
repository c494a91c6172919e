/* SPDX-License-Identifier: MIT */
#include "sendd/node_clocks.h"

#include "unit.h"

#define OWN 1000000

/* Of each node how far its clock is from OWN; 99: it has not answered. */
#define SILENT 99

static void
see(struct node_clocks *c, const int64_t off_ms[3], int64_t own_off_ms)
{
	struct node_clock said[3];
	size_t n = 0;

	for (int i = 0; i < 3; i++)
		if (off_ms[i] != SILENT) {
			said[n] = (struct node_clock){{'n', (char)('1' + i)},
			    OWN + off_ms[i]};
			n++;
		}
	node_clocks_see(c, said, n, OWN + own_off_ms);
}

static void
goes_by_the_middle_one(void **state)
{
	static const struct {
		const char *what;
		int64_t off_ms[3], own_off_ms;
		const char *want;
	} rows[] = {
	    {"one is ahead", {0, 3, 20000}, 0,
		",\"clocks\":{\"n1\":0,\"n2\":0,\"n3\":19997}"},
	    {"and this machine with it", {0, 3, 20000}, 20000,
		",\"clocks\":{\"n1\":0,\"n2\":0,\"n3\":19997}"},
	    {"one is behind", {-30000, 0, 10}, 0,
		",\"clocks\":{\"n1\":-30000,\"n2\":0,\"n3\":0}"},
	    {"a little", {499, 0, -499}, 0,
		",\"clocks\":{\"n1\":0,\"n2\":0,\"n3\":0}"},
	    {"only this machine", {0, 0, 0}, -7000,
		",\"clocks\":{\"n1\":0,\"n2\":0,\"n3\":0}"},
	    {"of two, this machine decides", {0, 20000, SILENT}, 5,
		",\"clocks\":{\"n1\":0,\"n2\":19995}"},
	    {"of two, it does not", {0, 20000, SILENT}, 90000,
		",\"clocks\":{\"n1\":-20000,\"n2\":0}"},
	    {"of one nothing is known", {0, SILENT, SILENT}, 20000, ""},
	};

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++) {
		struct node_clocks c = {.n = 0};
		struct buf b = BUF(4096);

		see(&c, rows[i].off_ms, rows[i].own_off_ms);
		node_clocks_write(&c, &b);
		if (strcmp(buf_str(&b), rows[i].want) != 0)
			fail_msg("%s: %s", rows[i].what, buf_str(&b));
		buf_done(&b);
	}
}

static void
remembers_a_node_that_is_silent(void **state)
{
	struct node_clocks c = {.n = 0};
	struct buf b = BUF(4096);

	(void)state;
	see(&c, (int64_t[]){0, 0, 20000}, 0);
	see(&c, (int64_t[]){SILENT, 0, 20000}, 20000);
	node_clocks_write(&c, &b);
	assert_string_equal(buf_str(&b),
	    ",\"clocks\":{\"n1\":0,\"n2\":0,\"n3\":20000}");
	buf_done(&b);
}

/* A node that is back may have another clock. */
static void
measures_when_a_node_is_back(void **state)
{
	struct node_clocks c = {.n = 0};

	(void)state;
	assert_true(node_clocks_begin(&c, 1000, 0));
	see(&c, (int64_t[]){0, 0, 0}, 0);
	node_clocks_end(&c, 1000, 5, 3);
	assert_false(node_clocks_begin(&c, 5999, 0));
	assert_true(node_clocks_begin(&c, 6000, 0));
	node_clocks_end(&c, 6000, 2000, 2); /* one was waited for in vain */
	assert_false(node_clocks_begin(&c, 20999, 0));
	assert_true(node_clocks_begin(&c, 7000, 1));
	node_clocks_end(&c, 7000, 2000, 3); /* a busy machine */
	assert_false(node_clocks_begin(&c, 11999, 1));
	assert_true(node_clocks_begin(&c, 12000, 1));
	node_clocks_end(&c, 12000, 5, 2); /* one refuses */
	assert_false(node_clocks_begin(&c, 16999, 1));
	assert_true(node_clocks_begin(&c, 17000, 1));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(measures_when_a_node_is_back),
	    cmocka_unit_test(goes_by_the_middle_one),
	    cmocka_unit_test(remembers_a_node_that_is_silent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
