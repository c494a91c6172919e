/* SPDX-License-Identifier: MIT */
#include "push/exchange.h"

#include "lib/clock.h"
#include "lib/text.h"
#include "push/verdict.h"
#include "push_case.h"

/* 2026-01-01T00:00:00Z */
#define NOW_MS 1767225600000

static void
retry_after(void **state)
{
	static const struct {
		const char *value;
		unsigned s;
	} rows[] = {
		/* clang-format off */
		{"30", 30},
		{" 30 ", 30},
		{"0", 0},
		{"86400", 86400},
		{"86401", 86400},
		{"99999999999999999999999", 86400},
		{"", 0},
		{"soon", 0},
		{"-5", 0},
		{"1.5", 0},
		{"30 s", 0},
		{"Thu, 01 Jan 2026 00:01:00 GMT", 60},
		{"Thu, 01 Jan 2026 00:01:00 GMT ", 60},
		{"Thursday, 01-Jan-26 00:01:00 GMT", 60},
		{"Thu Jan  1 00:01:00 2026", 60},
		{"Thu, 01 Jan 2026 00:01:00 CET", 0},
		{"Wed, 31 Dec 2025 23:59:59 GMT", 0},
		{"Fri, 01 Jan 2027 00:00:00 GMT", 86400},
		{"Thu, 01 Jan 2026 00:01:00 GMT, really", 0},
		/* clang-format on */
	};

	(void)state;
	clock_set(NOW_MS);
	for (size_t i = 0; i < nitems(rows); i++)
		if (exchange_retry_after(rows[i].value) != rows[i].s)
			fail_msg("row \"%s\": %u, not %u", rows[i].value,
			    exchange_retry_after(rows[i].value), rows[i].s);
	clock_set(0);
}

static void
safe(void **state)
{
	static const struct {
		const char *value;
		bool safe;
	} rows[] = {
		{"cz.example.bank", true},
		{"bearer a.b.c", true},
		{"", false},
		{" x", false},
		{"x ", false},
		{"a\r\nb: c", false},
		{"a\tb", false},
		{"a\x7f", false},
		{"\xc3\xa9", false},
	};

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++)
		ROW(rows[i].value,
		    exchange_safe(rows[i].value) == rows[i].safe);
}

/* Every character at every place of a text that is looked at in pieces. */
static void
safe_at_every_place(void **state)
{
	char text[20];

	(void)state;
	for (size_t at = 1; at + 2 < sizeof text; at++)
		for (int c = 1; c < 256; c++) {
			memset(text, 'x', sizeof text - 1);
			text[sizeof text - 1] = '\0';
			text[at] = (char)c;
			assert_int_equal(exchange_safe(text),
			    c >= ' ' && c <= '~');
		}
}

static void
store_has_an_end(void **state)
{
	struct exchange *x = exchange_new();
	const char *a = exchange_fmt(x, "%s", "one");
	const char *b = exchange_fmt(x, "%d", 2);

	(void)state;
	assert_string_equal(a, "one");
	assert_string_equal(b, "2");
	/* too long leaves the rest usable */
	assert_null(exchange_fmt(x, "%0*d", EXCHANGE_STORE, 0));
	assert_string_equal(exchange_fmt(x, "three"), "three");
	assert_string_equal(a, "one");
	assert_non_null(exchange_fmt(x, "%0*d",
	    (int)(EXCHANGE_STORE - x->stored - 1), 0));
	assert_int_equal(x->stored, EXCHANGE_STORE);
	assert_null(exchange_fmt(x, "%s", ""));
	assert_null(exchange_join(x, "", ""));
	exchange_reset(x);
	assert_string_equal(exchange_join(x, "/a/", "b"), "/a/b");
	assert_string_equal(exchange_join(x, "", "c"), "c");
	assert_int_equal(x->stored, 5 + 2);
	(void)exchange_fmt(x, "%0*d", EXCHANGE_STORE - 7 - 4, 0);
	assert_int_equal(x->stored, EXCHANGE_STORE - 3);
	assert_null(exchange_join(x, "ab", "c"));
	assert_null(exchange_join(x, "", "abc"));
	assert_null(exchange_join(x, "abc", ""));
	assert_string_equal(exchange_join(x, "a", "b"), "ab");
	assert_int_equal(x->stored, EXCHANGE_STORE);
	exchange_free(x);
	exchange_free(NULL);
}

static void
exchange_is_over(void *owner, struct exchange *x)
{
	(void)owner;
	(void)x;
}

