/* SPDX-License-Identifier: MIT */
#include "lib/log.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/err.h"

#include "unit.h"

static void
exit_handler(void)
{
	_exit(7);
}

/* What exit(3) would run is in use by other threads. */
static void
fatalx_runs_no_handlers(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	pid = fork();
	if (pid == 0) {
		(void)close(STDERR_FILENO);
		(void)atexit(exit_handler);
		fatalx("the end");
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 1);
}

static void *
another(void *arg)
{
	(void)arg;
	(void)errno_text(ENOMEM);
	(void)errno_text(-1);
	return NULL;
}

static void
errno_text_is_the_threads(void **state)
{
	const char *text;
	pthread_t thread;

	(void)state;
	assert_string_equal(errno_text(ENOENT), "No such file or directory");
	text = errno_text(123456);
	assert_int_equal(pthread_create(&thread, NULL, another, NULL), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_string_equal(text, "Unknown error 123456");
}

/* Foreign words end no field and begin none. */
static void
quotes_inside_quotes_are_others(void **state)
{
	const char *long_one = QUOTED("run \"outpost setup\"");
	char big[3 * LOG_QUOTED_MAX];

	(void)state;
	assert_string_equal(long_one, "run 'outpost setup'");
	assert_string_equal(QUOTED("x\" level=\"ok"), "x' level='ok");
	assert_string_equal(QUOTED(NULL), "");
	memset(big, '"', sizeof big - 1);
	big[sizeof big - 1] = '\0';
	long_one = QUOTED(big);
	assert_int_equal(strlen(long_one), LOG_QUOTED_MAX - 1);
	assert_null(strchr(long_one, '"'));
}

/* What a line is on a pipe as stderr; JOURNAL_STREAM names the pipe or not. */
static const char *
line_of(enum log_time when, bool journal)
{
	static char line[256];
	char name[48] = "1:1";
	int ends[2], kept = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
	struct stat st;
	ssize_t n;

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(fstat(ends[1], &st), 0);
	if (journal)
		(void)snprintf(name, sizeof name, "%llu:%llu",
		    (unsigned long long)st.st_dev,
		    (unsigned long long)st.st_ino);
	(void)setenv("JOURNAL_STREAM", name, 1);
	(void)dup2(ends[1], STDERR_FILENO);
	log_set_time(when);
	log_info("a line");
	(void)dup2(kept, STDERR_FILENO);
	n = read(ends[0], line, sizeof line - 1);
	assert_true(n > 0);
	line[n] = '\0';
	(void)close(ends[0]);
	(void)close(ends[1]);
	(void)close(kept);
	return line;
}

/* A 9 of the form is any digit. */
static void
assert_form(const char *line, const char *form)
{
	assert_int_equal(strlen(line), strlen(form));
	for (size_t i = 0; form[i] != '\0'; i++)
		if (form[i] == '9')
			assert_true(line[i] >= '0' && line[i] <= '9');
		else
			assert_true(line[i] == form[i]);
}

static void
the_journal_adds_the_time(void **state)
{
	static const char with_time[] = "<6>9999-99-99T99:99:99.999Z a line\n";

	(void)state;
	assert_string_equal(line_of(LOG_TIME_NO, false), "<6>a line\n");
	assert_string_equal(line_of(LOG_TIME_AUTO, true), "<6>a line\n");
	assert_form(line_of(LOG_TIME_AUTO, false), with_time);
	assert_form(line_of(LOG_TIME_YES, true), with_time);
	log_set_time(LOG_TIME_NO);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(fatalx_runs_no_handlers),
	    cmocka_unit_test(errno_text_is_the_threads),
	    cmocka_unit_test(quotes_inside_quotes_are_others),
	    cmocka_unit_test(the_journal_adds_the_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
