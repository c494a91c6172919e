/* SPDX-License-Identifier: MIT */
/* Field tables: coercion, limits, order, the words of the faults. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/arena.h"
#include "lib/mem.h"

#include "fcgi/field.h"
#include "fcgi/request.h"

struct inner {
	const char *name;
	bool flag;
};

struct sample {
	const char *text, *id, *choice, *other, *either;
	bool flag, yes;
	int64_t number, count, moment;
	struct texts texts;
	struct list list;
	struct json *body, *any;
	struct inner inner;
};

static const char *const colours[] = {"red", "green", NULL};
static const char *const modes[] = {"FAST", "SLOW", NULL};

/* clang-format off */
#define AT(member) offsetof(struct sample, member)

static const struct field inner_fields[] = {
	{"name", F_ID, F_NEED, offsetof(struct inner, name), 0, 5,
	    .missing = "Name must be there."},
	{"flag", F_FLAG, 0, offsetof(struct inner, flag)},
	{NULL}
};

static const struct field body_fields[] = {
	{"title", F_TEXT,    0, FIELD_NOWHERE},
	{"badge", F_INT,     0, FIELD_NOWHERE, -10, 10},
	{"until", F_INSTANT, 0, FIELD_NOWHERE},
	{"args",  F_TEXTS,   F_ANY_TEXT, FIELD_NOWHERE},
	{"loud",  F_FLAG,    0, FIELD_NOWHERE},
	{"extra", F_JSON,    0, FIELD_NOWHERE},
	{NULL}
};

static const struct field sample_fields[] = {
	{"text",   F_TEXT,  0, AT(text), 0, 4},
	{"either", F_TEXT,  F_FILLED | F_OR_OBJECT, AT(either), 0, 9},
	{"id",	   F_ID,    F_FILLED, AT(id), 0, 8, .empty = "ID is empty."},
	{"choice", F_ENUM,  F_ANYCASE, AT(choice), .choices = colours},
	{"mode",   F_ENUM,  F_NULL, AT(other), .choices = modes},
	{"flag",   F_FLAG,  0, AT(flag)},
	{"yes",	   F_FLAG,  F_QUERY_ONLY, AT(yes)},
	{"number", F_INT,   0, AT(number), -5, 100},
	{"count",  F_COUNT, F_QUERY, AT(count), 0, 2000},
	{"moment", F_INSTANT, 0, AT(moment)},
	{"texts",  F_TEXTS, F_FILLED | F_QUERY, AT(texts), 0, 3, .each = 4,
	    .empty = "Texts are empty."},
	{"body",   F_JSON,  0, AT(body), .of = body_fields},
	{"any",	   F_JSON,  0, AT(any)},
	{"inner",  F_OBJECT, 0, AT(inner), .of = inner_fields},
	{"list",   F_LIST,  F_FILLED, AT(list), .of = inner_fields,
	    .size = sizeof(struct inner), .empty = "List is empty.",
	    .wrong = "Element must not be null.",
	    .before = "Element ", .between = " is not valid: "},
	{NULL}
};

static const struct form sample = {sample_fields, sizeof(struct sample),
    NULL, 0};
/* clang-format on */

static const struct err *
check(struct arena *a, const struct form *form, const char *json,
    const struct request *req, void *into)
{
	struct json *object = NULL;

	memset(into, 0, form->size);
	assert_null(json_parse(a, json, strlen(json), 32, &object));
	return field_check(a, form, object, req, into, NULL);
}

