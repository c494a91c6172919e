/* SPDX-License-Identifier: MIT */
/* What a page of the console sends with its calls. */
#include "lib/arena.h"

#include "fcgi/request.h"

#include "unit.h"

static const struct settings plain = {.api = {.body_max = 64}};

#define KEY "0123456789abcdefghijABCDEFGHIJ0123456789-_x"

/* The cookie of a session among others'; "": one that counts for nothing. */
static void
test_cookies(void **state)
{
	/* clang-format off */
	static const struct {
		const char *sent, *cookie;
	} cookies[] = {
		{"outpost_session=" KEY, KEY},
		{"a=1; outpost_session=" KEY "; b=2", KEY},
		{"a=1;outpost_session=" KEY ";b", KEY},
		{";;; outpost_session=" KEY ";", KEY},
		{"a=outpost_session=" KEY, NULL},
		{"xoutpost_session=" KEY, NULL},
		{"outpost_sessions=" KEY, NULL},
		{"OUTPOST_SESSION=" KEY, NULL},
		{"outpost_session", NULL},
		{"outpost_session=", ""},
		{"outpost_session=" KEY "x", ""},
		{"outpost_session=\"" KEY "\"", ""},
		{"outpost_session=" KEY "; outpost_session=" KEY, ""},
		{"outpost_session=x; outpost_session=" KEY, ""},
		{"a=1", NULL},
		{"", NULL},
	};
	/* clang-format on */
	struct arena *a = *state;

	for (size_t i = 0; i < nitems(cookies); i++) {
		char *env[] = {arena_fmt(a, "REQUEST_URI=/a"),
		    arena_fmt(a, "HTTP_COOKIE=%s", cookies[i].sent), NULL};
		struct request req;

		print_message("# %s\n", cookies[i].sent);
		request_read(a, &plain, env, &req);
		assert_null(req.fault);
		if (cookies[i].cookie == NULL)
			assert_null(req.page.cookie);
		else
			assert_string_equal(req.page.cookie,
			    cookies[i].cookie);
	}
}

/* Who says that a call came by https, and who is believed. */
static void
test_secure(void **state)
{
	static char proxies[] = "192.0.2.0/24";
	static const struct settings behind = {.api = {.proxies = proxies,
	    .body_max = 64}};
	/* clang-format off */
	static const struct {
		const char *from, *says;
		bool secure;
	} calls[] = {
		{"198.51.100.1", "HTTPS=on", true},
		{"198.51.100.1", "REQUEST_SCHEME=https", true},
		{"198.51.100.1", "HTTPS=off", false},
		{"198.51.100.1", "REQUEST_SCHEME=http", false},
		{"198.51.100.1", "HTTP_X_FORWARDED_PROTO=https", false},
		{"198.51.100.1", "HTTP_HTTPS=on", false},
		{"192.0.2.7", "HTTP_X_FORWARDED_PROTO=https", true},
		{"192.0.2.7", "HTTP_X_FORWARDED_PROTO=http", false},
		{"192.0.2.7", "HTTPS=off", false},
	};
	/* clang-format on */
	struct arena *a = *state;

	for (size_t i = 0; i < nitems(calls); i++) {
		char *env[] = {arena_fmt(a, "REMOTE_ADDR=%s", calls[i].from),
		    arena_fmt(a, "%s", calls[i].says), NULL};
		struct request req;

		request_read(a, &behind, env, &req);
		CHECK(calls[i].says, req.page.secure == calls[i].secure);
	}
}

static void
test_who_calls(void **state)
{
	struct arena *a = *state;
	char *env[] = {arena_fmt(a, "HTTP_X_CSRF_TOKEN=t"),
	    arena_fmt(a, "HTTP_X_CONSOLE=user"), NULL, NULL};
	struct request req;

	request_read(a, &plain, env, &req);
	assert_string_equal(req.page.csrf, "t");
	assert_true(req.page.is_page);
	assert_false(req.page.by_timer);
	env[1] = arena_fmt(a, "HTTP_X_CONSOLE=timer");
	request_read(a, &plain, env, &req);
	assert_true(req.page.is_page);
	assert_true(req.page.by_timer);
	env[2] = arena_fmt(a, "HTTP_X_CSRF_TOKEN=u");
	request_read(a, &plain, env, &req);
	assert_int_equal(req.fault->code, ERR_INVALID);
	env[0] = NULL;
	request_read(a, &plain, env, &req);
	assert_null(req.page.csrf);
	assert_false(req.page.is_page);
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
	    TEST(test_cookies),
	    TEST(test_secure),
	    TEST(test_who_calls),
	};

	return cmocka_run_group_tests_name("request_page", tests, NULL, NULL);
}
