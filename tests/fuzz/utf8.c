/* SPDX-License-Identifier: MIT */
/* The validator of UTF-8 against one by code points; escapes of URLs; what
 * is shown of a token. Input: any bytes. */
#include "lib/text.h"
#include "tests/fuzz/fuzz.h"

static bool
valid(const unsigned char *p, size_t len, size_t *units)
{
	uint32_t c;
	size_t n;

	for (*units = 0; len > 0; p += n, len -= n) {
		if ((n = utf8_next(p, len, &c)) == 0 || c == 0)
			return false;
		*units += c >= 0x10000 ? 2 : 1;
	}
	return true;
}

/* "%41" by a table of hex digits and strtoul's own idea of them. */
static bool
unescape(const char *s, bool form, char *out)
{
	for (; *s != '\0'; s++) {
		char digits[3] = {0};

		*out++ = *s == '+' && form ? ' ' : *s;
		if (*s != '%')
			continue;
		for (int i = 0; i < 2; i++, s++)
			if (s[1] == '\0' || strchr("0123456789abcdefABCDEF",
			    digits[i] = s[1]) == NULL)
				return false;
		out[-1] = (char)strtoul(digits, NULL, 16);
		if (out[-1] == '\0')
			return false;
	}
	*out = '\0';
	return true;
}

static void
check_escapes(const char *s, bool form)
{
	char *mine = xmalloc(strlen(s) + 1), *theirs = xstrdup(s);
	bool good = unescape(s, form, mine);

	MUST(text_unescape(theirs, form) == good);
	MUST(!good || strcmp(mine, theirs) == 0);
	free(theirs);
	free(mine);
}

static void
check_hex(const char *s, size_t len)
{
	char *hex = xmalloc(2 * len + 1), *back = xmalloc(len + 1);

	text_hex(s, len, hex);
	MUST(strlen(hex) == 2 * len);
	MUST(text_unhex(hex, back, len) && memcmp(s, back, len) == 0);
	if (text_unhex(s, back, strlen(s) / 2)) {
		text_hex(back, strlen(s) / 2, hex);
		MUST(strcasecmp(s, hex) == 0);
	}
	free(back);
	free(hex);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};
	size_t len, units, shown;
	char *s = input_rest(&in, &len), mask[10];
	bool good = valid((unsigned char *)s, len, &units);

	MUST(text_is_utf8(s, len) == good);
	MUST(!good || text_utf16_len(s, len) == units);
	text_mask(s, mask);
	shown = strlen(mask) - 3;
	MUST(shown <= 6 && memcmp(mask, s, shown) == 0);
	MUST(!good || text_is_utf8(mask, strlen(mask)));
	check_escapes(s, false);
	check_escapes(s, true);
	check_hex(s, len);
	input_done(&in);
	return 0;
}
