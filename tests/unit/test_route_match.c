/* SPDX-License-Identifier: MIT */
/* Which row answers which path and method, 405 and the words of Allow. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/mem.h"

#include "fcgi/route_match.h"

static const struct err *
nothing(struct call *c)
{
	(void)c;
	return NULL;
}

/* clang-format off */
static const struct route routes[] = {
	{M_GET,		    "/health",		     nothing, ROLE_OPEN},
	{M_POST | M_DELETE, "/push/device/delete",   nothing, ROLE_DEVICE},
	{M_PUT,		    "/admin/app/apns",	     nothing, ROLE_ADMIN},
	{M_DELETE,	    "/admin/app/apns",	     nothing, ROLE_ADMIN},
	{M_GET,		    "/push/campaign/list",   nothing, ROLE_CAMPAIGN},
	{M_GET,		    "/push/campaign/{id}/detail", nothing, ROLE_CAMPAIGN},
	{M_POST,	    "/push/campaign/send/test/{id}", nothing, ROLE_CAMPAIGN},
};

#define FOUND ROUTE_FOUND
#define NO_PATH ROUTE_NO_PATH
#define NO_METHOD ROUTE_NO_METHOD
#define BAD_ID ROUTE_BAD_ID

static const struct {
	enum method method;
	const char *path;
	enum route_verdict verdict;
	int row;
	int64_t id;
	const char *allow;
} cases[] = {
	{M_GET,	    "/health", FOUND, 0, 0, "GET, HEAD, OPTIONS"},
	{M_HEAD,    "/health", FOUND, 0, 0, NULL},
	{M_OPTIONS, "/health", FOUND, 0, 0, NULL},
	{M_POST,    "/health", NO_METHOD, 0, 0, "GET, HEAD, OPTIONS"},
	{M_OTHER,   "/health", NO_METHOD, 0, 0, NULL},
	{M_GET,	    "/health/", NO_PATH, 0, 0, NULL},
	{M_GET,	    "/healthy", NO_PATH, 0, 0, NULL},
	{M_GET,	    "/healt", NO_PATH, 0, 0, NULL},
	{M_GET,	    "/", NO_PATH, 0, 0, NULL},
	{M_GET,	    "", NO_PATH, 0, 0, NULL},
	{M_GET,	    "//health", NO_PATH, 0, 0, NULL},
	{M_DELETE,  "/push/device/delete", FOUND, 1, 0, "POST, DELETE, OPTIONS"},
	{M_PUT,	    "/admin/app/apns", FOUND, 2, 0, NULL},
	{M_DELETE,  "/admin/app/apns", FOUND, 3, 0, NULL},
	{M_GET,	    "/admin/app/apns", NO_METHOD, 0, 0, "PUT, DELETE, OPTIONS"},
	{M_GET,	    "/push/campaign/list", FOUND, 4, 0, NULL},
	{M_GET,	    "/push/campaign/10/detail", FOUND, 5, 10, NULL},
	{M_GET,	    "/push/campaign/9223372036854775807/detail", FOUND, 5,
	    INT64_MAX, NULL},
	{M_GET,	    "/push/campaign/9223372036854775808/detail", BAD_ID, 0, 0, NULL},
	{M_GET,	    "/push/campaign/-1/detail", BAD_ID, 0, 0, NULL},
	{M_GET,	    "/push/campaign/ten/detail", BAD_ID, 0, 0, NULL},
	{M_GET,	    "/push/campaign//detail", BAD_ID, 0, 0, NULL},
	{M_POST,    "/push/campaign/ten/detail", NO_METHOD, 0, 0, NULL},
	{M_POST,    "/push/campaign/send/test/7", FOUND, 6, 7, NULL},
	{M_GET,	    "/push/campaign/10", NO_PATH, 0, 0, NULL},
	{M_GET,	    "/push|campaign|list", NO_PATH, 0, 0, NULL},
	{M_GET,	    "/push/campaign|list", NO_PATH, 0, 0, NULL},
	{M_GET,	    "/push/campaign/|", NO_PATH, 0, 0, NULL},
};
/* clang-format on */

/* The path cut as request.c does it; "|" is a slash in a segment, "%2F". */
static void
cut(char *path, struct request *req)
{
	char *rest = path, *segment;

	req->n_segments = 0;
	if (*rest++ != '/')
		return;
	while ((segment = strsep(&rest, "/")) != NULL) {
		req->segments[req->n_segments++] = segment;
		for (; *segment != '\0'; segment++)
			if (*segment == '|')
				*segment = '/';
	}
}

static void
test_match(void **state)
{
	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		struct request req = {.method = cases[i].method};
		const struct route *route = NULL;
		char path[128], allowed[64];
		unsigned allow;
		int64_t id;

		print_message("# %s\n", cases[i].path);
		assert_true(strlen(cases[i].path) < sizeof path);
		memcpy(path, cases[i].path, strlen(cases[i].path) + 1);
		cut(path, &req);
		assert_int_equal(route_match(routes, nitems(routes), &req,
		    &route, &allow, &id), cases[i].verdict);
		if (cases[i].verdict == ROUTE_FOUND) {
			assert_ptr_equal(route, &routes[cases[i].row]);
			assert_int_equal(id, cases[i].id);
		}
		route_allow(allow, allowed);
		if (cases[i].allow != NULL)
			assert_string_equal(allowed, cases[i].allow);
	}
}

/* Those that send are one kind, so that no number of them has all workers. */
static void
test_kind(void **state)
{
	static const struct route all[] = {{M_GET, "/a"},
	    {M_POST, "/b", .flags = ROUTE_SENDS}, {M_GET, "/c"},
	    {M_POST, "/d", .flags = ROUTE_SENDS | ROUTE_LONG}};

	(void)state;
	assert_int_equal(route_kind(all, &all[0]), 0);
	assert_int_equal(route_kind(all, &all[1]), 1);
	assert_int_equal(route_kind(all, &all[2]), 2);
	assert_int_equal(route_kind(all, &all[3]), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_match),
	    cmocka_unit_test(test_kind),
	};

	return cmocka_run_group_tests_name("route", tests, NULL, NULL);
}
