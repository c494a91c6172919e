/* SPDX-License-Identifier: MIT */
/* When is a row that is due and not in hand one that nobody reads? */
#include "sendd/overdue.h"

#include "unit.h"

#define LOOKS 6

struct look {
	unsigned id, due, passes, admitted;
	bool full, missed; /* no room; what is to be said then */
};

static const struct {
	const char *what;
	struct look looks[LOOKS];
} rows[] = {
	/* clang-format off */
	{"FROM_UNIXTIME(0): each read is whole, and empty",
	    {{7, 1, 10}, {7, 1, 50}, {7, 1, 90, 0, false, true}, {7, 1, 95, 0, false, true}}},
	{"one row that admission skips, among many",
	    {{7, 1, 10, 100}, {7, 1, 15, 900}, {7, 1, 19, 1700, false, true}}},
	{"the same while there is no room",
	    {{7, 1, 10, 100, true}, {7, 1, 15, 900, true}, {7, 1, 19, 1700, true, true}}},
	{"only the pass that was under way when it came",
	    {{7, 1, 10, 5}, {7, 1, 11, 6}, {7, 1, 11, 7}, {7, 1, 11, 8}}},
	{"it waits its turn, and is read and sent while the third look lasts",
	    {{7, 1, 10, 100}, {7, 1, 10, 900}, {7, 1, 14, 1700}, {0, 0, 20}}},
	{"it waits, and is skipped after the second look",
	    {{7, 1, 10, 100}, {7, 1, 11, 900}, {7, 1, 14, 1700}, {7, 1, 14, 1800, false, true}}},
	{"reading fails for ever: no pass, no row",
	    {{7, 1}, {7, 1}, {7, 1, 0, 0, false, true}, {7, 1, 0, 0, false, true}}},
	{"no room for a long time",
	    {{7, 1, 3, 40, true}, {7, 1, 3, 40, true}, {7, 1, 3, 40, true}, {7, 1, 3, 40, true}}},
	{"room once in a while, and none taken then",
	    {{7, 1, 3, 40, true}, {7, 1, 3, 40, false}, {7, 1, 3, 40, true}, {7, 1, 3, 40, false}}},
	{"a backlog is being worked off, lane 1 behind lane 0",
	    {{7, 1, 3, 10}, {7, 1, 3, 20}, {7, 1, 3, 30}, {7, 1, 3, 40}, {7, 1, 3, 50}}},
	{"each look sees another row",
	    {{1, 1, 10}, {2, 1, 20}, {3, 1, 30}, {4, 1, 40}, {5, 1, 50}}},
	{"one row, due anew each time: it is tried",
	    {{7, 1, 10}, {7, 2, 20}, {7, 3, 30}, {7, 4, 40}, {7, 5, 50}}},
	{"it is read after all",
	    {{7, 1, 10}, {7, 1, 20}, {7, 1, 30, 0, false, true}, {0, 0, 40}, {7, 1, 50}}},
	{"nothing is due", {{0}, {0}, {0}, {0}, {0}}},
	/* clang-format on */
};

static void
judges(void **state)
{
	(void)state;
	for (size_t i = 0; i < nitems(rows); i++) {
		struct overdue o = {0};

		for (size_t k = 0; k < LOOKS; k++) {
			const struct look *l = &rows[i].looks[k];
			struct outbox_due row = {.id = l->id};

			if (k > 0 && l->id == 0 && l->passes == 0)
				break;
			(void)snprintf(row.due, sizeof row.due, "%u", l->due);
			overdue_judge(&o, &row, &(struct overdue_pace){
			    l->passes, l->admitted, !l->full});
			CHECK(rows[i].what, o.missed == l->missed);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(judges)};

	return cmocka_run_group_tests_name("overdue", tests, NULL, NULL);
}
