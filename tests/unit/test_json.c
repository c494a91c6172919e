/* SPDX-License-Identifier: MIT */
#include "lib/json.h"
#include "lib/json_text.h"

#include "unit.h"

#define DEPTH 8

static const struct err *
parse(const char *text, struct json **j)
{
	return json_parse(NULL, text, strlen(text), DEPTH, j);
}

static void
accepts(void **state)
{
	static const struct {
		const char *text, *written;
	} rows[] = {
	    {"{}", "{}"}, {" [ 1 , 2 ] ", "[1,2]"}, {"null", "null"},
	    {"7", "7"}, {"-0.5", "-0.5"}, {"1.50", "1.50"},
	    {"true", "true"}, {"\"a/b\"", "\"a/b\""},
	    {"\"\\u00e9\"", "\"\xc3\xa9\""},
	    {"{\"a\":{\"b\":[null]}}", "{\"a\":{\"b\":[null]}}"},
	    {"9223372036854775807", "9223372036854775807"},
	    {"{} and what's behind: [[ \\ud800 .", "{}"},
	    {"\xef\xbb\xbf{}", "{}"}, {"{\"a\":1,\"a\":2}", "{\"a\":2}"},
	    {"\"\\ud83d\\ude00\"", "\"\xf0\x9f\x98\x80\""},
	    {"\"\\\\ud800\"", "\"\\\\ud800\""}, {"1e-400", "1e-400"},
	    {"\"',[.\"", "\"',[.\""},
	    /* each byte from 0x80 on */
	    {"\"P\xc5\x99\xc3\xadli\xc5\xa1\"",
		"\"P\xc5\x99\xc3\xadli\xc5\xa1\""},
	    {"{\"\xc5\x99\":\"\xf0\x9f\x98\x80\"}",
		"{\"\xc5\x99\":\"\xf0\x9f\x98\x80\"}"},
	    {"\"\xf4\x8f\xbf\xbf\xc2\x80\xe0\xa0\x80\x7f\"",
		"\"\xf4\x8f\xbf\xbf\xc2\x80\xe0\xa0\x80\x7f\""},
	    {"\"\\/\\b\\f\\n\\r\\t\\u001f\"",
		"\"/\\b\\f\\n\\r\\t\\u001f\""},
	    {"[-0,0.0,1E5,1e+5,0e0]", "[0,0.0,1E5,1e+5,0e0]"},
	    {"{\"\":{}}", "{\"\":{}}"}, {"\t\r\n[]", "[]"},
	    {"18446744073709551614", "18446744073709551614"},
	    {"-9223372036854775807", "-9223372036854775807"},
	    {"12345678901234567890.5", "12345678901234567890.5"},
	    {"[[[[[[[1]]]]]]]", "[[[[[[[1]]]]]]]"},
	    {"[[[[[[[[]]]]]]]]", "[[[[[[[[]]]]]]]]"}, {"1 2", "1"}};

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++) {
		struct json *j = NULL;
		size_t len;

		CHECK(rows[i].text, parse(rows[i].text, &j) == NULL);
		CHECK(rows[i].text,
		    strcmp(json_write(j, &len), rows[i].written) == 0);
		CHECK(rows[i].text, len == strlen(rows[i].written));
		json_free(j);
	}
}

