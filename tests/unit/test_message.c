/* SPDX-License-Identifier: MIT */
#include "push/message.h"

#include "push_case.h"

static void
assert_json(struct bytes value, const char *wanted)
{
	assert_int_equal(value.len, strlen(wanted));
	assert_memory_equal(value.data, wanted, value.len);
}

/* The members in the order of the published page; backwards; and with others
 * between them, one of them twice, of which the last counts. */
static const char *const orders[] = {
    "\"title\":\"t\",\"titleLocKey\":\"tk\",\"titleLocArgs\":[\"a\"],"
    "\"body\":\"b\",\"bodyLocKey\":\"bk\",\"bodyLocArgs\":[\"c\",\"d\"],"
    "\"badge\":3,\"sound\":\"s\",\"icon\":\"i\",\"image\":\"I\","
    "\"category\":\"c\",\"collapseKey\":\"ck\","
    "\"extras\":{\"x\":{\"y\":[1,null]}}",
    "\"extras\":{\"x\":{\"y\":[1,null]}},\"collapseKey\":\"ck\","
    "\"category\":\"c\",\"image\":\"I\",\"icon\":\"i\",\"sound\":\"s\","
    "\"badge\":3,\"bodyLocArgs\":[\"c\",\"d\"],\"bodyLocKey\":\"bk\","
    "\"body\":\"b\",\"titleLocArgs\":[\"a\"],\"titleLocKey\":\"tk\","
    "\"title\":\"t\"",
    "\"title\":\"first\",\"validUntil\":\"v\",\"icon\":\"i\","
    "\"extras\":{\"x\":{\"y\":[1,null]}},\"title\":\"t\",\"tit\":\"no\","
    "\"titleLocKey\":\"tk\",\"titleLocArgs\":[\"a\"],\"body\":\"b\","
    "\"bodyLocKey\":\"bk\",\"bodyLocArgs\":[\"c\",\"d\"],\"image\":\"I\","
    "\"sound\":\"s\",\"category\":\"c\",\"collapseKey\":\"ck\",\"badge\":3,"
    "\"titleLoc\":\"no\"",
};

static void
assert_all_members(const struct message *m)
{
	assert_true(m->silent);
	assert_false(m->high);
	assert_true(m->expires_ms == 1893456000000);
	assert_string_equal(m->title, "t");
	assert_string_equal(m->title_loc_key, "tk");
	assert_json(m->title_loc_args, "[\"a\"]");
	assert_string_equal(m->body, "b");
	assert_string_equal(m->body_loc_key, "bk");
	assert_json(m->body_loc_args, "[\"c\",\"d\"]");
	assert_string_equal(m->icon, "i");
	assert_string_equal(m->image, "I");
	assert_string_equal(m->sound, "s");
	assert_string_equal(m->category, "c");
	assert_string_equal(m->collapse_key, "ck");
	assert_true(m->has_badge);
	assert_int_equal(m->badge, 3);
	assert_json(m->extras, "{\"x\":{\"y\":[1,null]}}");
}

static void
all_members(void **state)
{
	struct arena *a = arena_new();
	struct message m;

	(void)state;
	for (size_t i = 0; i < nitems(orders); i++) {
		const char *stored = arena_fmt(a, "{\"silent\":true,"
		    "\"high\":false,\"expires\":1893456000000,"
		    "\"body\":{%s}}", orders[i]);

		assert_null(message_read(a, stored, strlen(stored), &m));
		assert_all_members(&m);
	}
	arena_free(a);
}

static void
defaults(void **state)
{
	struct arena *a = arena_new();
	struct message m = message_of(a, "{\"badge\":null,\"extras\":null}",
	    false, true, 0);

	(void)state;
	assert_null(m.title);
	assert_null(m.extras.data);
	assert_null(m.body_loc_args.data);
	assert_false(m.has_badge);
	assert_false(m.silent);
	assert_true(m.high);
	assert_true(m.expires_ms == 0);

	assert_null(message_read(a, "{\"body\":{}}", 11, &m));
	assert_true(m.high);
	arena_free(a);
}

