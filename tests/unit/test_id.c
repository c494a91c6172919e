/* SPDX-License-Identifier: MIT */
#include "lib/id.h"

#include <stdlib.h>

#include "lib/clock.h"
#include "unit.h"

#define NOW_MS 1767225600000 /* 2026-01-01T00:00:00Z */

static void
ordered_and_unlike(void **state)
{
	uint64_t before = 0;

	(void)state;
	for (int i = 0; i < 100000; i++) {
		uint64_t id = id_new();

		assert_true(id > before);
		assert_true(id <= INT64_MAX);
		before = id;
	}
}

static void
carries_its_second(void **state)
{
	uint64_t a, b;

	(void)state;
	clock_set(NOW_MS + 1000000000000);
	a = id_new();
	assert_int_equal(a >> 31, (NOW_MS + 1000000000000) / 1000);
	assert_int_equal(id_second(a), (NOW_MS + 1000000000000) / 1000);
	assert_true(id_of_second(id_second(a)) <= a);
	assert_true(id_of_second(id_second(a) + 1) > a);
	clock_set(NOW_MS); /* a clock set back must not repeat numbers */
	b = id_new();
	assert_true(b > a);
	clock_set(0);
}

static void
ranges_do_not_overlap(void **state)
{
	uint64_t end = 0;

	(void)state;
	/* a second has room for some thousand of these; then the next one
	 * is taken in advance */
	for (int i = 0; i < 5000; i++) {
		uint64_t first = id_range((1u << 20) - 1);

		assert_true(first >= end);
		end = first + (1u << 20) - 1;
		assert_int_equal(first >> 31, (end - 1) >> 31);
	}
}

static bool
is_uuid(const char *s)
{
	if (strlen(s) != 36 || s[14] != '4' || strchr("89ab", s[19]) == NULL)
		return false;
	for (int i = 0; i < 36; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (strchr(dash ? "-" : "0123456789abcdef", s[i]) == NULL)
			return false;
	}
	return true;
}

static int
compare(const void *a, const void *b)
{
	return memcmp(a, b, ID_UUID);
}

static void
uuids(void **state)
{
	static char all[64][ID_UUID];
	char a[ID_UUID], b[ID_UUID];

	(void)state;
	id_uuid(a);
	id_uuid(b);
	assert_true(is_uuid(a));
	assert_string_not_equal(a, b);
	/* each bit of a number counts, and the same number gives the same */
	for (int bit = 0; bit < 63; bit++) {
		id_uuid_of(UINT64_C(1) << bit, all[bit]);
		assert_true(is_uuid(all[bit]));
		id_uuid_of(UINT64_C(1) << bit, a);
		assert_string_equal(all[bit], a);
	}
	id_uuid_of(0, all[63]);
	qsort(all, 64, sizeof all[0], compare);
	for (int i = 1; i < 64; i++)
		assert_string_not_equal(all[i - 1], all[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(ordered_and_unlike),
	    cmocka_unit_test(ranges_do_not_overlap),
	    cmocka_unit_test(carries_its_second),
	    cmocka_unit_test(uuids),
	};

	return cmocka_run_group_tests_name("id", tests, NULL, NULL);
}