/* clang-format off */
static const struct {
	const char *json, *says; /* NULL: accepted */
} faults[] = {
	{"{}", NULL},
	{"{\"unknown\":{\"deep\":[1,2]},\"text\":null,\"flag\":null,"
	    "\"number\":null,\"texts\":null,\"body\":null,\"list\":null}", NULL},
	{"3", "requestObject must be an object"},
	{"[]", "requestObject must be an object"},
	{"\"x\"", "requestObject must be an object"},
	{"{\"text\":\"1234\"}", NULL},
	{"{\"text\":\"12345\"}", "text must be at most 4 characters long"},
	{"{\"text\":\"\xf0\x9f\x98\x80\xf0\x9f\x98\x80\"}", NULL},
	{"{\"text\":\"\xf0\x9f\x98\x80\xf0\x9f\x98\x80x\"}",
	    "text must be at most 4 characters long"},
	{"{\"text\":[\"a\"]}", "text must be a text"},
	{"{\"text\":{}}", "text must be a text"},
	{"{\"text\":\"a\\nb\"}", NULL},
	{"{\"either\":\"abc\"}", NULL},
	{"{\"either\":{ \"a\" : \"b\" }}", NULL},
	{"{\"either\":{\"a\":\"bcd\"}}",
	    "either must be at most 9 characters long"},
	{"{\"either\":[]}", "either must be a text"},
	{"{\"either\":\"\"}", "either must not be empty"},
	{"{\"id\":\"\"}", "ID is empty."},
	{"{\"id\":\"a\\nb\"}", "id must not contain control characters"},
	{"{\"id\":\"a\\u007fb\"}", "id must not contain control characters"},
	{"{\"id\":\"a\\u0085b\"}", "id must not contain control characters"},
	{"{\"id\":\"\\u017ela\"}", NULL},
	{"{\"choice\":\"Red\"}", NULL},
	{"{\"choice\":\"blue\"}", "choice must be one of red, green"},
	{"{\"choice\":\"\"}", "choice must be one of red, green"},
	{"{\"choice\":1}", "choice must be one of red, green"},
	{"{\"mode\":\"fast\"}", "mode must be one of FAST, SLOW"},
	{"{\"flag\":\"True\"}", NULL},
	{"{\"flag\":2}", "flag must be true or false"},
	{"{\"flag\":\"maybe\"}", "flag must be true or false"},
	{"{\"flag\":[]}", "flag must be true or false"},
	{"{\"number\":101}", "number must be between -5 and 100"},
	{"{\"number\":1e300}", "number must be a number"},
	{"{\"number\":\"3x\"}", "number must be a number"},
	{"{\"number\":true}", "number must be a number"},
	{"{\"number\":\"\"}", NULL},
	{"{\"moment\":\"2017-12-11\"}", "moment must be a moment such as "
	    "2016-10-12T11:20:04Z, or seconds since 1970"},
	{"{\"moment\":true}", "moment must be a moment such as "
	    "2016-10-12T11:20:04Z, or seconds since 1970"},
	{"{\"moment\":1e18}", "moment must be a moment such as "
	    "2016-10-12T11:20:04Z, or seconds since 1970"},
	{"{\"moment\":\"\"}", NULL},
	{"{\"texts\":\"a\"}", "texts must be an array"},
	{"{\"texts\":[]}", "Texts are empty."},
	{"{\"texts\":[\"a\",null]}", "texts[1] must be a text"},
	{"{\"texts\":[\"a\",\"\"]}", "texts[1] must not be empty"},
	{"{\"texts\":[\"a\",[]]}", "texts[1] must be a text"},
	{"{\"texts\":[\"12345\"]}", "texts[0] must be at most 4 characters long"},
	{"{\"texts\":[1,2,3,4]}", "texts must be at most 3 elements long"},
	{"{\"any\":[]}", "any must be an object"},
	{"{\"body\":{\"badge\":11}}", "body.badge must be between -10 and 10"},
	{"{\"body\":{\"args\":[\"a\\nb\",\"\"]}}", NULL},
	{"{\"body\":{\"title\":{}}}", "body.title must be a text"},
	{"{\"body\":3}", "body must be an object"},
	{"{\"inner\":{}}", "Name must be there."},
	{"{\"inner\":{\"name\":\"123456\"}}",
	    "inner.name must be at most 5 characters long"},
	{"{\"list\":[]}", "List is empty."},
	{"{\"list\":[{\"name\":\"x\"},{}]}",
	    "Element 1 is not valid: Name must be there."},
	{"{\"list\":[null]}",
	    "Element 0 is not valid: Element must not be null."},
	{"{\"list\":[3]}", "Element 0 is not valid: list[0] must be an object"},
	{"{\"list\":{}}", "list must be an array"},
	/* the order of the rows is the order of checking */
	{"{\"list\":[],\"id\":\"\",\"text\":[]}", "text must be a text"},
};
/* clang-format on */

