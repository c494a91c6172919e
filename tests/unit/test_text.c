/* SPDX-License-Identifier: MIT */
#include "lib/text.h"

#include "unit.h"

static void
numbers(void **state)
{
	static const struct {
		const char *text;
		bool ok;
		int64_t value;
	} rows[] = {
	    {"0", true, 0}, {"-1", true, -1}, {"100", true, 100},
	    {"101", false, 0}, {"-6", false, 0}, {"", false, 0},
	    {" 1", false, 0}, {"1 ", false, 0}, {"+1", false, 0},
	    {"1.0", false, 0}, {"0x10", false, 0}, {"--1", false, 0},
	    {"99999999999999999999", false, 0}, {"-", false, 0}};
	uint64_t u;

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++) {
		int64_t v = 42;

		CHECK(rows[i].text, text_i64(rows[i].text, -5, 100, &v) ==
		    rows[i].ok);
		CHECK(rows[i].text, v == (rows[i].ok ? rows[i].value : 42));
	}
	assert_true(text_u64("18446744073709551615", UINT64_MAX, &u));
	assert_true(u == UINT64_MAX);
	assert_false(text_u64("18446744073709551616", UINT64_MAX, &u));
	assert_false(text_u64("-1", UINT64_MAX, &u));
}

static void
utf8(void **state)
{
	static const struct {
		const char *text;
		bool ok;
		size_t utf16;
	} rows[] = {
	    {"", true, 0}, {"abc", true, 3}, {"\xc3\xa9", true, 1},
	    {"\xe2\x82\xac", true, 1}, {"\xf0\x9f\x98\x80", true, 2},
	    {"\xf4\x8f\xbf\xbf", true, 2},
	    /* RFC 3629: overlong, surrogate, beyond, cut, stray */
	    {"\xc0\x80", false, 0}, {"\xc1\xbf", false, 0},
	    {"\xe0\x80\x80", false, 0}, {"\xf0\x80\x80\x80", false, 0},
	    {"\xed\xa0\x80", false, 0}, {"\xf4\x90\x80\x80", false, 0},
	    {"\xf5\x80\x80\x80", false, 0}, {"\xc3", false, 0},
	    {"\xe2\x82", false, 0}, {"\x80", false, 0},
	    {"a\xc3(", false, 0}, {"\xff", false, 0}};

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++) {
		size_t len = strlen(rows[i].text);

		CHECK(rows[i].text,
		    text_is_utf8(rows[i].text, len) == rows[i].ok);
		if (rows[i].ok)
			CHECK(rows[i].text,
			    text_utf16_len(rows[i].text, len) ==
			    rows[i].utf16);
	}
	assert_false(text_is_utf8("a\0b", 3));
}

static void
hex(void **state)
{
	unsigned char bytes[3] = {1, 1, 1};
	char text[7];

	(void)state;
	text_hex("\x00\xab\xff", 3, text);
	assert_string_equal(text, "00abff");
	assert_true(text_unhex("00ABff", bytes, 3));
	assert_memory_equal(bytes, "\x00\xab\xff", 3);
	assert_false(text_unhex("00abf", bytes, 3));
	assert_false(text_unhex("00abfff", bytes, 3));
	assert_false(text_unhex("00abfg", bytes, 3));
	assert_false(text_unhex(" 0abff", bytes, 3));
}

static void
mask(void **state)
{
	static const struct {
		const char *token, *shown;
	} rows[] = {{"", "..."}, {"abc", "abc..."}, {"abcdef", "abcdef..."},
	    {"abcdefghijklmnop", "abcdef..."},
	    {"abcde\xc3\xa9xyz", "abcde..."}};
	char shown[10];

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++) {
		text_mask(rows[i].token, shown);
		CHECK(rows[i].token, strcmp(shown, rows[i].shown) == 0);
	}
}

