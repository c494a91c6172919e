/* SPDX-License-Identifier: MIT */
/* From CGI's environment to a request, and what is refused on the way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/arena.h"
#include "lib/mem.h"

#include "fcgi/request.h"

static char prefix[] = "/powerauth-push-server/";
static char correlation[] = "X-Correlation-ID";
static char pattern[] = "[a-zA-Z0-9-]{8,1024}";

static const struct settings plain = {.api = {
    .correlation_header = correlation, .correlation_pattern = pattern,
    .body_max = 64}};
static const struct settings prefixed = {.api = {
    .prefix = prefix, .body_max = 64}};

static struct arena *
mem(void **state)
{
	return *state;
}

static void
read_uri(struct arena *a, const struct settings *s, const char *uri,
    struct request *req)
{
	char *env[] = {arena_fmt(a, "REQUEST_METHOD=GET"),
	    arena_fmt(a, "REQUEST_URI=%s", uri), NULL};

	request_read(a, s, env, req);
}

/* clang-format off */
static const struct {
	const char *uri;
	const char *path;  /* segments, joined by | */
	const char *query; /* name=value, joined by | */
	int fault;	   /* -1: none */
} targets[] = {
	{"/push/service/status", "push|service|status", "", -1},
	{"/push/service/status?", "push|service|status", "", -1},
	{"/a?x=1&y=2", "a", "x=1|y=2", -1},
	{"/a?x", "a", "x=", -1},
	{"/a?x=&&y==", "a", "x=|y==", -1},
	{"/a?x=a+b%2Bc%26", "a", "x=a b+c&", -1},
	{"/a%2Fb/c", "a/b|c", "", -1},
	{"/a+b/", "a+b|", "", -1},
	{"/%252F", "%2F", "", -1},
	{"/a%3Fx=1", "a", "x=1", -1}, /* a "?" encoded like the path */
	{"/a%3fx=a+b%20c&y=%26", "a", "x=a+b c|y=&", -1},
	{"/a%3F", "a", "", -1},
	{"/a%3Fx=%3F", "a", "x=?", -1},
	{"/a%3Fx=1?y=2", "a?x=1", "y=2", -1},
	{"/a?x=%3F", "a", "x=?", -1},
	{"/a#%3Fx=1", "a", "", -1},
	{"/a%253Fx=1", "a%3Fx=1", "", -1},
	{"/a#fragment", "a", "", -1},
	{"/a?b=c#fragment", "a", "b=c", -1},
	{"http://host:8080/a/b?c=d", "a|b", "c=d", -1},
	{"http://host", "", "", -1},
	{"*", "", "", -1},
	{"/%C5%BElu%C5%A5", "\xc5\xbelu\xc5\xa5", "", -1},
	{"/a/%", NULL, NULL, ERR_INVALID},
	{"/a/%zz", NULL, NULL, ERR_INVALID},
	{"/a/%00", NULL, NULL, ERR_INVALID},
	{"/a/%ff", NULL, NULL, ERR_INVALID},
	{"/a?b=%0", NULL, NULL, ERR_INVALID},
	{"/a?b=%C0%80", NULL, NULL, ERR_INVALID},
	{"/1/2/3/4/5/6/7/8/9/10/11/12/13", NULL, NULL, ERR_MISSING},
};
/* clang-format on */

static const char *
join(struct arena *a, const struct request *req, bool query)
{
	const char *text = "";

	for (size_t i = 0; !query && i < req->n_segments; i++)
		text = arena_fmt(a, "%s%s%s", text, i > 0 ? "|" : "",
		    req->segments[i]);
	for (size_t i = 0; query && i < req->n_query; i++)
		text = arena_fmt(a, "%s%s%s=%s", text, i > 0 ? "|" : "",
		    req->query[i].name, req->query[i].value);
	return text;
}

static void
test_targets(void **state)
{
	struct arena *a = mem(state);

	for (size_t i = 0; i < nitems(targets); i++) {
		struct request req;

		print_message("# %s\n", targets[i].uri);
		read_uri(a, &plain, targets[i].uri, &req);
		if (targets[i].fault >= 0) {
			assert_non_null(req.fault);
			assert_int_equal(req.fault->code, targets[i].fault);
			continue;
		}
		assert_null(req.fault);
		assert_string_equal(join(a, &req, false), targets[i].path);
		assert_string_equal(join(a, &req, true), targets[i].query);
	}
}