static void
test_faults(void **state)
{
	struct sample s;

	for (size_t i = 0; i < nitems(faults); i++) {
		const struct err *e = check(*state, &sample, faults[i].json,
		    NULL, &s);

		print_message("# %s\n", faults[i].json);
		if (faults[i].says == NULL) {
			assert_null(e);
			continue;
		}
		assert_non_null(e);
		assert_int_equal(e->code, ERR_INVALID);
		assert_string_equal(e->text, faults[i].says);
	}
}

static void
test_coercion(void **state)
{
	struct sample s;

	assert_null(check(*state, &sample, "{\"text\":1.5,\"id\":3,"
	    "\"choice\":\"GREEN\",\"flag\":\"1\",\"number\":\"7\","
	    "\"either\":{ \"a\" : 1 },"
	    "\"texts\":[\"a\",2,true],\"moment\":\"2017-12-11T21:22:29.923Z\","
	    "\"list\":[{\"name\":1,\"flag\":\"true\"},{\"name\":\"b\"}],"
	    "\"inner\":{\"name\":\"in\",\"flag\":1},\"any\":{\"a\":[null]}}",
	    NULL, &s));
	assert_string_equal(s.text, "1.5");
	assert_string_equal(s.id, "3");
	assert_string_equal(s.either, "{\"a\":1}");
	assert_string_equal(s.choice, "green");
	assert_null(s.other);
	assert_true(s.flag);
	assert_int_equal(s.number, 7);
	assert_int_equal(s.texts.n, 3);
	assert_string_equal(s.texts.items[1], "2");
	assert_string_equal(s.texts.items[2], "true");
	assert_int_equal(s.moment, 1513027349923);
	assert_int_equal(s.list.n, 2);
	assert_string_equal(((struct inner *)s.list.items)[0].name, "1");
	assert_true(((struct inner *)s.list.items)[0].flag);
	assert_false(((struct inner *)s.list.items)[1].flag);
	assert_string_equal(s.inner.name, "in");
	assert_true(s.inner.flag);
	assert_non_null(s.any);

	assert_null(check(*state, &sample, "{\"number\":3.7,\"mode\":null,"
	    "\"moment\":1513027349,\"count\":\"x\",\"flag\":0}", NULL, &s));
	assert_int_equal(s.number, 3);
	assert_string_equal(s.other, "");
	assert_int_equal(s.moment, 1513027349000);
	assert_int_equal(s.count, 0);
	assert_null(check(*state, &sample, "{\"moment\":\"1513027349.5\","
	    "\"number\":-3.7,\"count\":5000}", NULL, &s));
	assert_int_equal(s.moment, 1513027349500);
	assert_int_equal(s.number, -3);
	assert_int_equal(s.count, 2000);
	/* before 1970: long ago, but given */
	assert_null(check(*state, &sample, "{\"moment\":1513027349923}", NULL,
	    &s));
	assert_int_equal(s.moment, 1513027349923);
	assert_null(check(*state, &sample, "{\"moment\":\"1513027349923\"}",
	    NULL, &s));
	assert_int_equal(s.moment, 1513027349923);
	/* the last that are seconds, the first that are milliseconds */
	assert_null(check(*state, &sample, "{\"moment\":100000000000}", NULL,
	    &s));
	assert_int_equal(s.moment, 100000000000000);
	assert_null(check(*state, &sample, "{\"moment\":100000000001}", NULL,
	    &s));
	assert_int_equal(s.moment, 100000000001);
	assert_null(check(*state, &sample, "{\"moment\":-5}", NULL, &s));
	assert_int_equal(s.moment, 1);
}

