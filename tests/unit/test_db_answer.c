/* SPDX-License-Identifier: MIT */
/* Which bytes from MariaDB are taken for "done" before they are read. */
#include "tests/unit/unit.h"

#include "db/db_part.h"

#define NO_COUNTS "\0\0\0\2\0\0\0" /* rows, id, autocommit, warnings */

static const struct {
	const char *what, *bytes;
	size_t n;
	bool is_ok;
} cases[] = {
    {"done", "\7\0\0\1" NO_COUNTS, 11, true},
    {"done, with a text", "\11\0\0\1" NO_COUNTS "\1x", 13, true},
    {"not all of it", "\7\0\0\1" NO_COUNTS, 10, false},
    {"something behind it", "\7\0\0\1" NO_COUNTS "\1", 12, false},
    {"a long one, not all of it", "\7\1\0\1" NO_COUNTS, 11, false},
    {"a longer one", "\7\0\1\1" NO_COUNTS, 11, false},
    {"an error", "\5\0\0\1\377\275\4#4", 9, false},
    {"rows", "\1\0\0\1\1", 5, false},
    {"the end of rows", "\5\0\0\1\376\0\0\2\0", 9, false},
    {"nothing in it", "\0\0\0\1", 4, false},
    {"the beginning", "\7\0\0", 3, false},
    {"nothing", "", 0, false},
    {"TLS", "\27\3\3\0\2xy", 7, false},
};

static void
is_done(void **state)
{
	(void)state;
	for (size_t i = 0; i < nitems(cases); i++)
		CHECK(cases[i].what, db_is_ok_packet(
		    (const unsigned char *)cases[i].bytes, cases[i].n) ==
		    cases[i].is_ok);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(is_done)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