static void
hide(void **state)
{
	static const struct {
		const char *text, *shown;
	} rows[] = {{"", ""}, {"Unregistered", "Unregistered"},
	    {"BadEnvironmentKeyIdInToken", "BadEnvironmentKeyIdInToken"},
	    {"row 123456789012345678901234567890 is", "row "
		"123456789012345678901234567890 is"},
	    {"no device \"0123456789abcdef0123456789abcdef\" here",
		"no device \"012345...\" here"},
	    {"0123456789abcdef0123456", "0123456789abcdef0123456"},
	    {"secret=a%2Bb%2F0123456789abcdef&x=1", "secret...&x=1"},
	    {"eyJhbGciOiJFUzI1NiIsImtpZCI6.eyJpc3MiOiJURUFNMTIzNDUifQ.x",
		"eyJhbG....eyJpc3....x"},
	    {"/var/lib/outpost/secret.key: cannot be read", "/var/lib/"
		"outpost/secret.key: cannot be read"},
	    {"caf\xc3\xa9 0123456789abcdef01234567", "caf\xc3\xa9 012345..."}};
	char shown[64];

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++) {
		text_hide(rows[i].text, shown, sizeof shown);
		CHECK(rows[i].text, strcmp(shown, rows[i].shown) == 0);
	}
	/* what is cut is hidden before */
	text_hide("token 0123456789abcdef0123456789abcdef", shown, 12);
	assert_string_equal(shown, "token 01234");
	text_hide("token", shown, 1);
	assert_string_equal(shown, "");
}

static void
classes(void **state)
{
	static const char pattern[] = "[a-zA-Z0-9-]{8,1024}";
	static const struct {
		const char *text;
		bool ok;
	} rows[] = {{"abcdefgh", true}, {"ABC-0123", true}, {"abcdefg", false},
	    {"abcdefg_", false}, {"", false}, {"abcdefgh\n", false}};
	static const char *const bad[] = {"", "abc", "[a-z]", "[a-z]{1}",
	    "[]{1,2}", "[a]{2,1}", "[a]{1,2}x", "[a]{1,99999}", "[a{1,2}",
	    "[a]{,}", "[a]{1,", "a[a]{1,2}", "[a]{-1,2}"};

	(void)state;
	assert_true(text_class_ok(pattern));
	for (size_t i = 0; i < nitems(rows); i++)
		CHECK(rows[i].text,
		    text_class_match(pattern, rows[i].text) == rows[i].ok);
	for (size_t i = 0; i < nitems(bad); i++)
		CHECK(bad[i], !text_class_ok(bad[i]));
}

static void
unescape(void **state)
{
	static const struct {
		const char *text, *plain; /* NULL: refused */
		bool form;
	} rows[] = {
	    {"abc", "abc", false}, {"a%20b", "a b", false},
	    {"a+b", "a+b", false}, {"a+b", "a b", true},
	    {"%2F%2f", "//", false}, {"%c3%a9", "\xc3\xa9", false},
	    {"%", NULL, false}, {"%2", NULL, false}, {"%2g", NULL, false},
	    {"%00", NULL, false}, {"%%", NULL, false}, {"100%", NULL, true},
	    {"%2520", "%20", false}};
	char text[32];

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++) {
		(void)snprintf(text, sizeof text, "%s", rows[i].text);
		CHECK(rows[i].text, text_unescape(text, rows[i].form) ==
		    (rows[i].plain != NULL));
		if (rows[i].plain != NULL)
			CHECK(rows[i].text, strcmp(text, rows[i].plain) == 0);
	}
}

static void
units(void **state)
{
	static const struct {
		const char *text;
		int64_t ms, bytes; /* -1: refused */
	} rows[] = {
	    {"200ms", 200, -1}, {"30s", 30000, -1}, {"5m", 300000, 5 << 20},
	    {"24h", 86400000, -1}, {"7d", 604800000, -1}, {"64k", -1, 65536},
	    {"1024", -1, 1024}, {"1g", -1, 1 << 30}, {"0s", 0, -1},
	    {"", -1, -1}, {"s", -1, -1}, {"-1s", -1, -1}, {"1 s", -1, -1},
	    {"1.5s", -1, -1}, {"9999999999999999999d", -1, -1},
	    {"9223372036854775807d", -1, -1}, {"1S", -1, -1}};

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++) {
		int64_t ms = -1, bytes = -1;

		CHECK(rows[i].text, text_duration(rows[i].text, &ms) ==
		    (rows[i].ms >= 0));
		CHECK(rows[i].text, text_size(rows[i].text, &bytes) ==
		    (rows[i].bytes >= 0));
		CHECK(rows[i].text, ms == rows[i].ms &&
		    bytes == rows[i].bytes);
	}
	assert_true(text_starts("prefixed", "prefix"));
	assert_true(text_starts("x", ""));
	assert_false(text_starts("pre", "prefix"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(numbers), cmocka_unit_test(utf8),
	    cmocka_unit_test(hex),     cmocka_unit_test(mask),
	    cmocka_unit_test(hide),
	    cmocka_unit_test(classes), cmocka_unit_test(unescape),
	    cmocka_unit_test(units),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
