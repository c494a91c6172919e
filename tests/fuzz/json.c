/* SPDX-License-Identifier: MIT */
/* JSON there and back again; ours takes what a strict reader takes, and
 * nothing else, and reads in it what json-c reads. Input: the text. */
#include <json-c/json.h>

#include "lib/json.h"
#include "lib/json_text.h"
#include "lib/text.h"
#include "tests/fuzz/strict_json.h"

#define DEPTH 32

static char *
written(const struct json *root, size_t *len)
{
	const char *text = json_write(root, len);
	char *copy = xmalloc(*len + 1);

	MUST(root == NULL || strlen(text) == *len);
	memcpy(copy, root == NULL ? "" : text, *len + 1);
	return copy;
}

/* What we write is JSON to the letter, and says the same when read. */
static void
there_and_back(const struct json *root)
{
	struct json *again = NULL;
	size_t len, len2;
	char *one, *two;

	if (root == NULL)
		return;
	one = written(root, &len);
	MUST(is_strict_json(one, len, DEPTH + 1, NULL));
	MUST(json_parse(NULL, one, len, DEPTH, &again) == NULL);
	two = written(again, &len2);
	MUST(len == len2 && memcmp(one, two, len) == 0);
	MUST(is_strict_json(json_pretty(root), strlen(json_pretty(root)),
	    DEPTH + 1, NULL));
	json_free(again);
	free(one);
	free(two);
}

/* --- the same as json-c ----------------------------------------------- */

static void same(const struct json *j, json_object *c);

static bool
same_member(const char *name, struct json *value, void *arg)
{
	json_object *c = NULL;

	MUST(json_object_object_get_ex(arg, name, &c));
	same(value, c);
	return true;
}

static bool
count_member(const char *name, struct json *value, void *arg)
{
	int *n = arg;

	(void)name;
	(void)value;
	(*n)++;
	return true;
}

static void
same_members(const struct json *j, json_object *c)
{
	int n = 0;

	MUST(json_object_is_type(c, json_type_object));
	json_each(j, count_member, &n);
	MUST(n == json_object_object_length(c));
	json_each(j, same_member, c);
}

static void
same_text(const struct json *j, json_object *c)
{
	const char *text = json_object_get_string(c);

	MUST(json_object_is_type(c, json_type_string));
	MUST(strlen(text) == (size_t)json_object_get_string_len(c));
	MUST(strcmp(json_text(j, NULL), text) == 0);
}

static void
same_list(const struct json *j, json_object *c)
{
	MUST(json_object_is_type(c, json_type_array));
	MUST(json_len(j) == json_object_array_length(c));
	for (size_t i = 0; i < json_len(j); i++)
		same(json_at(j, i), json_object_array_get_idx(c, i));
}

static void
same(const struct json *j, json_object *c)
{
	switch (json_kind(j)) {
	case JSON_NULL:
		MUST(c == NULL);
		break;
	case JSON_BOOL:
		MUST(json_object_is_type(c, json_type_boolean));
		MUST(json_flag(j, false) == json_object_get_boolean(c));
		break;
	case JSON_INT:
		MUST(json_object_is_type(c, json_type_int));
		MUST(json_int(j, 0) == json_object_get_int64(c));
		break;
	case JSON_DOUBLE:
		MUST(json_object_is_type(c, json_type_double));
		MUST(json_double(j, 0) == json_object_get_double(c));
		break;
	case JSON_TEXT:
		same_text(j, c);
		break;
	case JSON_ARRAY:
		same_list(j, c);
		break;
	case JSON_OBJECT:
		same_members(j, c);
		break;
	}
}

/* What ours accepts, json-c reads alike. It is not given what stands behind the
 * value: it would look for a comment there. */
static void
as_json_c_reads(const struct json *root, const char *s, size_t len)
{
	static const struct json_limits limits = {DEPTH, JSON_VALUES,
	    JSON_CONTAINERS, JSON_MEMBERS};
	struct json_tokener *t = json_tokener_new_ex(DEPTH + 1);
	json_object *c;
	char *value;
	size_t end;

	MUST(json_measure(s, len, &limits, &end) == NULL);
	value = xmalloc(end + 1);
	memcpy(value, s, end);
	value[end] = '\0';
	c = json_tokener_parse_ex(t, value, (int)end + 1);
	MUST(json_tokener_get_error(t) == json_tokener_success);
	same(root, c);
	(void)json_object_put(c);
	json_tokener_free(t);
	free(value);
}

static void
check_quote(const char *s)
{
	struct buf b = BUF(1 << 20);
	struct json *root = NULL;

	if (text_is_utf8(s, strlen(s))) {
		MUST(json_quote(s, &b));
		MUST(is_strict_json(b.data, b.len, 1, NULL));
		MUST(json_parse(NULL, b.data, b.len, 2, &root) == NULL);
		MUST(strcmp(json_text(root, ""), s) == 0);
		json_free(root);
	}
	buf_done(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};
	struct json *root = NULL;
	const struct err *e;
	size_t len;
	char *s = input_rest(&in, &len);
	bool odd, strict = is_strict_json(s, len, DEPTH, &odd);
	size_t mark = text_starts(s, "\xef\xbb\xbf") ? 3 : 0;

	e = json_parse(NULL, s, len, DEPTH, &root);
	MUST(!strict || odd || e == NULL);
	MUST(e != NULL || begins_strict_json(s + mark, len - mark, DEPTH));
	if (e == NULL) {
		there_and_back(root);
		as_json_c_reads(root, s + mark, len - mark);
		json_free(root);
	}
	check_quote(s);
	input_done(&in);
	return 0;
}