static void
refuses(void **state)
{
	static const char *const rows[] = {"", " ", "{", "[1,", "{\"a\"}",
	    "{\"a\":}", "{a:1}", "'a'", "[1 2]", "tru", "NaN", "-Infinity",
	    "[Infinity]", "01", "\"\xff\"", "{\"a\":\"\xc0\x80\"}",
	    "1.", "-.5", "[01.5]", "07e7", "{\"a\":.5}",
	    "\"a\\u0000b\"", "{\"a\":[\"\\u0000\"]}", "\"open",
	    "[[[[[[[[[[1]]]]]]]]]]", "{\"a\":1,}", "[1,]", "/* */ {}",
	    "{'a':1}", "['\"',[[],[]]]", "[1.]", "[1.e2]", "[.5]", "[+1]",
	    "[0x10]", "1e400", "[-1e400]", "[18446744073709551616]",
	    "[-9223372036854775809]", "[99999999999999999999999]",
	    "\"\\ud800\"", "\"\\udc00\"", "\"\\ud83dx\"",
	    "\"\\ud83d\\u0041\"", "\"\\ud83d", "\"\\ud8", "\"\\",
	    "\"\xed\xa0\x80\"", "\xef\xbb\xbf\xef\xbb\xbf{}",
	    "\"a\tb\"", "\"a\nb\"", "\"\x01\"", "[\"\x1f\"]", "{\"\n\":1}",
	    "{\"a\\u0000b\":1}", "\"\\x\"", "\"\\'\"", "\"\\u12\"",
	    "\"\\u123g\"", "nan", "[NaN]", "[-NaN]", "INFINITY", "inf", "NULL",
	    "True", "[nul]", "nullx", "truefalse", "1x", "0x10", "1.5.5", "1-2",
	    "1e", "1e+", "[1.e5]", "-", "--1", "-01", "00", "[,1]", "{,}",
	    "{\"a\"::1}", "{\"a\":1 \"b\":2}", "{1:1}", "]", "}", ",", ":",
	    "// x\n1", "[1 /* x */]", "\v1", "\f1", "\xc2\xa0[1]", "[1\v]",
	    "[1}", "{\"a\":1]", "\"\xf4\x90\x80\x80\"", "\"\xc5\"",
	    "\"\xe0\x9f\xbf\"", "[[[[[[[[1]]]]]]]]", "[[[[[[[[[]]]]]]]]]"};

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++) {
		struct json *j = NULL;
		const struct err *e = parse(rows[i], &j);

		CHECK(rows[i], e != NULL && e->code == ERR_INVALID);
		CHECK(rows[i], j == NULL && e->text[0] != '\0');
	}
}

/* The limit itself is fine, one more is not. Brackets and commas within
 * texts do not count. */
static void
has_limits(void **state)
{
	static const struct json_limits few = {DEPTH, 6, 3, 5};
	static const struct {
		const char *text, *says; /* NULL: accepted */
	} rows[] = {
	    {"[1,2,3,4,5]", NULL}, {"{\"a\":[{},2,3]}", NULL},
	    {"[1,2,3,4,5,6]", "more than 6 values"},
	    {"{\"a\":1,\"b\":2,\"c\":3,\"d\":4,\"e\":5}", NULL},
	    {"{\"a\":1,\"b\":2,\"c\":3,\"d\":4,\"e\":5,\"a\":6}",
		"more than 5 members"},
	    {"[[],[]]", NULL}, {"[[],[],[]]", "more than 3 objects"},
	    {"[[],[]] [[],[]]", NULL}, {"[[[{}]]]", "more than 3 objects"},
	    {"{\"a\":{\"b\":1,\"c:::::\":1},\"d\":1,\"e\":1}", NULL},
	    {"[\",,[[{{\",\"\\\",[[{{\"]", NULL}};

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++) {
		struct json *j = NULL;
		const struct err *e = json_parse_within(NULL, rows[i].text,
		    strlen(rows[i].text), &few, &j);

		CHECK(rows[i].text, (e == NULL) == (rows[i].says == NULL));
		CHECK(rows[i].text, e == NULL || (e->code == ERR_INVALID &&
		    strstr(e->text, rows[i].says) != NULL));
		json_free(j);
	}
}

static void
reads_by_kind(void **state)
{
	static const char text[] = "{\"t\":\"x\",\"i\":3,\"d\":1.50,"
	    "\"b\":true,\"n\":null,\"a\":[1],\"o\":{\"k\":1}}";
	struct json *j = NULL;

	(void)state;
	assert_null(parse(text, &j));
	assert_string_equal(json_text(json_get(j, "t"), "-"), "x");
	assert_string_equal(json_text(json_get(j, "i"), "-"), "-");
	assert_string_equal(json_text(json_get(j, "nowhere"), "-"), "-");
	assert_int_equal(json_int(json_get(j, "i"), -1), 3);
	assert_int_equal(json_int(json_get(j, "t"), -1), -1);
	assert_true(json_flag(json_get(j, "b"), false));
	assert_true(json_flag(json_get(j, "i"), true));
	assert_true(json_has(j, "n"));
	assert_null(json_get(j, "n"));
	assert_false(json_has(j, "x"));
	assert_int_equal(json_len(json_get(j, "a")), 1);
	assert_int_equal(json_int(json_at(json_get(j, "a"), 0), 0), 1);
	assert_null(json_at(json_get(j, "a"), 1));
	assert_int_equal(json_len(json_get(j, "o")), 0);
	assert_null(json_get(json_get(j, "a"), "k"));
	assert_string_equal(json_as_text(json_get(j, "t")), "x");
	assert_string_equal(json_as_text(json_get(j, "i")), "3");
	assert_string_equal(json_as_text(json_get(j, "d")), "1.50");
	assert_string_equal(json_as_text(json_get(j, "b")), "true");
	assert_string_equal(json_as_text(json_get(j, "o")), "{\"k\":1}");
	json_free(j);
}

