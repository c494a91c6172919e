/* SPDX-License-Identifier: MIT */
#include "fcgi/idempotency.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "lib/mem.h"

#include "db/integration.h"

#include "fcgi/call.h"

static const struct route send_route = {.path = "/push/message/send"};
static const struct route batch_route = {.path = "/push/message/batch/send"};

static const struct err *
read_key_of(const struct integration *caller, const struct route *route,
    const char *app, const char *key, const char *body, struct idempotency *r)
{
	struct request req = {.idempotency_key = key, .body = body,
	    .body_len = strlen(body)};
	struct call c = {.request = &req, .route = route,
	    .mem = arena_new(), .caller = caller};
	const struct err *e = idempotency_read(&c, app, r);

	arena_free(c.mem);
	return e;
}

static const struct err *
read_key(const struct route *route, const char *app, const char *key,
    const char *body, struct idempotency *r)
{
	return read_key_of(NULL, route, app, key, body, r);
}

static void
no_key(void **state)
{
	struct idempotency r;

	(void)state;
	assert_null(read_key(&send_route, "a", NULL, "{}", &r));
	assert_false(r.wanted);
}

static void
good_and_bad_keys(void **state)
{
	static const struct {
		const char *key;
		bool good;
	} rows[] = {{"x", true}, {"8e03978e-40d5-43e8-bc93-6894a57f9324", true},
	    {" with \"all\" ~signs ", true}, {"", false}, {"tab\there", false},
	    {"del\177", false}, {"h\303\251", false}};
	char longest[IDEMPOTENCY_KEY_MAX + 2];
	struct idempotency r;

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++) {
		const struct err *e = read_key(&send_route, "a", rows[i].key,
		    "{}", &r);

		if ((e == NULL) != rows[i].good)
			fail_msg("key \"%s\"", rows[i].key);
		if (e != NULL)
			assert_int_equal(e->code, ERR_INVALID);
	}
	memset(longest, 'k', sizeof longest);
	longest[IDEMPOTENCY_KEY_MAX + 1] = '\0';
	assert_non_null(read_key(&send_route, "a", longest, "{}", &r));
	longest[IDEMPOTENCY_KEY_MAX] = '\0';
	assert_null(read_key(&send_route, "a", longest, "{}", &r));
	assert_int_equal(strlen(r.key), 64);
	assert_int_equal(strlen(r.request), 64);
}

static void
what_differs(void **state)
{
	struct idempotency one, r;

	(void)state;
	assert_null(read_key(&send_route, "ab", "c", "{}", &one));
	assert_null(read_key(&send_route, "ab", "c", "{}", &r));
	assert_string_equal(one.key, r.key);
	assert_string_equal(one.request, r.request);

	assert_null(read_key(&send_route, "a", "bc", "{}", &r));
	assert_string_not_equal(one.key, r.key);

	assert_null(read_key(&send_route, "ab", "c", "{ }", &r));
	assert_string_equal(one.key, r.key);
	assert_string_not_equal(one.request, r.request);

	/* the same key for another call is another request */
	assert_null(read_key(&batch_route, "ab", "c", "{}", &r));
	assert_string_equal(one.key, r.key);
	assert_string_not_equal(one.request, r.request);
}

/* Each integration has keys of its own, whatever else it has not. */
static void
whose_key(void **state)
{
	const struct integration one = {.id = 1}, two = {.id = 2};
	struct idempotency a, b, c;

	(void)state;
	assert_null(read_key_of(&one, &send_route, "a", "k", "{}", &a));
	assert_null(read_key_of(&two, &send_route, "a", "k", "{}", &b));
	assert_null(read_key_of(NULL, &send_route, "a", "k", "{}", &c));
	assert_string_not_equal(a.key, b.key);
	assert_string_not_equal(a.key, c.key);
	assert_string_equal(a.request, b.request);
	assert_null(read_key_of(&one, &send_route, "a", "k", "{}", &b));
	assert_string_equal(a.key, b.key);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_key),
		cmocka_unit_test(good_and_bad_keys),
		cmocka_unit_test(what_differs),
		cmocka_unit_test(whose_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