static void
test_prefix(void **state)
{
	struct arena *a = mem(state);
	struct request req;

	read_uri(a, &prefixed, "/powerauth-push-server/health?x=1", &req);
	assert_null(req.fault);
	assert_string_equal(req.path, "/health");
	assert_int_equal(req.n_segments, 1);
	assert_string_equal(request_query(&req, "x"), "1");
	read_uri(a, &prefixed, "/powerauth-push-serverx/health", &req);
	assert_int_equal(req.fault->code, ERR_MISSING);
	read_uri(a, &prefixed, "/health", &req);
	assert_int_equal(req.fault->code, ERR_MISSING);
	read_uri(a, &prefixed, "/powerauth-push-server", &req);
	assert_int_equal(req.fault->code, ERR_MISSING);
}

static void
test_limits(void **state)
{
	struct arena *a = mem(state);
	const char *query = "/a?";
	char long_uri[LIMIT_URI + 3];
	struct request req;

	for (int i = 0; i < LIMIT_QUERY; i++)
		query = arena_fmt(a, "%sx=%d&", query, i);
	read_uri(a, &plain, query, &req);
	assert_null(req.fault);
	assert_string_equal(request_query(&req, "x"), "0");
	read_uri(a, &plain, arena_fmt(a, "%sx=1", query), &req);
	assert_int_equal(req.fault->code, ERR_INVALID);

	memset(long_uri, 'a', sizeof long_uri);
	long_uri[0] = '/';
	long_uri[sizeof long_uri - 1] = '\0';
	read_uri(a, &plain, long_uri, &req);
	assert_int_equal(req.fault->code, ERR_TOOBIG);
	long_uri[LIMIT_URI] = '\0';
	read_uri(a, &plain, long_uri, &req);
	assert_null(req.fault);
}

/* What could forge a line of the log is in none of its fields. */
static void
test_log_fields(void **state)
{
	static const char *const uris[] = {"/a b", "/a\nb", "/a\x1b[31m",
	    "/a?b=c\r\nX: y", "/\x7f", "/a\tb"};
	static const char *const methods[] = {"GET id=1", "get", "G\nET",
	    "ABCDEFGHIJKLMNOPQRSTU", "\""};
	struct arena *a = mem(state);
	struct request req;

	for (size_t i = 0; i < nitems(uris); i++) {
		read_uri(a, &plain, uris[i], &req);
		assert_int_equal(req.fault->code, ERR_INVALID);
		assert_string_equal(req.path, "");
	}
	read_uri(a, &plain, "/\xc3\xa9%20", &req);
	assert_null(req.fault);
	read_uri(a, &plain, "/\xc3", &req);
	assert_int_equal(req.fault->code, ERR_INVALID);
	for (size_t i = 0; i < nitems(methods); i++) {
		char *env[] = {arena_fmt(a, "REQUEST_METHOD=%s", methods[i]),
		    NULL};

		request_read(a, &plain, env, &req);
		assert_string_equal(req.method_name, "(odd)");
	}
}

static void
test_without_uri(void **state)
{
	struct arena *a = mem(state);
	char *env[] = {arena_fmt(a, "SCRIPT_NAME=/push"),
	    arena_fmt(a, "PATH_INFO=/service/status"),
	    arena_fmt(a, "QUERY_STRING=a=b"), NULL};
	char *none[] = {NULL};
	struct request req;

	request_read(a, &plain, env, &req);
	assert_null(req.fault);
	assert_string_equal(join(a, &req, false), "push|service|status");
	assert_string_equal(join(a, &req, true), "a=b");
	assert_int_equal(req.method, M_OTHER);
	request_read(a, &plain, none, &req);
	assert_null(req.fault);
	assert_int_equal(req.n_segments, 0);
}