/* Only what the table knows, coerced. */
static void
test_known_members(void **state)
{
	struct sample s;
	size_t len;

	assert_null(check(*state, &sample, "{\"body\":{\"x\":1,\"title\":5,"
	    "\"badge\":\"3\",\"until\":1476271204,\"args\":[1,\"b\"],"
	    "\"loud\":\"yes\",\"extra\":{\"a\":{\"b\":null}},\"sound\":2}}",
	    NULL, &s));
	assert_string_equal(json_write(s.body, &len), "{\"title\":\"5\","
	    "\"badge\":3,\"until\":\"2016-10-12T11:20:04Z\","
	    "\"args\":[\"1\",\"b\"],\"loud\":true,"
	    "\"extra\":{\"a\":{\"b\":null}}}");
	assert_null(check(*state, &sample, "{\"body\":{\"badge\":null}}",
	    NULL, &s));
	assert_string_equal(json_write(s.body, &len), "{}");
}

/* What no table knows, wherever a table stands; free objects and nulls are not
 * looked at. */
static void
test_strays(void **state)
{
	static const char text[] = "{\"Text\":1,\"text\":\"x\",\"yes\":1,"
	    "\"body\":{\"titel\":\"x\",\"extra\":{\"z\":1},\"n\":null},"
	    "\"any\":{\"z\":1},\"inner\":{\"a b\":0},"
	    "\"list\":[{\"name\":\"x\"},{\"flag\":1,\"falg\":{\"z\":1}}]}";
	static const char *const wanted[] = {"Text", "yes", "body.titel",
	    "inner.(odd)", "list[1].falg"};
	struct json *object = NULL, *many = json_new_object(*state);
	struct strays s;

	assert_null(json_parse(*state, text, strlen(text), 32, &object));
	field_strays(*state, &sample, object, &s);
	assert_int_equal(s.n, nitems(wanted));
	for (size_t i = 0; i < nitems(wanted); i++)
		assert_string_equal(s.paths[i], wanted[i]);
	for (int i = 0; i < 50; i++)
		json_set_int(many, arena_fmt(*state, "m%d", i), i);
	field_strays(*state, &sample, many, &s);
	assert_int_equal(s.n, 50);
	assert_string_equal(s.paths[LIMIT_WARNINGS - 1], "m19");
	field_strays(*state, &sample, NULL, &s);
	assert_int_equal(s.n, 0);
}

static void
test_query(void **state)
{
	struct request req = {.query = {{"count", "20"}, {"texts", "a,,b"},
	    {"texts", "c"}, {"yes", "on"}, {"text", "no"}}, .n_query = 5};
	struct sample s;

	assert_null(check(*state, &sample, "{\"yes\":false}", &req, &s));
	assert_int_equal(s.count, 20);
	assert_int_equal(s.texts.n, 3);
	assert_string_equal(s.texts.items[2], "c");
	assert_true(s.yes);
	assert_null(s.text); /* not asked of the query */
	/* the body wins */
	assert_null(check(*state, &sample, "{\"count\":3}", &req, &s));
	assert_int_equal(s.count, 3);
	/* never an error */
	req.query[0].value = "-7";
	assert_null(check(*state, &sample, "{}", &req, &s));
	assert_int_equal(s.count, 0);
	req.query[3].value = "perhaps";
	assert_string_equal(check(*state, &sample, "{}", &req, &s)->text,
	    "yes must be true or false");
}

/* The same parameter under two names, needed once. */
static void
test_aliases(void **state)
{
	/* clang-format off */
	static const struct field fields[] = {
		{"messageId", F_ID, F_QUERY, 0},
		{"id", F_ID, F_NEED | F_QUERY, 0, .missing = "No id."},
		{NULL}
	};
	/* clang-format on */
	static const struct form form = {fields, sizeof(char *), NULL, 0};
	struct request req = {.query = {{"messageId", "7"}}, .n_query = 1};
	const char *id;

	assert_null(field_check(*state, &form, NULL, &req, &id, NULL));
	assert_string_equal(id, "7");
	req.query[0].name = "id";
	id = NULL;
	assert_null(field_check(*state, &form, NULL, &req, &id, NULL));
	assert_string_equal(id, "7");
	req.n_query = 0;
	id = NULL;
	assert_string_equal(field_check(*state, &form, NULL, &req, &id,
	    NULL)->text, "No id.");
}

