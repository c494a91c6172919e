/* SPDX-License-Identifier: MIT */
/* CSV and the times in it, as databases write both. */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/csv.h"
#include "lib/zone.h"

/* Read a whole text: "|" behind each cell, ";" behind each row, then the error
 * without the name of the file. */
static const char *
read_all(const char *text, struct buf *out)
{
	char path[] = "/tmp/test_csv.XXXXXX";
	const struct csv_row *row = NULL;
	const struct err *e;
	struct csv *c;
	int fd = mkstemp(path);

	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	(void)close(fd);
	buf_reset(out);
	if ((e = csv_open(path, &c)) == NULL)
		row = csv_names(c);
	while (e == NULL && row != NULL) {
		for (unsigned i = 0; i < row->n; i++)
			(void)buf_fmt(out, "%s|", row->cells[i].data);
		(void)buf_text(out, ";");
		e = csv_next(c, &row);
	}
	if (e != NULL)
		(void)buf_text(out, e->text + strlen(path));
	csv_close(c);
	(void)unlink(path);
	return buf_str(out);
}

static void
test_rows(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
	    {"a,b\n1,2\n", "a|b|;1|2|;"},
	    {"a,b\r\n1,\r\n", "a|b|;1||;"},
	    {"\xef\xbb\xbf\"A\",\"B\"\n\n\"x,\n\"\"y\"\"\",\"\"\n",
		"A|B|;x,\n\"y\"||;"},
	    {"a\n\"1\r\n2\"\n", "a|;1\r\n2|;"},
	    {"", ":1: there is no line that names the columns"},
	    {"\n\n", ":1: there is no line that names the columns"},
	    {"a,b\n1,2", "a|b|;:2: the last line does not end: the file is "
		"cut"},
	    {"a,b\n1,2\n\"3\n4", "a|b|;1|2|;:3: the quote that opens in this "
		"line is never closed: the file is cut"},
	    {"a,b\n\"1\n\",2\n3\n", "a|b|;1\n|2|;:4: the row has 1 cells, and "
		"there are 2 columns"},
	    {"a\n\xff\n", "a|;:2: this is not UTF-8"},
	    {"a\n1\"2\n", "a|;:2: a quote inside a cell that does not begin "
		"with one"},
	    {"a\n\"1\"2\n", "a|;:2: text behind a closing quote"},
	    {"a\n1\r2\n", "a|;:2: a carriage return without a line feed, "
		"outside of quotes"}};
	struct buf out = BUF(4096);

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++)
		assert_string_equal(read_all(rows[i].text, &out),
		    rows[i].want);
	buf_done(&out);
}

static void
test_times(void **state)
{
	static const struct {
		const char *zone, *text;
		int64_t ms; /* -1: refused */
	} rows[] = {
	    {"UTC", "2024-01-31 12:00:00", 1706702400000},
	    {"UTC", "2024-01-31T12:00:00.123456", 1706702400123},
	    {"+02:00", "2024-01-31 12:00:00.5", 1706695200500},
	    {"-0330", "2024-01-31 12:00:00", 1706715000000},
	    {"Europe/Prague", "2024-01-31 12:00:00", 1706698800000},
	    {"Europe/Prague", "2024-07-31 12:00:00.1234567", 1722420000123},
	    {"Europe/Prague", "2024-01-31 12:00:00+00", 1706702400000},
	    {"Europe/Prague", "2024-01-31 12:00:00 +01:00", 1706698800000},
	    {"Europe/Prague", "2024-01-31 12:00:00Z", 1706702400000},
	    {"UTC", "9999-12-31 23:59:59", 253402300799000},
	    {"UTC", "1969-12-31 23:59:59", -1},
	    {"UTC", "2024-02-30 12:00:00", -1},
	    {"UTC", "2024-01-31", -1},
	    {"UTC", "2024-01-31 24:00:00", -1},
	    {"UTC", "2024-01-31 12:00:00 CET", -1},
	    {"UTC", "31.01.2024 12:00", -1}};
	int64_t ms;

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++) {
		assert_null(zone_set(rows[i].zone));
		ms = -1;
		if (!zone_parse(rows[i].text, &ms))
			ms = -1;
		CHECK(rows[i].text, ms == rows[i].ms);
	}
	assert_non_null(zone_set("Nowhere/Atall"));
	assert_non_null(zone_set("../../etc/passwd"));
	assert_non_null(zone_set("Europe"));
	assert_non_null(zone_set(""));
}

static void
test_no_file(void **state)
{
	struct csv *c;
	const struct err *e = csv_open("/dev/null", &c);

	(void)state;
	assert_non_null(e);
	assert_string_equal(e->text, "/dev/null is not a regular file");
	assert_null(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rows),
	    cmocka_unit_test(test_times),
	    cmocka_unit_test(test_no_file)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