static void
scalars_are_coerced(void **state)
{
	struct arena *a = arena_new();
	struct message m = message_of(a, "{\"title\":7,\"body\":true,"
	    "\"sound\":1.50,\"badge\":\"3\"}", false, true, 0);

	(void)state;
	assert_string_equal(m.title, "7");
	assert_string_equal(m.body, "true");
	assert_string_equal(m.sound, "1.50");
	assert_int_equal(m.badge, 3);
	m = message_of(a, "{\"badge\":3.7}", false, true, 0);
	assert_int_equal(m.badge, 3);
	arena_free(a);
}

static void
written_form(void **state)
{
	struct arena *a = arena_new();
	struct json *body = json_new_object(a);
	const char *s;
	size_t len;

	(void)state;
	json_set_text(body, "title", "a/b");
	s = message_write(a, message_text(a, body), false, true, 5000, &len);
	assert_string_equal(s, "{\"silent\":false,\"high\":true,"
	    "\"expires\":5000,\"body\":{\"title\":\"a/b\"}}");
	assert_int_equal(len, strlen(s));
	arena_free(a);
}

static void
refused(void **state)
{
	static const char *const rows[] = {"", "{", "[]", "{}", "null",
	    "{\"body\":[]}", "{\"body\":\"x\"}",
	    "{\"body\":{\"title\":{}}}", "{\"body\":{\"title\":[]}}",
	    "{\"body\":{\"titleLocArgs\":\"x\"}}",
	    "{\"body\":{\"bodyLocArgs\":{}}}",
	    "{\"body\":{\"extras\":[]}}", "{\"body\":{\"badge\":\"x\"}}",
	    "{\"body\":{\"badge\":1e30}}", "{\"body\":{\"badge\":true}}",
	    "{\"expires\":-1,\"body\":{}}",
	    "{\"expires\":9223372036854775807,\"body\":{}}"};
	struct arena *a = arena_new();
	struct message m = {.title = "untouched"};

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++) {
		const struct err *e = message_read(a, rows[i],
		    strlen(rows[i]), &m);

		ROW(rows[i], e != NULL && e->code == ERR_INVALID);
		ROW(rows[i], m.title != NULL && !m.has_badge);
	}
	arena_free(a);
}

/* NULL app: one that names no environment; 2: refused. */
static void
test_environment(void **state)
{
	static const struct {
		const char *of_app, *of_device;
		bool development;
		unsigned environment; /* 2: cannot be reached */
	} rows[] = {
	    {NULL, NULL, true, 1}, {NULL, NULL, false, 0},
	    {"production", NULL, true, 0}, {"development", NULL, false, 1},
	    {NULL, "production", true, 0},
	    {"development", "production", true, 0},
	    {NULL, "development", true, 1}, {NULL, "development", false, 2},
	    {"production", "development", true, 2},
	    {"development", "development", false, 1}};

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++) {
		unsigned environment = 9;
		bool reached = environment_choose(rows[i].of_app,
		    rows[i].of_device, rows[i].development, &environment);

		assert_int_equal(reached, rows[i].environment != 2);
		if (reached)
			assert_int_equal(environment, rows[i].environment);
	}
}

static void
empty_ones(void **state)
{
	static const struct {
		const char *body;
		bool shows, empty;
	} rows[] = {
	    {"{}", false, true}, {"{\"title\":\"\"}", false, true},
	    {"{\"icon\":\"i\",\"category\":\"c\"}", false, true},
	    {"{\"titleLocArgs\":[\"a\"]}", false, true},
	    {"{\"extras\":{}}", false, true},
	    {"{\"extras\":{\"a\":null}}", false, true},
	    {"{\"extras\":{\"a\":null,\"b\":0}}", false, false},
	    {"{\"badge\":0}", false, false},
	    {"{\"sound\":\"s\"}", false, false},
	    {"{\"title\":\"t\"}", true, false},
	    {"{\"bodyLocKey\":\"k\"}", true, false}};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++) {
		struct message m = message_of(a, rows[i].body, false, true, 0);

		ROW(rows[i].body, message_shows(&m) == rows[i].shows);
		ROW(rows[i].body, message_is_empty(&m) == rows[i].empty);
		m.silent = true;
		ROW(rows[i].body, !message_is_empty(&m));
	}
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_environment),
	    cmocka_unit_test(all_members),
	    cmocka_unit_test(defaults),
	    cmocka_unit_test(scalars_are_coerced),
	    cmocka_unit_test(written_form),
	    cmocka_unit_test(empty_ones),
	    cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