static void
test_whole_object(void **state)
{
	/* clang-format off */
	static const struct field fields[] = {
		{"", F_TEXTS, F_NEED, 0, .each = 255, .missing = "Nothing."},
		{NULL}
	};
	/* clang-format on */
	static const struct form form = {fields, sizeof(struct texts), NULL, 0};
	struct texts t;

	assert_null(check(*state, &form, "[\"a\",7]", NULL, &t));
	assert_int_equal(t.n, 2);
	assert_string_equal(t.items[1], "7");
	assert_null(check(*state, &form, "[]", NULL, &t));
	assert_int_equal(t.n, 0);
	assert_string_equal(check(*state, &form, "{}", NULL, &t)->text,
	    "requestObject must be an array");
	assert_string_equal(check(*state, &form, "[{}]", NULL, &t)->text,
	    "requestObject[0] must be a text");
	assert_string_equal(check(*state, &form, "null", NULL, &t)->text,
	    "Nothing.");
}

/* clang-format off */
static const struct field bean_fields[] = {
	{"userId", F_ID, F_NEED | F_FILLED | F_NOT_BLANK, AT(id), 1, 255,
	    .missing = "must not be blank"},
	{"subject", F_TEXT, F_NEED, AT(text), 8, 255,
	    .missing = "must not be null"},
	{"applications", F_TEXTS, F_NEED | F_FILLED, AT(texts),
	    .missing = "must not be empty",
	    .pattern = "[a-zA-Z0-9_-]{3,255}"},
	{"secret", F_TEXT, F_SECRET, AT(other), 0, 3},
	{"page", F_ID, F_NEED | F_QUERY_ONLY, AT(choice),
	    .missing = "must not be null"},
	{NULL}
};
static const struct form bean = {bean_fields, sizeof(struct sample), NULL,
    FORM_VIOLATIONS};
/* clang-format on */

static void
test_violations(void **state)
{
	static const char json[] = "{\"userId\":\" \",\"subject\":\"short\","
	    "\"applications\":[\"app-1\",\"x\"],\"secret\":\"12345\"}";
	struct json *object, *violations = json_new_array(*state);
	struct sample s = {0};
	const struct err *e;
	size_t len;

	assert_null(json_parse(*state, json, sizeof json - 1, 32, &object));
	e = field_check(*state, &bean, object, NULL, &s, violations);
	assert_string_equal(e->text, "requestObject.userId must not be blank");
	assert_string_equal(json_write(violations, &len),
	    "[{\"fieldName\":\"requestObject.userId\",\"invalidValue\":\" \","
	    "\"hint\":\"must not be blank\"},"
	    "{\"fieldName\":\"requestObject.subject\","
	    "\"invalidValue\":\"short\","
	    "\"hint\":\"size must be between 8 and 255\"},"
	    "{\"fieldName\":\"requestObject.applications[1]\","
	    "\"invalidValue\":\"x\","
	    "\"hint\":\"must match \\\"^[a-zA-Z0-9_-]{3,255}$\\\"\"},"
	    "{\"fieldName\":\"requestObject.secret\","
	    "\"hint\":\"size must be between 0 and 3\"},"
	    "{\"fieldName\":\"page\",\"hint\":\"must not be null\"}]");
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
	    TEST(test_faults),
	    TEST(test_coercion),
	    TEST(test_known_members),
	    TEST(test_strays),
	    TEST(test_query),
	    TEST(test_aliases),
	    TEST(test_whole_object),
	    TEST(test_violations),
	};

	return cmocka_run_group_tests_name("field", tests, NULL, NULL);
}
