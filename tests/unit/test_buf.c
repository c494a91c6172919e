/* SPDX-License-Identifier: MIT */
#include "lib/buf.h"

#include "unit.h"

static void
grows_to_its_maximum(void **state)
{
	struct buf b = BUF(1000);

	(void)state;
	assert_string_equal(buf_str(&b), "");
	for (int i = 0; i < 1000; i++)
		assert_true(buf_add(&b, "x", 1));
	assert_int_equal(b.len, 1000);
	assert_false(b.overflowed);
	assert_int_equal(strlen(b.data), 1000);
	buf_done(&b);
	assert_null(b.data);
	assert_true(buf_text(&b, "again"));
	buf_done(&b);
}

static void
overflow_sticks(void **state)
{
	struct buf b = BUF(8);

	(void)state;
	assert_true(buf_text(&b, "12345"));
	assert_false(buf_text(&b, "6789"));
	assert_string_equal(buf_str(&b), "12345");
	assert_true(b.overflowed);
	assert_false(buf_text(&b, "6"));
	assert_false(buf_fmt(&b, "%d", 6));
	buf_reset(&b);
	assert_false(b.overflowed);
	assert_true(buf_fmt(&b, "%s", "12345678"));
	assert_false(buf_add(&b, "", 1));
	assert_int_equal(b.len, 8);
	buf_done(&b);
}

static void
a_huge_length_does_not_wrap(void **state)
{
	struct buf b = BUF(8);

	(void)state;
	assert_true(buf_text(&b, "1234"));
	assert_false(buf_add(&b, "x", SIZE_MAX - 2));
	assert_int_equal(b.len, 4);
	buf_done(&b);
}

static void
formats_and_drops(void **state)
{
	struct buf b = BUF(4096);

	(void)state;
	assert_true(buf_fmt(&b, "%s-%d", "abc", 7));
	assert_string_equal(buf_str(&b), "abc-7");
	buf_drop(&b, 4);
	assert_string_equal(buf_str(&b), "7");
	buf_drop(&b, 100);
	assert_string_equal(buf_str(&b), "");
	assert_true(buf_fmt(&b, "%2000d", 1));
	assert_int_equal(b.len, 2000);
	assert_true(buf_add(&b, "\0\0", 2));
	assert_int_equal(b.len, 2002);
	buf_done(&b);
}

static void
writes_numbers(void **state)
{
	struct buf b = BUF(48);

	(void)state;
	assert_true(buf_int(&b, 0));
	assert_true(buf_int(&b, -7));
	assert_true(buf_int(&b, INT64_MIN));
	assert_true(buf_int(&b, INT64_MAX));
	assert_string_equal(buf_str(&b),
	    "0-7-92233720368547758089223372036854775807");
	assert_true(buf_int(&b, 100000));
	assert_false(buf_int(&b, 10));
	assert_true(b.overflowed);
	buf_done(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(grows_to_its_maximum),
	    cmocka_unit_test(overflow_sticks),
	    cmocka_unit_test(a_huge_length_does_not_wrap),
	    cmocka_unit_test(formats_and_drops),
	    cmocka_unit_test(writes_numbers),
	};

	return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
