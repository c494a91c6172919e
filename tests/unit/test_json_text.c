/* SPDX-License-Identifier: MIT */
#include "lib/json_text.h"

#include "unit.h"

static struct bytes
value_of(const char *text)
{
	struct bytes value;

	assert_null(json_text_value(text, strlen(text), 16, &value));
	return value;
}

static void
kinds(void **state)
{
	static const struct {
		const char *text;
		enum json_kind kind;
	} rows[] = {{" null", JSON_NULL}, {"true", JSON_BOOL},
	    {"-7", JSON_INT}, {"7.0", JSON_DOUBLE}, {"7E1", JSON_DOUBLE},
	    {"\"7\"", JSON_TEXT}, {"[7]", JSON_ARRAY}, {"{}", JSON_OBJECT}};
	struct bytes value;

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++)
		assert_int_equal(json_text_kind(value_of(rows[i].text)),
		    rows[i].kind);
	assert_int_equal(json_text_kind((struct bytes){NULL, 0}), JSON_NULL);
	assert_non_null(json_text_value("[1", 2, 16, &value));
	assert_non_null(json_text_value("[[]]", 4, 1, &value));
}

/* Each name and value with a bar behind it. */
static void
assert_walk(const char *text, const char *wanted)
{
	struct json_walk w = json_walk(value_of(text));
	struct buf seen = BUF(1000);
	struct bytes name, value;

	while (json_walk_next(&w, &name, &value)) {
		(void)buf_add(&seen, name.data, name.len);
		(void)buf_add(&seen, value.data, value.len);
		(void)buf_text(&seen, "|");
	}
	assert_string_equal(buf_str(&seen), wanted);
	buf_done(&seen);
}

static void
walks(void **state)
{
	(void)state;
	assert_walk(" { \"a\" : [1, {\"x\":\"]\"} ] ,\"b\\\"\":\t-1.5 } ",
	    "\"a\"[1, {\"x\":\"]\"} ]|\"b\\\"\"-1.5|");
	assert_walk("[\"\\\\\",\"\\\"\" , null,[]]",
	    "\"\\\\\"|\"\\\"\"|null|[]|");
	assert_walk("[\"a\\nb\\\\\\\"c\\t\",\"\\\\n\\n\\\"\\\"\\\\\"]",
	    "\"a\\nb\\\\\\\"c\\t\"|\"\\\\n\\n\\\"\\\"\\\\\"|");
	assert_walk("{}", "");
	assert_walk("[ ]", "");
	assert_walk("7", "");
}

/* What json_parse and json_write, or json_as_text, make of the same. */
static void
writes_as_a_tree_is_written(void **state)
{
	static const char *const rows[] = {"\"a/b\"", "\"\\u00e9\\/\\u0001\"",
	    "\"\\ud83d\\ude00\\\"\\\\\\b\\f\\n\\r\\t\\u001F\\u007f\"", "-0",
	    "-0.0", "1.50", "1E5", "18446744073709551614", " [ 1 , null, [ ] ]",
	    "{ \"a\\u0041\" : { } , \"\" : [ { \"x\" : null } ] }", "true"};
	struct buf value = BUF(1000), plain = BUF(1000);

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++) {
		struct json *tree;

		assert_null(json_parse(NULL, rows[i], strlen(rows[i]), 16,
		    &tree));
		buf_reset(&value);
		buf_reset(&plain);
		json_put_value(&value, value_of(rows[i]), true);
		json_text_plain(value_of(rows[i]), &plain);
		assert_string_equal(buf_str(&value), json_write(tree, NULL));
		assert_string_equal(buf_str(&plain), json_as_text(tree));
		json_free(tree);
	}
	buf_done(&value);
	buf_done(&plain);
}

static void
leaves_nulls_out(void **state)
{
	struct buf b = BUF(100);

	(void)state;
	json_put_value(&b, value_of("{\"a\":null,\"b\":[null,{\"c\":null}],"
	    "\"d\":1}"), false);
	assert_string_equal(buf_str(&b), "{\"b\":[{}],\"d\":1}");
	buf_done(&b);
}

static void
puts_members(void **state)
{
	struct buf b = BUF(100);

	(void)state;
	(void)buf_text(&b, "{");
	json_put_text(&b, "a", "x\ny{");
	json_put_text(&b, "none", NULL);
	json_put_int(&b, "b", -1);
	json_put_bool(&b, "t", true);
	json_put_bool(&b, "f", false);
	json_put_name(&b, "c");
	(void)buf_text(&b, "[");
	json_put_comma(&b);
	json_put_quoted(&b, "", 0);
	(void)buf_text(&b, "]}");
	assert_string_equal(buf_str(&b),
	    "{\"a\":\"x\\ny{\",\"b\":-1,\"t\":true,\"f\":false,\"c\":[\"\"]}");
	buf_done(&b);
}

/* Each byte at each place of texts of each length, which are looked through in
 * steps. */
static void
quotes_each_byte(void **state)
{
	struct buf b = BUF(100);

	(void)state;
	for (unsigned c = 1; c < 256; c++)
		for (size_t len = 1; len < 20; len++)
			for (size_t at = 0; at < len; at++) {
				bool plain = c >= ' ' && c != '"' && c != '\\';
				char text[20];

				memset(text, 'a' + (int)(c % 20), len);
				text[at] = (char)c;
				buf_reset(&b);
				json_put_quoted(&b, text, len);
				assert_int_equal(b.len == len + 2, plain);
				assert_memory_equal(b.data + 1, text,
				    plain ? len : at);
				assert_true(plain || b.data[at + 1] == '\\');
			}
	buf_done(&b);
}

/* A text may fill its buffer to the last byte. */
static void
fills_a_buffer(void **state)
{
	struct buf b = BUF(6), less = BUF(5);

	(void)state;
	json_put_quoted(&b, "four", 4);
	assert_false(b.overflowed);
	assert_string_equal(buf_str(&b), "\"four\"");
	json_put_quoted(&less, "four", 4);
	assert_true(less.overflowed);
	buf_done(&b);
	buf_done(&less);
}

static void
compares_names(void **state)
{
	(void)state;
	assert_true(json_text_is(value_of("\"title\""), "title"));
	assert_true(json_text_is(value_of("\"t\\u0069tle\""), "title"));
	assert_true(json_text_is(value_of("\"\\u0074itle\""), "title"));
	assert_false(json_text_is(value_of("\"titles\""), "title"));
	assert_false(json_text_is(value_of("\"\""), "title"));
	assert_false(json_text_is(value_of("\"tit\\\\le\""), "title"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(kinds),
	    cmocka_unit_test(walks),
	    cmocka_unit_test(writes_as_a_tree_is_written),
	    cmocka_unit_test(leaves_nulls_out),
	    cmocka_unit_test(puts_members),
	    cmocka_unit_test(quotes_each_byte),
	    cmocka_unit_test(fills_a_buffer),
	    cmocka_unit_test(compares_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