static void
writes(void **state)
{
	struct arena *a = arena_new();
	struct json *j = json_new_object(a), *list;
	size_t len;

	(void)state;
	json_set_text(j, "t", "\"\\\n/\x01\xc3\xa9");
	json_set_text(j, "absent", NULL);
	json_set_textn(j, "part", "abcdef", 3);
	json_set_int(j, "i", INT64_MIN);
	json_set_bool(j, "b", false);
	json_set_null(j, "n");
	list = json_set_array(j, "list");
	json_add_text(list, "x");
	json_set_int(json_add_object(list), "k", 2);
	json_set(j, "same", list);
	json_set_text(j, "kept", "other");
	json_keep(j, "kept", list); /* instead of the other */
	json_set_int(j, "gone", 1);
	json_unset(j, "gone");
	assert_string_equal(json_write(j, &len),
	    "{\"t\":\"\\\"\\\\\\n/\\u0001\xc3\xa9\",\"part\":\"abc\","
	    "\"i\":-9223372036854775808,\"b\":false,\"n\":null,"
	    "\"list\":[\"x\",{\"k\":2}],\"same\":[\"x\",{\"k\":2}],"
	    "\"kept\":[\"x\",{\"k\":2}]}");
	arena_free(a);
}

static bool
count_two(const char *name, struct json *value, void *arg)
{
	int *n = arg;

	assert_string_equal(name, *n == 0 ? "a" : "b");
	assert_int_equal(json_int(value, 0), *n + 1);
	return ++*n < 2;
}

static void
walks(void **state)
{
	struct json *j = NULL;
	int n = 0;

	(void)state;
	assert_null(parse("{\"a\":1,\"b\":2,\"c\":3}", &j));
	json_each(j, count_two, &n);
	assert_int_equal(n, 2);
	json_free(j);
}

/* A name that is there several times has its first place and its last value, in
 * objects of any size. */
static void
joins_names(void **state)
{
	static const size_t sizes[] = {2, 9, 16, 17, 64, 1000};

	(void)state;
	for (size_t i = 0; i < nitems(sizes); i++) {
		size_t n = sizes[i], names = (n + 1) / 2;
		struct buf text = BUF(100000), wanted = BUF(100000);
		struct json *j = NULL;

		for (size_t k = 0; k < n; k++)
			(void)buf_fmt(&text, "%s\"n%zu\":%zu",
			    k > 0 ? "," : "{", k % names, k);
		for (size_t k = 0; k < names; k++)
			(void)buf_fmt(&wanted, "%s\"n%zu\":%zu",
			    k > 0 ? "," : "{", k,
			    k + names < n ? k + names : k);
		assert_true(buf_text(&text, "}") && buf_text(&wanted, "}"));
		assert_null(parse(buf_str(&text), &j));
		assert_string_equal(json_write(j, NULL), buf_str(&wanted));
		json_free(j);
		buf_done(&text);
		buf_done(&wanted);
	}
}

/* Nothing of the escapes is left behind the text that they stand for. */
static void
wipes(void **state)
{
	struct arena *a = arena_new();
	struct json *j = NULL;
	const char *text;

	(void)state;
	assert_null(json_parse(a, "[\"k\\nk\\u0041k\",1]", 17, DEPTH, &j));
	text = json_text(json_at(j, 0), NULL);
	assert_string_equal(text, "k\nkAk");
	assert_memory_equal(text, "k\nkAk\0\0\0\0\0\0\0,1]", 15);
	json_wipe(json_at(j, 0));
	assert_memory_equal(text, "\0\0\0\0\0\0\0\0\0\0\0\0,1]", 15);
	assert_string_equal(json_write(j, NULL), "[\"\",1]");
	arena_free(a);
}

/* What was refused, or given twice, is not read by anybody, and may still be a
 * secret. */