static void
test_headers(void **state)
{
	struct arena *a = mem(state);
	char *env[] = {arena_fmt(a, "REQUEST_METHOD=POST"),
	    arena_fmt(a, "REQUEST_URI=/a"),
	    arena_fmt(a, "CONTENT_TYPE=application/json"),
	    arena_fmt(a, "HTTP_AUTHORIZATION=Basic abc"),
	    arena_fmt(a, "HTTP_X_CORRELATION_ID=12345678"),
	    arena_fmt(a, "HTTP_IDEMPOTENCY_KEY=k"), NULL, NULL};
	struct request req;

	request_read(a, &plain, env, &req);
	assert_null(req.fault);
	assert_int_equal(req.method, M_POST);
	assert_string_equal(req.authorization, "Basic abc");
	assert_string_equal(req.correlation, "12345678");
	assert_string_equal(req.idempotency_key, "k");
	/* one that does not look as it should is as none */
	env[4] = arena_fmt(a, "HTTP_X_CORRELATION_ID=1 2345678");
	request_read(a, &plain, env, &req);
	assert_null(req.correlation);
	/* two headers that a web server has folded into one name */
	env[6] = arena_fmt(a, "HTTP_IDEMPOTENCY_KEY=l");
	request_read(a, &plain, env, &req);
	assert_int_equal(req.fault->code, ERR_INVALID);
	assert_string_equal(req.fault->text,
	    "HTTP_IDEMPOTENCY_KEY is given more than once");
	/* of these neither counts: that is a 401, not a 400 */
	env[6] = arena_fmt(a, "HTTP_AUTHORIZATION=Basic xyz");
	request_read(a, &plain, env, &req);
	assert_null(req.fault);
	assert_string_equal(req.authorization, "");
}

/* A caller must be known before it is told what is wrong with its body. */
static void
test_whose_fault(void **state)
{
	struct arena *a = mem(state);
	char *env[] = {arena_fmt(a, "REQUEST_METHOD=POST"),
	    arena_fmt(a, "REQUEST_URI=/a"),
	    arena_fmt(a, "CONTENT_LENGTH=1000"), NULL};
	struct request req;

	request_read(a, &plain, env, &req);
	request_body(a, plain.api.body_max, env, NULL, NULL, &req);
	assert_int_equal(req.fault->code, ERR_TOOBIG);
	assert_true(req.fault_in_body);
	env[1] = arena_fmt(a, "REQUEST_URI=/%%zz");
	request_read(a, &plain, env, &req);
	request_body(a, plain.api.body_max, env, NULL, NULL, &req);
	assert_int_equal(req.fault->code, ERR_INVALID);
	assert_false(req.fault_in_body);
}

static void
test_long_headers(void **state)
{
	static const char *const names[] = {"CONTENT_TYPE",
	    "HTTP_X_CORRELATION_ID", "HTTP_IDEMPOTENCY_KEY", "HTTP_ACCEPT"};
	struct arena *a = mem(state);
	char value[LIMIT_HEADER + 2];
	struct request req;

	memset(value, 'x', sizeof value);
	value[LIMIT_HEADER + 1] = '\0';
	for (size_t i = 0; i < nitems(names); i++) {
		char *env[] = {arena_fmt(a, "REQUEST_URI=/a"),
		    arena_fmt(a, "%s=%s", names[i], value), NULL};

		request_read(a, &plain, env, &req);
		assert_int_equal(req.fault->code, ERR_INVALID);
		assert_non_null(strstr(req.fault->text, "is longer than 4096"));
		env[1][strlen(env[1]) - 1] = '\0';
		request_read(a, &plain, env, &req);
		assert_null(req.fault);
	}
}

/* Without a pattern in the settings it still cannot break a line. */
static void
test_correlation(void **state)
{
	struct settings any = {0};
	struct arena *a = mem(state);
	char *env[] = {arena_fmt(a, "REQUEST_URI=/a"),
	    arena_fmt(a, "HTTP_X_C=a_\"~!"), NULL};
	struct request req;

	any.api.correlation_header = arena_fmt(a, "X-C");
	request_read(a, &any, env, &req);
	assert_string_equal(req.correlation, "a_\"~!");
	env[1] = arena_fmt(a, "HTTP_X_C=a\r\nEvil: b");
	request_read(a, &any, env, &req);
	assert_null(req.correlation);
}

