/* SPDX-License-Identifier: MIT */
/* Of a request: from where it comes, to which trace it belongs, and whether the
 * web server has refused it. */
#include "lib/arena.h"

#include "fcgi/request.h"

#include "unit.h"

#define ENV_MAX 4

static char proxies[] = "127.0.0.1, 10.0.0.0/24";
static const struct settings plain = {.api = {.body_max = 64}};
static const struct settings proxied = {.api = {.body_max = 64,
    .proxies = proxies}};

static void
read_env(struct arena *a, const struct settings *s,
    const char *const lines[ENV_MAX], struct request *req)
{
	char *env[ENV_MAX + 2] = {arena_fmt(a, "REQUEST_URI=/a"), NULL};

	for (size_t i = 0; i < ENV_MAX && lines[i] != NULL; i++) {
		env[i + 1] = arena_fmt(a, "%s", lines[i]);
		env[i + 2] = NULL;
	}
	request_read(a, s, env, req);
}

#define FOR "HTTP_X_FORWARDED_FOR="

static void
remote(void **state)
{
	static const struct {
		const struct settings *s;
		const char *env[ENV_MAX];
		const char *remote;
	} rows[] = {
	    {&plain, {"REMOTE_ADDR=192.0.2.1"}, "192.0.2.1"},
	    {&plain, {"REMOTE_ADDR=127.0.0.1", FOR "192.0.2.9"}, "127.0.0.1"},
	    {&proxied, {"REMOTE_ADDR=192.0.2.1", FOR "192.0.2.9"},
		"192.0.2.1"},
	    {&proxied, {"REMOTE_ADDR=127.0.0.1", FOR "192.0.2.9"},
		"192.0.2.9"},
	    {&proxied, {"REMOTE_ADDR=::ffff:127.0.0.1", FOR "192.0.2.9"},
		"192.0.2.9"},
	    {&proxied, {"REMOTE_ADDR=10.0.0.7", FOR "1.1.1.1, 192.0.2.9"},
		"192.0.2.9"},
	    {&proxied, {"REMOTE_ADDR=10.0.0.7", FOR "1.1.1.1, 10.0.0.8"},
		"1.1.1.1"},
	    {&proxied, {"REMOTE_ADDR=10.0.0.7", FOR "1.1.1.1, odd"},
		"10.0.0.7"},
	    {&proxied, {"REMOTE_ADDR=10.0.0.7", FOR}, "10.0.0.7"},
	    {&proxied, {"REMOTE_ADDR=10.0.0.7"}, "10.0.0.7"},
	    {&proxied, {"REMOTE_ADDR=10.0.0.7", FOR "192.0.2.9",
		FOR "192.0.2.8"}, "10.0.0.7"},
	    {&proxied, {FOR "192.0.2.9"}, NULL},
	    {&proxied, {"REMOTE_ADDR=unix:", FOR "192.0.2.9"}, "unix:"}};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++) {
		struct request req;

		read_env(a, rows[i].s, rows[i].env, &req);
		assert_null(req.fault);
		if (rows[i].remote == NULL)
			assert_null(req.remote);
		else
			assert_string_equal(req.remote, rows[i].remote);
	}
	arena_free(a);
}

#define TRACE "0af7651916cd43dd8448eb211c80319c"
#define PARENT "b7ad6b7169203331"

static void
trace(void **state)
{
	static const char *const good[] = {"00-" TRACE "-" PARENT "-01",
	    "00-" TRACE "-" PARENT "-ff", "01-" TRACE "-" PARENT "-00",
	    "cc-" TRACE "-" PARENT "-01-what-comes-later",
	    "cc-" TRACE "-" PARENT "-01-"};
	static const char *const bad[] = {"", TRACE, "00-" TRACE,
	    "00-" TRACE "-" PARENT, "00-" TRACE "-" PARENT "-1",
	    "00-" TRACE "-" PARENT "-011", "00-" TRACE "-" PARENT "-01-x",
	    "cc-" TRACE "-" PARENT "-01.x", "ff-" TRACE "-" PARENT "-01",
	    "0-" TRACE "-" PARENT "-01", "000-" TRACE "-" PARENT "-01",
	    "00-" TRACE "0-" PARENT "-01", "00-" TRACE "-" PARENT "0-01",
	    "00-00000000000000000000000000000000-" PARENT "-01",
	    "00-" TRACE "-0000000000000000-01",
	    "00-0AF7651916CD43DD8448EB211C80319C-" PARENT "-01",
	    "00_" TRACE "-" PARENT "-01", " 00-" TRACE "-" PARENT "-01"};
	struct arena *a = arena_new();
	struct request req;

	(void)state;
	for (size_t i = 0; i < nitems(good); i++) {
		read_env(a, &plain, (const char *[ENV_MAX]){arena_fmt(a,
		    "HTTP_TRACEPARENT=%s", good[i])}, &req);
		CHECK(good[i], req.trace != NULL);
		assert_string_equal(req.trace, TRACE);
	}
	for (size_t i = 0; i < nitems(bad); i++) {
		read_env(a, &plain, (const char *[ENV_MAX]){arena_fmt(a,
		    "HTTP_TRACEPARENT=%s", bad[i])}, &req);
		CHECK(bad[i], req.trace == NULL && req.fault == NULL);
	}
	/* two of them are none, and no fault of the call */
	read_env(a, &plain, (const char *[ENV_MAX]){
	    "HTTP_TRACEPARENT=00-" TRACE "-" PARENT "-01",
	    "HTTP_TRACEPARENT=00-" TRACE "-" PARENT "-01"}, &req);
	assert_null(req.trace);
	assert_null(req.fault);
	arena_free(a);
}

/* One that is empty was sent all the same. */
static void
authorization(void **state)
{
	struct arena *a = arena_new();
	struct request req;

	(void)state;
	read_env(a, &plain, (const char *[ENV_MAX]){NULL}, &req);
	assert_null(req.authorization);
	read_env(a, &plain, (const char *[ENV_MAX]){
	    "HTTP_AUTHORIZATION="}, &req);
	assert_string_equal(req.authorization, "");
	read_env(a, &plain, (const char *[ENV_MAX]){
	    "HTTP_AUTHORIZATION=x", "HTTP_AUTHORIZATION=x"}, &req);
	assert_string_equal(req.authorization, "");
	arena_free(a);
}

/* What the web server refuses comes as a GET with its status. */
static void
refusal(void **state)
{
	static const struct {
		const char *line;
		int refused;
		enum method method;
	} rows[] = {
	    {"REDIRECT_STATUS=411", 411, M_POST},
	    {"REDIRECT_STATUS=400", 400, M_GET},
	    {"REDIRECT_STATUS=599", 599, M_GET},
	    {"REDIRECT_STATUS=200", 0, M_GET}, {"REDIRECT_STATUS=", 0, M_GET},
	    {"REDIRECT_STATUS=600", 0, M_GET}, {"REDIRECT_STATUS=4x", 0, M_GET},
	    {"HTTP_REDIRECT_STATUS=411", 0, M_GET}};
	struct arena *a = arena_new();
	struct request req;

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++) {
		read_env(a, &plain, (const char *[ENV_MAX]){
		    "REQUEST_METHOD=GET", rows[i].line}, &req);
		CHECK(rows[i].line, req.refused == rows[i].refused);
		CHECK(rows[i].line, req.method == rows[i].method);
	}
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(remote),
	    cmocka_unit_test(trace),
	    cmocka_unit_test(authorization),
	    cmocka_unit_test(refusal),
	};

	return cmocka_run_group_tests_name("remote", tests, NULL, NULL);
}
