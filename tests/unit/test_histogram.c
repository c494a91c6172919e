/* SPDX-License-Identifier: MIT */
/* What part of the values of a histogram is below what. */
#include "core/histogram.h"

#include "unit.h"

static const struct histogram_kind kind = {"x", 4, {10, 20, 40}};

static void
test_quantiles(void **state)
{
	/* clang-format off */
	static const struct {
		const char *name;
		uint64_t n[4];
		double part;
		int64_t value;
	} rows[] = {
		{"nothing",		 {0, 0, 0, 0}, 0.5, 0},
		{"half of a bucket",	 {10, 0, 0, 0}, 0.5, 5},
		{"all of it",		 {10, 0, 0, 0}, 1, 10},
		{"none of it",		 {10, 0, 0, 0}, 0, 0},
		{"the second bucket",	 {5, 10, 0, 0}, 0.5, 12},
		{"behind an empty one",	 {1, 0, 1, 0}, 0.75, 30},
		{"at a bound",		 {1, 0, 1, 0}, 0.5, 10},
		{"above all bounds",	 {1, 0, 0, 9}, 0.5, 40},
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++) {
		struct histogram h = {0};

		memcpy(h.n, rows[i].n, sizeof rows[i].n);
		CHECK(rows[i].name, histogram_quantile(&h, &kind,
		    rows[i].part) == rows[i].value);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_quantiles)};

	return cmocka_run_group_tests_name("histogram", tests, NULL, NULL);
}
