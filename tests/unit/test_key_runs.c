/* SPDX-License-Identifier: MIT */
#include "db/key_runs.h"

#include "unit.h"

#define MAX 16

/* The ids of a run, each once, whatever the order of the keys: "shard.lane@due
 * first-last/step" of each run. */
static void
divides(void **state)
{
	static const struct {
		const char *what, *runs;
		struct outbox_key keys[MAX];
		size_t n;
	} rows[] = {
	    {"nothing", "", {{0}}, 0},
	    {"one", "1.0@5 7-7/1 ", {{1, 0, 5, 7}}, 1},
	    {"each id", "1.0@5 7-10/1 ",
		{{1, 0, 5, 9}, {1, 0, 5, 7}, {1, 0, 5, 8}, {1, 0, 5, 10}}, 4},
	    {"every second id", "1.0@5 7-13/2 ",
		{{1, 0, 5, 7}, {1, 0, 5, 9}, {1, 0, 5, 11}, {1, 0, 5, 13}}, 4},
	    {"one is missing", "1.0@5 7-9/2 1.0@5 13-15/2 ",
		{{1, 0, 5, 7}, {1, 0, 5, 9}, {1, 0, 5, 13}, {1, 0, 5, 15}}, 4},
	    {"the step changes", "1.0@5 7-8/1 1.0@5 10-12/2 ",
		{{1, 0, 5, 7}, {1, 0, 5, 8}, {1, 0, 5, 10}, {1, 0, 5, 12}}, 4},
	    {"far apart", "1.0@5 7-7/1 1.0@5 10-10/1 1.0@5 13-13/1 ",
		{{1, 0, 5, 7}, {1, 0, 5, 10}, {1, 0, 5, 13}}, 3},
	    {"twice", "1.0@5 7-7/1 1.0@5 7-8/1 ",
		{{1, 0, 5, 7}, {1, 0, 5, 8}, {1, 0, 5, 7}}, 3},
	    {"other shard, lane and time",
		"1.0@5 7-7/1 1.0@6 8-8/1 1.1@5 8-8/1 2.0@5 8-9/1 ",
		{{2, 0, 5, 8}, {1, 0, 5, 7}, {1, 1, 5, 8}, {1, 0, 6, 8},
		    {2, 0, 5, 9}}, 5},
	};

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++) {
		struct outbox_key keys[MAX];
		struct key_run runs[MAX];
		struct buf b = BUF(1000);
		size_t n;

		memcpy(keys, rows[i].keys, sizeof keys);
		n = key_runs(keys, rows[i].n, runs);
		for (size_t k = 0; k < n; k++)
			(void)buf_fmt(&b, "%u.%u@%lld %llu-%llu/%llu ",
			    runs[k].first.shard, runs[k].first.lane,
			    (long long)runs[k].first.due_ms,
			    (unsigned long long)runs[k].first.id,
			    (unsigned long long)runs[k].last,
			    (unsigned long long)runs[k].step);
		CHECK(rows[i].what, strcmp(buf_str(&b), rows[i].runs) == 0);
		buf_done(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(divides)};

	return cmocka_run_group_tests_name("key_runs", tests, NULL, NULL);
}
