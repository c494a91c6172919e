/* SPDX-License-Identifier: MIT */
/* Of a request: from where it comes. */
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(remote),
	    cmocka_unit_test(authorization),
	};

	return cmocka_run_group_tests_name("remote", tests, NULL, NULL);
}
