/* SPDX-License-Identifier: MIT */
#include "lib/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "unit.h"

#define AUGUST 1661466898702 /* 2022-08-25T22:34:58.702Z */

static void
writes(void **state)
{
	static const struct {
		int64_t ms;
		const char *iso, *instant, *sql;
	} rows[] = {
	    {AUGUST, "2022-08-25T22:34:58.702+00:00",
		"2022-08-25T22:34:58.702Z", "2022-08-25 22:34:58.702"},
	    {1476271204000, "2016-10-12T11:20:04.000+00:00",
		"2016-10-12T11:20:04Z", "2016-10-12 11:20:04.000"},
	    {0, "1970-01-01T00:00:00.000+00:00", "1970-01-01T00:00:00Z",
		"1970-01-01 00:00:00.000"},
	    {-1, "1969-12-31T23:59:59.999+00:00", "1969-12-31T23:59:59.999Z",
		"1969-12-31 23:59:59.999"},
	    {1709164800000, "2024-02-29T00:00:00.000+00:00",
		"2024-02-29T00:00:00Z", "2024-02-29 00:00:00.000"}};
	char text[CLOCK_TEXT];

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++) {
		clock_iso(rows[i].ms, "+00:00", text);
		assert_string_equal(text, rows[i].iso);
		clock_instant(rows[i].ms, text);
		assert_string_equal(text, rows[i].instant);
		clock_sql(rows[i].ms, text);
		assert_string_equal(text, rows[i].sql);
	}
	clock_iso(AUGUST, "+0000", text);
	assert_string_equal(text, "2022-08-25T22:34:58.702+0000");
}

/* Noon of each day from the year 1 to 9999, beside the C library. */
static void
writes_each_day(void **state)
{
	const int64_t first = -62135596800, last = 253402300799;

	(void)state;
	for (int64_t s = first + 43200; s <= last; s += 86400) {
		time_t t = (time_t)s;
		char text[CLOCK_TEXT], wanted[CLOCK_TEXT + 50];
		struct tm tm;

		(void)gmtime_r(&t, &tm);
		(void)snprintf(wanted, sizeof wanted,
		    "%04d-%02d-%02d 12:00:00.007", tm.tm_year + 1900,
		    tm.tm_mon + 1, tm.tm_mday);
		clock_sql(s * 1000 + 7, text);
		CHECK(wanted, strcmp(text, wanted) == 0);
	}
}

static void
reads(void **state)
{
	static const struct {
		const char *text;
		int64_t ms;
	} rows[] = {
	    {"2022-08-25T22:34:58.702Z", AUGUST},
	    {"2022-08-25T22:34:58.702+00:00", AUGUST},
	    {"2022-08-25T22:34:58.702+0000", AUGUST},
	    {"2022-08-26T00:34:58.702+02:00", AUGUST},
	    {"2022-08-25T17:04:58.702-0530", AUGUST},
	    {"2022-08-25T22:34:58.702999Z", AUGUST},
	    {"2016-10-12T11:20:04Z", 1476271204000},
	    {"2024-02-29T00:00:00Z", 1709164800000}};

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++) {
		int64_t ms = -7;

		CHECK(rows[i].text, clock_parse(rows[i].text, &ms));
		CHECK(rows[i].text, ms == rows[i].ms);
	}
}

static void
of_date(void **state)
{
	static const struct {
		struct clock_date date;
		int64_t ms;
	} rows[] = {
	    {{1970, 1, 1, 0, 0, 0, 0}, 0},
	    {{1969, 12, 31, 23, 59, 59, 999}, -1},
	    {{2022, 8, 25, 22, 34, 58, 702}, AUGUST},
	    {{2016, 10, 12, 11, 20, 4, 0}, 1476271204000},
	    {{2024, 2, 29, 0, 0, 0, 0}, 1709164800000},
	    {{2024, 3, 1, 0, 0, 0, 0}, 1709251200000},
	    {{2000, 2, 29, 0, 0, 0, 0}, 951782400000},
	    {{2100, 2, 28, 0, 0, 0, 0}, 4107456000000},
	    {{2100, 3, 1, 0, 0, 0, 0}, 4107542400000},
	    {{9999, 12, 31, 23, 59, 59, 999}, 253402300799999},
	    {{1, 1, 1, 0, 0, 0, 0}, -62135596800000},
	    {{0, 0, 0, 0, 0, 0, 0}, 0}};

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++)
		assert_int_equal(clock_of_date(&rows[i].date), rows[i].ms);
}

