/* SPDX-License-Identifier: MIT */
/* Which earlier life is proven to be over, and which is not. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <linux/magic.h>

#include <cmocka.h>

#include "sendd/instance_lock.h"

static char dir[] = "build/test-life-XXXXXX";
static char path[64], lock[72];

static int
make_place(void **state)
{
	(void)state;
	if (mkdtemp(dir) == NULL)
		return -1;
	(void)snprintf(path, sizeof path, "%s/sock", dir);
	(void)snprintf(lock, sizeof lock, "%s.lock", path);
	return 0;
}

static int
leave_place(void **state)
{
	(void)state;
	(void)unlink(lock);
	return rmdir(dir);
}

static void
put_note(const char *text)
{
	int fd = open(lock, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	(void)close(fd);
}

static void
open_it(struct instance_lock *l)
{
	const struct err *e = instance_lock_open(l, path);

	assert_null(e);
}

static void
test_two_lives(void **state)
{
	struct instance_lock l, second;
	const struct err *e;
	struct stat st;

	(void)state;
	open_it(&l);
	assert_false(instance_lock_is_over(&l, 11));
	assert_false(instance_lock_is_over(&l, 0));
	assert_null(instance_lock_begin(&l, 11));
	assert_int_equal(stat(lock, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);

	/* while it lives, there is no other */
	e = instance_lock_open(&second, path);
	assert_non_null(e);
	assert_int_equal(e->code, ERR_CONFLICT);
	assert_int_equal(second.fd, -1);

	/* the next one knows it, and the one before */
	instance_lock_close(&l);
	open_it(&l);
	assert_true(instance_lock_is_over(&l, 11));
	assert_null(instance_lock_begin(&l, 12));
	instance_lock_close(&l);
	open_it(&l);
	assert_true(
	    instance_lock_is_over(&l, 11)); /* 12 may have seen nothing yet */
	assert_true(instance_lock_is_over(&l, 12));
	assert_null(instance_lock_begin(&l, 13));
	instance_lock_close(&l);
	open_it(&l);
	assert_false(instance_lock_is_over(&l, 11));
	assert_true(instance_lock_is_over(&l, 12));
	assert_true(instance_lock_is_over(&l, 13));
	assert_false(instance_lock_is_over(&l, 14));
	instance_lock_close(&l);
}

static void
test_told_once(void **state)
{
	struct instance_lock l;

	(void)state;
	open_it(&l);
	assert_true(instance_lock_refusal_is_new(&l, 77));
	instance_lock_close(&l);
	open_it(&l);
	assert_false(instance_lock_refusal_is_new(&l, 77));
	assert_true(instance_lock_refusal_is_new(&l, 78));
	instance_lock_close(&l);
	open_it(&l);
	assert_false(instance_lock_refusal_is_new(&l, 78));
	/* who has come to life forgets it */
	assert_null(instance_lock_begin(&l, 1));
	assert_true(instance_lock_refusal_is_new(&l, 78));
	instance_lock_close(&l);
}

/* A note of another run of the machine came with its disk, perhaps; and what
 * is no note is none. */
static void
test_proves_nothing(void **state)
{
	static const char *const notes[] = {
	    "31 30 0 00000000-0000-0000-0000-000000000000\n", "31 30 0 -\n",
	    "31 30 0", "31 30", "", "life\n", "-1 -1 0 x\n",
	    "99999999999999999999 31 0 x\n"};
	struct statfs fs;
	struct instance_lock l;

	(void)state;
	/* but what lies in memory is of this run of the machine */
	if (statfs(dir, &fs) != 0 || fs.f_type == TMPFS_MAGIC)
		skip();
	for (size_t i = 0; i < sizeof notes / sizeof *notes; i++) {
		put_note(notes[i]);
		open_it(&l);
		assert_false(instance_lock_is_over(&l, 31));
		assert_false(instance_lock_is_over(&l, 30));
		instance_lock_close(&l);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_two_lives),
	    cmocka_unit_test(test_told_once),
	    cmocka_unit_test(test_proves_nothing),
	};

	return cmocka_run_group_tests_name("life", tests, make_place,
	    leave_place);
}
