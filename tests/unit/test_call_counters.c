/* SPDX-License-Identifier: MIT */
#include "fcgi/call_counters.h"

#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/mem.h"

static const struct route routes[] = {
    {M_GET, "/list"}, {M_PUT | M_POST, "/change"}};
static const struct route others[] = {{M_GET, "/list"}, {M_GET, "/change"}};
static const char *const programs[] = {"push", "admin", NULL};
static char dir[64], file[128];

static int
make_dir(void **state)
{
	(void)state;
	(void)snprintf(dir, sizeof dir, "/tmp/outpost-counters-XXXXXX");
	if (mkdtemp(dir) == NULL)
		return -1;
	(void)snprintf(file, sizeof file, "%s/push", dir);
	return 0;
}

static int
remove_dir(void **state)
{
	(void)state;
	(void)unlink(file);
	return rmdir(dir);
}

static struct call_counters *
opened(const struct route *table, bool starts)
{
	struct call_counters *c = NULL;

	assert_null(call_counters_open(dir, "push", table, 2, starts, &c));
	assert_non_null(c);
	return c;
}

/* What is told, in a text of the test's own. */
static char *
told(void)
{
	struct buf b = BUF(1024 * 1024);
	struct arena *a = arena_new();
	char *text;

	call_counters_write(dir, programs, a, &b);
	assert_false(b.overflowed);
	text = xstrdup(buf_str(&b));
	buf_done(&b);
	arena_free(a);
	return text;
}

#define ROUTE(method, path) \
	"{program=\"push\",method=\"" method "\",route=\"" path "\""

static void
assert_told(const char *line)
{
	char *text = told();

	if (strstr(text, line) == NULL)
		fail_msg("no line \"%s\" in:\n%s", line, text);
	free(text);
}

static void
assert_not_told(const char *part)
{
	char *text = told();

	if (strstr(text, part) != NULL)
		fail_msg("\"%s\" in:\n%s", part, text);
	free(text);
}

static void
counts_by_route_and_status(void **state)
{
	struct call_counters *c = opened(routes, false);

	(void)state;
	call_counters_add(c, &routes[0], 200, 10);
	call_counters_add(c, &routes[0], 200, 10);
	call_counters_add(c, &routes[1], 503, 10);
	call_counters_add(c, NULL, 404, 10);
	call_counters_add(c, &routes[0], 418, 10);
	assert_told("\noutpost_requests_total" ROUTE("GET", "/list")
	    ",status=\"200\"} 2\n");
	assert_told(ROUTE("POST|PUT", "/change") ",status=\"503\"} 1\n");
	assert_told(ROUTE("", "none") ",status=\"404\"} 1\n");
	assert_told(ROUTE("GET", "/list") ",status=\"other\"} 1\n");
	assert_not_told("program=\"admin\"");
	call_counters_close(c);
}

/* A time at a bound belongs to the bucket of that bound. */
static void
counts_times_in_buckets(void **state)
{
	struct call_counters *c = opened(routes, false);

	(void)state;
	call_counters_add(c, &routes[0], 200, 1000);
	call_counters_add(c, &routes[0], 200, 1001);
	call_counters_add(c, &routes[0], 200, 30000001);
	call_counters_add(c, &routes[0], 200, -5);
	assert_told("outpost_request_seconds_bucket" ROUTE("GET", "/list")
	    ",le=\"0.001\"} 2\n");
	assert_told(",le=\"0.0025\"} 3\n");
	assert_told(",le=\"30\"} 3\n");
	assert_told(",le=\"+Inf\"} 4\n");
	assert_told("outpost_request_seconds_count" ROUTE("GET", "/list")
	    "} 4\n");
	assert_told("outpost_request_seconds_sum" ROUTE("GET", "/list")
	    "} 30.002002\n");
	assert_not_told("seconds_count" ROUTE("POST|PUT", "/change"));
	call_counters_close(c);
}

/* As several processes, and those that CGI starts for a call each, which count
 * no start. */