static void
refuses(void **state)
{
	static const char *const rows[] = {"", "2022-08-25",
	    "2022-08-25T22:34:58", "2022-08-25T22:34:58.702",
	    "2022-08-25 22:34:58Z", "2022-8-25T22:34:58Z",
	    "2022-13-25T22:34:58Z", "2022-00-25T22:34:58Z",
	    "2022-02-30T00:00:00Z", "2023-02-29T00:00:00Z",
	    "2022-08-25T24:00:00Z", "2022-08-25T22:60:58Z",
	    "2022-08-25T22:34:58.Z", "2022-08-25T22:34:58z",
	    "2022-08-25T22:34:58Zx", "2022-08-25T22:34:58+2",
	    "2022-08-25T22:34:58+25:00", "2022-08-25T22:34:58+02:0",
	    "1661466898702", "+2022-08-25T22:34:58Z",
	    "0000-01-01T00:00:00Z"};

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++) {
		int64_t ms = 7;

		CHECK(rows[i], !clock_parse(rows[i], &ms));
		CHECK(rows[i], ms == 7);
	}
}

static void
stands_still(void **state)
{
	int64_t before;

	(void)state;
	clock_set(AUGUST);
	assert_int_equal(clock_now_ms(), AUGUST);
	assert_int_equal(clock_mono_ms(), AUGUST);
	clock_set(0);
	assert_true(clock_now_ms() > AUGUST);
	before = clock_mono_us();
	assert_true(clock_mono_us() >= before);
}

/* An answer cut to milliseconds, half of its way gone: the middle, but a
 * base that it does not contradict is as good. */
static void
base(void **state)
{
	static const struct {
		const char *what;
		int64_t base, asked, said, heard, wanted;
	} rows[] = {
		/* clang-format off */
		{"the first: half of 10 ms",	0,    100, 5000, 110, 4895},
		{"at once",			0,    100, 5000, 100, 4900},
		{"nothing against the old",	4893, 100, 5000, 110, 4893},
		{"at the low end",		4890, 100, 5000, 110, 4890},
		{"at the high end",		4901, 100, 5000, 110, 4901},
		{"below it",			4889, 100, 5000, 110, 4895},
		{"above it",			4902, 100, 5000, 110, 4895},
		{"slow, and the old was quick",	4900, 100, 5000, 9100, 4900},
		{"that clock was set back",	4900, 100, 3000, 110, 2895},
		{"before 1970 by our count",	0,    9000, 5000, 9000, -4000},
		/* clang-format on */
	};

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++)
		CHECK(rows[i].what, clock_base(rows[i].base, rows[i].asked,
		    rows[i].said, rows[i].heard) == rows[i].wanted);
}

/* A database whose clock is an hour behind ours. */
static void
hears(void **state)
{
	int64_t asked = clock_mono_ms(), said = clock_local_ms() - 3600000;

	(void)state;
	assert_true(clock_is_stale());
	assert_true(llabs(clock_ahead_ms()) < 1000);
	clock_hear(asked, said);
	assert_false(clock_is_stale());
	assert_true(llabs(clock_ahead_ms() - 3600000) < 1000);
	assert_true(clock_now_ms() < clock_local_ms() - 3590000);
	clock_set(AUGUST); /* a test's time stands all the same */
	assert_int_equal(clock_now_ms(), AUGUST);
	clock_set(0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(writes),
	    cmocka_unit_test(writes_each_day),
	    cmocka_unit_test(reads),
	    cmocka_unit_test(of_date),
	    cmocka_unit_test(refuses),
	    cmocka_unit_test(stands_still),
	    cmocka_unit_test(base),
	    cmocka_unit_test(hears), /* last: it is heard from then on */
	};

	return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
