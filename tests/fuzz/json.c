/* SPDX-License-Identifier: MIT */
/* JSON there and back again; ours takes what a strict reader takes, and
 * nothing else. Input: the text. */
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
		json_free(root);
	}
	check_quote(s);
	input_done(&in);
	return 0;
}
