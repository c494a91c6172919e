/* SPDX-License-Identifier: MIT */
#include "cli/table.h"

#include <stdlib.h>

#include "unit.h"

static const struct table_column pets[] = {
    {"PET"}, {"LEGS", true}, {"WHAT IT SAYS"}, {NULL}};
static const struct table_column plain[] = {{""}, {""}, {NULL}};

/* What the table looks like; the caller frees it. */
static char *
written(const struct table *t, size_t indent, size_t width)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	table_write(t, out, indent, width);
	(void)fclose(out);
	return text;
}

static void
check(const struct table *t, size_t indent, size_t width, const char *want)
{
	char *text = written(t, indent, width);

	assert_string_equal(text, want);
	free(text);
}

static void
columns_fit_their_cells(void **state)
{
	struct arena *a = arena_new();
	struct table *t = table_new(a, pets);

	(void)state;
	check(t, 0, 0, "PET  LEGS  WHAT IT SAYS\n");
	table_put(t, "cat");
	table_put_count(t, 4);
	table_put(t, "meow");
	table_put(t, "centipede");
	table_put_count(t, 100000);
	table_put(t, NULL);
	table_put_fmt(t, "%s %d", "fish", 1);
	table_put_count(t, 0);
	table_put(t, "");
	check(t, 0, 0,
	    "PET          LEGS  WHAT IT SAYS\n"
	    "cat             4  meow\n"
	    "centipede  100000  -\n"
	    "fish 1          0  -\n");
	arena_free(a);
}

static void
narrow_terminals(void **state)
{
	struct arena *a = arena_new();
	struct table *t = table_new(a, pets);

	(void)state;
	table_put(t, "abcdefghijklmno");
	table_put_count(t, 1234567);
	table_put(t, "a long way to say nothing");
	table_put(t, "cow");
	table_put_count(t, 4);
	table_put(t, "moo");
	/* exactly wide enough */
	check(t, 0, 51,
	    "PET                 LEGS  WHAT IT SAYS\n"
	    "abcdefghijklmno  1234567  a long way to say nothing\n"
	    "cow                    4  moo\n");
	/* only the widest gives way, at a blank */
	check(t, 0, 44,
	    "PET                 LEGS  WHAT IT SAYS\n"
	    "abcdefghijklmno  1234567  a long way to say\n"
	    "                          nothing\n"
	    "cow                    4  moo\n");
	/* as far as no word is broken */
	check(t, 2, 35,
	    "  PET                 LEGS  WHAT IT\n"
	    "                            SAYS\n"
	    "  abcdefghijklmno  1234567  a long\n"
	    "                            way to\n"
	    "                            say\n"
	    "                            nothing\n"
	    "  cow                    4  moo\n");
	/* else each row stands by itself */
	check(t, 2, 34,
	    "  PET           abcdefghijklmno\n"
	    "  LEGS          1234567\n"
	    "  WHAT IT SAYS  a long way to say\n"
	    "                nothing\n"
	    "\n"
	    "  PET           cow\n"
	    "  LEGS          4\n"
	    "  WHAT IT SAYS  moo\n");
	arena_free(a);
}

/* Ids and paths may end a line behind their marks; a word that is too long for
 * any line is broken. */
static void
marks(void **state)
{
	struct arena *a = arena_new();
	struct table *t = table_new(a, pets);

	(void)state;
	table_put(t, "8f6f3a52-2c37-4b43-8a35");
	table_put_count(t, 4);
	table_put(t, "/var/lib/pets/cat");
	check(t, 0, 32,
	    "PET           LEGS  WHAT IT SAYS\n"
	    "8f6f3a52-        4  /var/lib/\n"
	    "2c37-4b43-          pets/cat\n"
	    "8a35\n");
	table_put(t, "abcdefghijklmnopqrstuvwxyz");
	table_put_count(t, 4);
	table_put(t, "no");
	check(t, 0, 30,
	    "PET           8f6f3a52-2c37-\n"
	    "              4b43-8a35\n"
	    "LEGS          4\n"
	    "WHAT IT SAYS  /var/lib/pets/\n"
	    "              cat\n"
	    "\n"
	    "PET           abcdefghijklmnop\n"
	    "              qrstuvwxyz\n"
	    "LEGS          4\n"
	    "WHAT IT SAYS  no\n");
	arena_free(a);
}

static void
characters(void **state)
{
	struct arena *a = arena_new();
	struct table *t = table_new(a, plain);

	(void)state;
	table_put(t, "\xc5\xbd\xc3\xb4\xc5\xbe"); /* three, of two bytes each */
	table_put(t, "one");
	table_put(t, "\x1b[2J\n\x7f");
	table_put(t, "\xc2\x9b" "2J");
	check(t, 0, 0,
	    "\xc5\xbd\xc3\xb4\xc5\xbe     one\n"
	    "?[2J??  ??2J\n");
	arena_free(a);
}

static void
many_rows(void **state)
{
	struct arena *a = arena_new();
	struct table *t = table_new(a, plain);
	char *text;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		table_put_fmt(t, "%d", i);
		table_put(t, "x");
	}
	text = written(t, 0, 0);
	assert_true(strstr(text, "\n999  x\n") != NULL);
	assert_true(strncmp(text, "0    x\n1    x\n", 14) == 0);
	free(text);
	arena_free(a);
}

static void
widths(void **state)
{
	(void)state;
	assert_int_equal(setenv("COLUMNS", "57", 1), 0);
	assert_int_equal(table_width(), 57);
	assert_int_equal(setenv("COLUMNS", "0", 1), 0);
	assert_int_equal(table_width(), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(columns_fit_their_cells),
	    cmocka_unit_test(narrow_terminals),
	    cmocka_unit_test(marks),
	    cmocka_unit_test(characters),
	    cmocka_unit_test(many_rows),
	    cmocka_unit_test(widths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
