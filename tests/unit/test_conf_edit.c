/* SPDX-License-Identifier: MIT */
/* Settings set by a program: what a person wrote stays. */
#include "lib/conf_edit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"

static void
check(const char *before, const char *section, const char *key,
    const char *value, const char *want)
{
	struct buf b = BUF(4096);

	conf_edit_text(before, &(struct conf_change){section, key, value}, &b);
	assert_string_equal(buf_str(&b), want);
	buf_done(&b);
}

static void
the_line_that_holds_is_replaced(void **state)
{
	(void)state;
	check("[a]\nx = 1\n", "a", "x", "2", "[a]\nx = 2\n");
	check("[a]\nx=1", "a", "x", "2", "[a]\nx = 2\n");
	check("[a]\nx = 1\n[b]\nx : 1\ny = 1\n", "b", "x", "2",
	    "[a]\nx = 1\n[b]\nx = 2\ny = 1\n");
	/* the later one wins, and an example is none */
	check("[a]\n#x = 0\nx = 1\nx = 3\nxy = 4\n", "a", "x", "2",
	    "[a]\n#x = 0\nx = 1\nx = 2\nxy = 4\n");
	check("[a]\nx = 1\n[b]\ny = 1\n[a]\nx = 3\n", "a", "x", "2",
	    "[a]\nx = 1\n[b]\ny = 1\n[a]\nx = 2\n");
	check("[a]\nx = 1\n", "a", "x", "", "[a]\nx = \n");
}

static void
else_that_of_an_example(void **state)
{
	(void)state;
	check("[a]\n# the x\n#x = 1\n# the y\n#y = 1\n", "a", "x", "2",
	    "[a]\n# the x\nx = 2\n# the y\n#y = 1\n");
	check("[b]\n#x = 1\n\n[a]\n#x = 1\n", "a", "x", "2",
	    "[b]\n#x = 1\n\n[a]\nx = 2\n");
}

static void
else_the_section_has_a_new_one(void **state)
{
	(void)state;
	check("[a]\ny = 1\n\n[b]\nx = 1\n", "a", "x", "2",
	    "[a]\ny = 1\nx = 2\n\n[b]\nx = 1\n");
	check("[a]\ny = 1", "a", "x", "2", "[a]\ny = 1\nx = 2\n");
	check("[a]\n", "a", "x", "2", "[a]\nx = 2\n");
	/* before the comment of the next one */
	check("[a]\ny = 1\n# of y\n\n# of b\n[b]\nx = 1\n", "a", "x", "2",
	    "[a]\ny = 1\n# of y\nx = 2\n\n# of b\n[b]\nx = 1\n");
	check("[a]\n\n# of y\ny = 1\n", "a", "x", "2",
	    "[a]\n\n# of y\ny = 1\nx = 2\n");
	check("[ab]\nx = 1\n", "a", "x", "2",
	    "[ab]\nx = 1\n\n[a]\nx = 2\n");
	check("# mine", "a", "x", "2", "# mine\n\n[a]\nx = 2\n");
	check("", "a", "x", "2", "[a]\nx = 2\n");
}

static void
values_are_those_that_can_be_read_again(void **state)
{
	char longest[162];

	(void)state;
	memset(longest, 'x', sizeof longest);
	longest[160] = '\0';
	assert_true(conf_edit_takes(longest));
	longest[160] = 'x';
	longest[161] = '\0';
	assert_false(conf_edit_takes(longest));
	assert_true(conf_edit_takes(""));
	assert_true(conf_edit_takes("/a b/c"));
	assert_false(conf_edit_takes(" /a"));
	assert_false(conf_edit_takes("/a "));
	assert_false(conf_edit_takes("/a ;b"));
	assert_false(conf_edit_takes("/a\nb = c"));
	assert_false(conf_edit_takes("/a\x1b[A"));
}

/* Made by write_file, read by whole_file. */
static char dir[] = "/tmp/outpost-edit-XXXXXX", path[64], link_path[64];

static void
write_file(const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0640);

	assert_true(fd >= 0);
	assert_int_equal(fchmod(fd, 0640), 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(close(fd), 0);
}

static void
a_file_keeps_its_mode_and_a_link_its_aim(void **state)
{
	static const struct conf_change changes[] = {
	    {"a", "x", "2"}, {"b", "y", "3"}};
	char text[64] = "";
	struct stat st;
	int fd;

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof path, "%s/true.conf", dir);
	(void)snprintf(link_path, sizeof link_path, "%s/link.conf", dir);
	write_file("[a]\nx = 1\n");
	assert_int_equal(symlink(path, link_path), 0);
	assert_null(conf_edit(link_path, changes, 2));
	assert_int_equal(lstat(link_path, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	fd = open(path, O_RDONLY);
	assert_true(read(fd, text, sizeof text - 1) > 0);
	(void)close(fd);
	assert_string_equal(text, "[a]\nx = 2\n\n[b]\ny = 3\n");
	(void)unlink(link_path);
	(void)unlink(path);
	assert_non_null(conf_edit(path, changes, 2));
	(void)rmdir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_line_that_holds_is_replaced),
		cmocka_unit_test(else_that_of_an_example),
		cmocka_unit_test(else_the_section_has_a_new_one),
		cmocka_unit_test(values_are_those_that_can_be_read_again),
		cmocka_unit_test(a_file_keeps_its_mode_and_a_link_its_aim),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