static void
leaves_nothing(void **state)
{
	static const char *const rows[] = {"{\"secret\":\"hush-hush\"}",
	    "{\"secret\":\"hush-hush\",\"secret\":1}",
	    "{\"secret\":\"hush-hush\",\"n\":1e999}"};
	struct arena *a = arena_new();
	const char *first = arena_alloc(a, 1);

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++) {
		struct json *j = NULL;

		arena_reset(a);
		(void)json_parse(a, rows[i], strlen(rows[i]), DEPTH, &j);
		CHECK(rows[i], memmem(first, 1000, "hush", 4) != NULL);
		arena_reset(a);
		CHECK(rows[i], memmem(first, 1000, "hush", 4) == NULL);
	}
	arena_free(a);
}

static void
appends(void **state)
{
	struct arena *a = arena_new();
	struct json *j = json_new_object(a);

	(void)state;
	json_append(j, "b", NULL);
	json_append(j, "a", json_new_array(a));
	json_set_int(j, "b", 1);
	assert_string_equal(json_write(j, NULL), "{\"b\":1,\"a\":[]}");
	arena_free(a);
}

static void
writes_for_people(void **state)
{
	struct json *j = NULL;

	(void)state;
	assert_null(parse("{\"a\":[1,{\"b\":\"x\"}],\"c\":[],\"d\":{},"
	    "\"e\":null}", &j));
	assert_string_equal(json_pretty(j), "{\n  \"a\": [\n    1,\n"
	    "    {\n      \"b\": \"x\"\n    }\n  ],\n  \"c\": [],\n"
	    "  \"d\": {},\n  \"e\": null\n}");
	assert_string_equal(json_pretty(NULL), "null");
	json_free(j);
}

static void
reads_numbers(void **state)
{
	static const struct {
		const char *text;
		int64_t as_int;
		double as_double;
	} rows[] = {{"0", 0, 0}, {"-0", 0, 0}, {"-17", -17, -17},
	    {"9223372036854775807", INT64_MAX, 0x1p63},
	    {"18446744073709551614", INT64_MAX, 0x1p64},
	    {"-9223372036854775807", -INT64_MAX, -0x1p63},
	    {"1.5", 99, 1.5}, {"-25e-1", 99, -2.5}, {"1e-400", 99, 0}};

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++) {
		struct json *j = NULL;
		double d;

		assert_null(parse(rows[i].text, &j));
		CHECK(rows[i].text, json_int(j, 99) == rows[i].as_int);
		d = json_double(j, 99) - rows[i].as_double;
		CHECK(rows[i].text, d >= 0 && d <= 0);
		json_free(j);
	}
}

/* Half of what a tree holds may be of another one. */
static void
shares(void **state)
{
	struct arena *a = arena_new();
	struct json *from = json_new_array(a), *into = json_new_object(a);

	(void)state;
	for (int i = 0; i < 40; i++)
		json_add_int(from, i);
	for (int i = 0; i < 40; i++)
		json_set(into, arena_fmt(a, "n%d", i), json_at(from, 39));
	json_set(into, "n3", json_at(from, 3));
	for (int i = 0; i < 40; i++)
		if (i != 3 && i != 39)
			json_unset(into, arena_fmt(a, "n%d", i));
	json_unset(into, "nowhere");
	assert_string_equal(json_write(into, NULL), "{\"n3\":3,\"n39\":39}");
	assert_int_equal(json_len(from), 40);
	arena_free(a);
}

static void
quotes(void **state)
{
	struct buf b = BUF(64), small = BUF(3);

	(void)state;
	assert_true(json_quote("a\"b\\\n\t\x1f/\xc3\xa9", &b));
	assert_string_equal(buf_str(&b),
	    "\"a\\\"b\\\\\\n\\t\\u001f/\xc3\xa9\"");
	assert_false(json_quote("abc", &small));
	buf_done(&b);
	buf_done(&small);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(accepts),	     cmocka_unit_test(refuses),
	    cmocka_unit_test(has_limits),
	    cmocka_unit_test(reads_by_kind), cmocka_unit_test(writes),
	    cmocka_unit_test(walks),	     cmocka_unit_test(quotes),
	    cmocka_unit_test(joins_names),   cmocka_unit_test(wipes),
	    cmocka_unit_test(leaves_nothing), cmocka_unit_test(appends),
	    cmocka_unit_test(reads_numbers), cmocka_unit_test(shares),
	    cmocka_unit_test(writes_for_people),
	};

	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