static void
reset_forgets(void **state)
{
	struct exchange *x = exchange_new();

	(void)state;
	x->path = "/";
	exchange_header(x, "a", "b");
	(void)buf_text(&x->answer, "old");
	(void)buf_text(&x->request, "old");
	x->done = exchange_is_over;
	x->owner = x;
	x->retry_after_s = 9;
	exchange_fail(x, EXCHANGE_UNKNOWN, "cut off after %d bytes", 12);
	assert_int_equal(x->end, EXCHANGE_UNKNOWN);
	assert_string_equal(x->why, "cut off after 12 bytes");
	exchange_reset(x);
	assert_int_equal(x->end, EXCHANGE_OPEN);
	assert_int_equal(x->n_headers, 0);
	assert_int_equal(x->answer.len + x->request.len + x->stored, 0);
	assert_int_equal(x->retry_after_s, 0);
	assert_string_equal(x->why, "");
	assert_null(x->path);
	assert_null(x->done);
	assert_null(x->owner);
	exchange_free(x);
}

static void
answer_has_a_limit(void **state)
{
	struct exchange *x = exchange_new();

	(void)state;
	for (int i = 0; i < EXCHANGE_ANSWER; i++)
		assert_true(buf_add(&x->answer, "x", 1));
	assert_false(buf_add(&x->answer, "x", 1));
	assert_true(x->answer.overflowed);
	exchange_reset(x);
	assert_false(x->answer.overflowed);
	exchange_free(x);
}

/* Of JSON too: as many values as may be, and one more. */
static void
json_has_a_limit(void **state)
{
	static const struct {
		const char *one;
		size_t most;
	} rows[] = {{"1,", VERDICT_VALUES - 1},
	    {"{},", VERDICT_CONTAINERS - 1}};

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++)
		for (size_t more = 0; more < 2; more++) {
			struct buf b = BUF(EXCHANGE_ANSWER);
			struct json *j;

			(void)buf_text(&b, "[");
			for (size_t n = 0; n < rows[i].most + more; n++)
				(void)buf_text(&b, rows[i].one);
			b.data[b.len - 1] = ']';
			j = verdict_json(b.data, b.len);
			assert_true((j != NULL) == (more == 0));
			json_free(j);
			buf_done(&b);
		}
}

/* What peers say fits a row, a line and an answer. */
static void
words_are_plain(void **state)
{
	static const struct {
		const char *said, *kept;
	} rows[] = {{"Unregistered", "Unregistered"},
	    {"a\"b\\c", "a'b\\c"}, {"\x1b[31m\n", "?[31m?"},
	    {"\xf0\x9f\x98\x80", "?" "?" "?" "?"}, {"\xff\xc3", "?" "?"},
	    {"01234567890123456789", "0123456789012345678"}};
	struct exchange *x = exchange_new();

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++) {
		char into[20];

		text_quote(rows[i].said, into, sizeof into);
		assert_string_equal(into, rows[i].kept);
		exchange_fail(x, EXCHANGE_UNKNOWN, "%.19s", rows[i].said);
		assert_string_equal(x->why, rows[i].kept);
	}
	exchange_free(x);
}

static void
say(struct exchange *x, const char *name, const char *value)
{
	exchange_answer_header(x, name, strlen(name), value, strlen(value));
}

/* Of the headers of an answer those are kept that judges look at. */
static void
answer_headers(void **state)
{
	struct exchange *x = exchange_new();
	char long_value[2000];

	(void)state;
	memset(long_value, 'v', sizeof long_value - 1);
	long_value[sizeof long_value - 1] = '\0';
	x->status = 201;
	say(x, "Retry-After", "7");
	say(x, "retry-after-not", "8");
	say(x, "X-WNS-NotificationStatus", "drop\"ped");
	say(x, "location", "https://push.example.org/m/an-id");
	say(x, "location", long_value);
	assert_int_equal(x->retry_after_s, 7);
	assert_string_equal(x->told, "drop'ped");
	assert_string_equal(x->id, "an-id");
	say(x, "apns-id", "\x1b" "another");
	assert_string_equal(x->id, "?another");
	exchange_answer_interim(x);
	assert_int_equal(x->status, 0);
	assert_int_equal(x->retry_after_s, 0);
	assert_string_equal(x->id, "");
	assert_string_equal(x->told, "");
	x->status = 307;
	say(x, "location", "https://push.example.org/elsewhere");
	assert_string_equal(x->id, "");
	exchange_free(x);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(retry_after),
	    cmocka_unit_test(safe),
	    cmocka_unit_test(safe_at_every_place),
	    cmocka_unit_test(store_has_an_end),
	    cmocka_unit_test(reset_forgets),
	    cmocka_unit_test(answer_has_a_limit),
	    cmocka_unit_test(json_has_a_limit),
	    cmocka_unit_test(words_are_plain),
	    cmocka_unit_test(answer_headers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