static void
test_content_type(void **state)
{
	static const struct {
		const char *type;
		bool json;
	} types[] = {{"application/json", true},
	    {"application/json; charset=utf-8", true},
	    {"Application/JSON ;x=y", true}, {"application/jsonx", false},
	    {"application/json-patch", false}, {"text/plain", false},
	    {"", false}, {NULL, false}};

	(void)state;
	for (size_t i = 0; i < nitems(types); i++) {
		struct request req = {.content_type = types[i].type};

		assert_int_equal(request_is_json(&req), types[i].json);
	}
}

/* --- bodies ----------------------------------------------------------- */

struct source {
	const char *text;
	size_t at, step;
};

static long
give(void *from, char *into, size_t size)
{
	struct source *s = from;
	size_t n = strlen(s->text) - s->at;

	if (n > size)
		n = size;
	if (n > s->step)
		n = s->step;
	memcpy(into, s->text + s->at, n);
	s->at += n;
	return (long)n;
}

#define SIXTY "12345678901234567890123456789012345678901234567890123456789 "

static void
test_bodies(void **state)
{
	/* clang-format off */
	static const struct {
		const char *length, *chunked, *sent, *body;
		int fault;
		bool unread;
	} bodies[] = {
		{"CONTENT_LENGTH=5", NULL, "hello", "hello", -1, false},
		{"CONTENT_LENGTH=5", NULL, "hello world", "hello", -1, false},
		{"CONTENT_LENGTH=0", NULL, "hello", "", -1, false},
		{"CONTENT_LENGTH=", NULL, "hello", "", -1, false},
		{NULL, NULL, "hello", "", -1, false},
		{NULL, "chunked", "hello", "hello", -1, false},
		{NULL, "chunked", "", "", -1, false},
		{NULL, "chunked", SIXTY "1234", SIXTY "1234", -1, false},
		{NULL, "chunked", SIXTY "12345", NULL, ERR_TOOBIG, true},
		{"CONTENT_LENGTH=64", NULL, SIXTY "1234", SIXTY "1234", -1, false},
		{"CONTENT_LENGTH=65", NULL, SIXTY "12345", NULL, ERR_TOOBIG, true},
		{"CONTENT_LENGTH=99999999999999999999", NULL, "", NULL,
		    ERR_INVALID, true},
		{"CONTENT_LENGTH=-1", NULL, "x", NULL, ERR_INVALID, true},
		{"CONTENT_LENGTH=6", NULL, "hello", NULL, ERR_INVALID, true},
	};
	/* clang-format on */
	struct arena *a = mem(state);

	for (size_t i = 0; i < nitems(bodies); i++) {
		char *env[3] = {NULL};
		size_t n = 0;
		struct source s = {bodies[i].sent, 0, 7};
		struct request req = {.body = ""};

		print_message("# %zu\n", i);
		if (bodies[i].length != NULL)
			env[n++] = arena_fmt(a, "%s", bodies[i].length);
		if (bodies[i].chunked != NULL)
			env[n++] = arena_fmt(a, "HTTP_TRANSFER_ENCODING=%s",
			    bodies[i].chunked);
		request_body(a, plain.api.body_max, env, give, &s, &req);
		if (bodies[i].fault >= 0)
			assert_int_equal(req.fault->code, bodies[i].fault);
		else
			assert_null(req.fault);
		if (bodies[i].body != NULL)
			assert_string_equal(req.body, bodies[i].body);
		if (bodies[i].fault != ERR_INVALID)
			assert_int_equal(req.body_unread, bodies[i].unread);
	}
}

static int
set_up(void **state)
{
	*state = arena_new();
	return 0;
}

static int
tear_down(void **state)
{
	arena_free(*state);
	return 0;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_targets),
	    TEST(test_prefix),
	    TEST(test_limits),
	    TEST(test_without_uri),
	    TEST(test_log_fields), TEST(test_headers),
	    TEST(test_whose_fault), TEST(test_long_headers),
	    TEST(test_correlation),
	    TEST(test_content_type),
	    TEST(test_bodies),
	};

	return cmocka_run_group_tests_name("request", tests, NULL, NULL);
}