static void
shares_a_file(void **state)
{
	struct call_counters *one = opened(routes, true);
	struct call_counters *two = opened(routes, true);
	struct call_counters *call;

	(void)state;
	call_counters_add(one, &routes[0], 200, 10);
	call_counters_close(one);
	call_counters_add(two, &routes[0], 200, 10);
	for (int i = 0; i < 3; i++) {
		call = opened(routes, false);
		call_counters_add(call, &routes[0], 200, 10);
		call_counters_close(call);
	}
	assert_told(ROUTE("GET", "/list") ",status=\"200\"} 5\n");
	assert_told("outpost_responder_starts_total{program=\"push\"} 2\n");
	call_counters_close(two);
}

#define THREADS 4
#define EACH 20000

static void *
add_many(void *counters)
{
	for (int i = 0; i < EACH; i++)
		call_counters_add(counters, &routes[1], 200, 1);
	return NULL;
}

static void
loses_none_of_several_threads(void **state)
{
	struct call_counters *c[THREADS];
	pthread_t threads[THREADS];

	(void)state;
	for (int i = 0; i < THREADS; i++) {
		c[i] = opened(routes, false);
		assert_int_equal(
		    pthread_create(&threads[i], NULL, add_many, c[i]), 0);
	}
	for (int i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		call_counters_close(c[i]);
	}
	assert_told(ROUTE("POST|PUT", "/change") ",status=\"200\"} 80000\n");
	assert_told("} 0.08\n");
}

/* Another release has other routes: its counts begin anew, and a process of
 * the old one that still runs harms nobody. */
static void
begins_anew_with_other_routes(void **state)
{
	struct call_counters *old = opened(routes, true), *now;

	(void)state;
	call_counters_add(old, &routes[1], 200, 10);
	now = opened(others, true);
	call_counters_add(old, &routes[1], 200, 10);
	call_counters_add(now, &others[1], 200, 10);
	assert_told(ROUTE("GET", "/change") ",status=\"200\"} 1\n");
	assert_not_told("POST|PUT");
	call_counters_close(old);
	call_counters_close(now);
}

static void
write_file(const char *text, size_t len)
{
	int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, len), len);
	(void)close(fd);
}

/* What no responder has written is not told, and is replaced. */
static void
takes_no_strange_file(void **state)
{
	struct call_counters *c = opened(routes, true);
	static char text[65536];
	struct stat st;
	ssize_t n;
	int fd;

	(void)state;
	call_counters_close(c);
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	fd = open(file, O_RDONLY | O_CLOEXEC);
	n = read(fd, text, sizeof text);
	(void)close(fd);
	assert_int_equal(n, st.st_size);
	write_file(text, (size_t)n - 1);
	assert_not_told("program=\"push\"");
	write_file("", 0);
	assert_not_told("program=\"push\"");
	text[0] ^= 1;
	write_file(text, (size_t)n);
	assert_not_told("program=\"push\"");
	c = opened(routes, true);
	assert_told("outpost_responder_starts_total{program=\"push\"} 1\n");
	call_counters_close(c);
}

static void
says_why_it_does_not_count(void **state)
{
	struct call_counters *c = NULL;
	const struct err *e;

	(void)state;
	e = call_counters_open("/nowhere", "push", routes, 2, true, &c);
	assert_non_null(e);
	assert_non_null(strstr(e->text, "/nowhere/push"));
	assert_null(c);
	assert_int_equal(symlink("/etc/hostname", file), 0);
	assert_non_null(call_counters_open(dir, "push", routes, 2, true, &c));
	assert_null(c);
	assert_not_told("program=\"push\"");
	call_counters_add(NULL, NULL, 200, 1);
	call_counters_close(NULL);
}

#define TEST(function) \
	cmocka_unit_test_setup_teardown(function, make_dir, remove_dir)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(counts_by_route_and_status),
	    TEST(counts_times_in_buckets),
	    TEST(shares_a_file),
	    TEST(loses_none_of_several_threads),
	    TEST(begins_anew_with_other_routes),
	    TEST(takes_no_strange_file),
	    TEST(says_why_it_does_not_count)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
