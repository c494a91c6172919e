/* SPDX-License-Identifier: MIT */
/* The .env file of a site: lines as people write them. */
#include "lib/env_file.h"

#include <stdlib.h>
#include <unistd.h>

#include "lib/mem.h"

#include "unit.h"

static const char *const names[] = {"DB_PASSWORD", "APP_URL"};

static char path[] = "/tmp/outpost-env-XXXXXX";

static const struct err *
read_text(struct arena *a, const char *text, const char **values)
{
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	assert_int_not_equal(fputs(text, f), EOF);
	assert_int_equal(fclose(f), 0);
	return env_file_read(a, path, names, nitems(names), values);
}

static const struct {
	const char *line, *password; /* NULL: none */
} lines[] = {
    {"DB_PASSWORD=secret\n", "secret"},
    {"DB_PASSWORD=secret", "secret"},
    {"export DB_PASSWORD=secret\r\n", "secret"},
    {"  DB_PASSWORD=  secret  \n", "secret"},
    {"DB_PASSWORD=a # a remark\n", "a"},
    {"DB_PASSWORD=a#b\n", "a"},
    {"DB_PASSWORD= # a remark\n", NULL},
    {"DB_PASSWORD=\"a b # \\\"c\\\" \\\\d\" # remark\n", "a b # \"c\" \\d"},
    {"DB_PASSWORD='a b \\n # c'\n", "a b \\n # c"},
    {"DB_PASSWORD='open\n", "open\n"},
    {"DB_PASSWORD=a=b\n", "a=b"},
    {"DB_PASSWORD=\n", NULL},
    {"DB_PASSWORD=\"\"\n", NULL},
    {"#DB_PASSWORD=no\n", NULL},
    {"DB_PASSWORD\n", NULL},
    {"DB_PASSWORDS=no\nXDB_PASSWORD=no\n", NULL},
    {"DB_PASSWORD=first\nDB_PASSWORD=last\n", "last"},
    {"", NULL},
};

static void
each_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < nitems(lines); i++) {
		struct arena *a = arena_new();
		const char *values[nitems(names)];

		assert_null(read_text(a, lines[i].line, values));
		assert_null(values[1]);
		if (lines[i].password == NULL)
			assert_null(values[0]);
		else if (values[0] == NULL ||
		    strcmp(values[0], lines[i].password) != 0)
			fail_msg("%s: \"%s\"", lines[i].line, values[0]);
		arena_free(a);
	}
}

static void
what_is_no_such_file(void **state)
{
	const size_t size = 100000;
	char *line = calloc(1, size + 1);
	const char *values[nitems(names)];
	struct arena *a = arena_new();
	const struct err *e;

	(void)state;
	assert_non_null(line);
	memset(line, 'x', size);
	e = read_text(a, line, values);
	assert_non_null(e);
	assert_int_equal(e->code, ERR_TOOBIG);
	assert_null(strstr(e->text, "xxx"));
	e = env_file_read(a, "/nonexistent/.env", names, nitems(names),
	    values);
	assert_non_null(e);
	assert_int_equal(e->code, ERR_MISSING);
	arena_free(a);
	free(line);
}

static int
make_file(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return fd < 0 || close(fd) != 0;
}

static int
remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(each_line),
	    cmocka_unit_test(what_is_no_such_file)};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
