/* SPDX-License-Identifier: MIT */
#include "lib/text.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SECRET_MIN 24 /* characters; reasons and names are shorter */

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

struct bytes
text_bytes(const char *s)
{
	return (struct bytes){s, s != NULL ? strlen(s) : 0};
}

bool
text_i64(const char *s, int64_t min, int64_t max, int64_t *out)
{
	long long v;
	char *end;

	if (!is_digit(s[0]) && !(s[0] == '-' && is_digit(s[1])))
		return false;
	errno = 0;
	v = strtoll(s, &end, 10);
	if (errno != 0 || *end != '\0' || v < min || v > max)
		return false;
	*out = v;
	return true;
}

bool
text_u64(const char *s, uint64_t max, uint64_t *out)
{
	unsigned long long v;
	char *end;

	if (!is_digit(s[0]))
		return false;
	errno = 0;
	v = strtoull(s, &end, 10);
	if (errno != 0 || *end != '\0' || v > max)
		return false;
	*out = v;
	return true;
}

/* Length of the sequence that begins with c; 0 when c begins none. */
static size_t
utf8_length(unsigned char c)
{
	if (c < 0x80)
		return c != 0;
	if (c >= 0xc2 && c <= 0xdf)
		return 2;
	if (c >= 0xe0 && c <= 0xef)
		return 3;
	return c >= 0xf0 && c <= 0xf4 ? 4 : 0;
}

/* The second byte excludes overlong forms, surrogates and > U+10FFFF. */
static bool
utf8_second_ok(unsigned char first, unsigned char second)
{
	switch (first) {
	case 0xe0:
		return second >= 0xa0 && second <= 0xbf;
	case 0xed:
		return second >= 0x80 && second <= 0x9f;
	case 0xf0:
		return second >= 0x90 && second <= 0xbf;
	case 0xf4:
		return second >= 0x80 && second <= 0x8f;
	default:
		return second >= 0x80 && second <= 0xbf;
	}
}

/* Past most of the ASCII characters, but NUL, that come next. */
static const unsigned char *
past_ascii(const unsigned char *p, const unsigned char *end)
{
	const uint64_t high = UINT64_C(0x8080808080808080);
	const uint64_t ones = UINT64_C(0x0101010101010101);
	uint64_t eight;

	for (; (size_t)(end - p) >= sizeof eight; p += sizeof eight) {
		memcpy(&eight, p, sizeof eight);
		if (((eight | (eight - ones)) & high) != 0)
			break; /* a high bit; or, perhaps, a zero byte */
	}
	return p;
}

bool
text_is_utf8(const char *s, size_t len)
{
	const unsigned char *p = (const unsigned char *)s, *end = p + len;

	while (p < end) {
		size_t n;

		p = past_ascii(p, end);
		if (p == end)
			break;
		n = utf8_length(*p);

		if (n == 0 || n > (size_t)(end - p))
			return false;
		if (n > 1 && !utf8_second_ok(p[0], p[1]))
			return false;
		for (size_t i = 2; i < n; i++)
			if ((p[i] & 0xc0) != 0x80)
				return false;
		p += n;
	}
	return true;
}

size_t
text_utf16_len(const char *s, size_t len)
{
	size_t units = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];

		units += (c & 0xc0) != 0x80; /* each character once */
		units += c >= 0xf0;	     /* astral: a surrogate pair */
	}
	return units;
}

size_t
text_cut(const char *s, size_t max)
{
	size_t len = strlen(s);

	if (len <= max)
		return len;
	while (max > 0 && ((unsigned char)s[max] & 0xc0) == 0x80)
		max--;
	return max;
}

void
text_hex(const void *bytes, size_t n, char *out)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *p = bytes;

	for (size_t i = 0; i < n; i++) {
		*out++ = digits[p[i] >> 4];
		*out++ = digits[p[i] & 15];
	}
	*out = '\0';
}

static int
hex_digit(char c)
{
	if (is_digit(c))
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool
text_unhex(const char *s, void *out, size_t n)
{
	unsigned char *p = out;

	if (strlen(s) != 2 * n)
		return false;
	for (size_t i = 0; i < n; i++) {
		int hi = hex_digit(s[2 * i]), lo = hex_digit(s[2 * i + 1]);

		if (hi < 0 || lo < 0)
			return false;
		p[i] = (unsigned char)(hi << 4 | lo);
	}
	return true;
}

void
text_mask(const char *token, char out[10])
{
	size_t n = text_cut(token, 6);

	memcpy(out, token, n);
	memcpy(out + n, "...", 4);
}

/* Does the word at s look like a secret? *len is its length. '/' and '.' end a
 * word, or a path or a host name would be hidden. */
static bool
is_secret(const char *s, size_t *len)
{
	bool letter = false, digit = false;
	size_t n = 0;

	for (; isalnum((unsigned char)s[n]) ||
	    (s[n] != '\0' && strchr("-_+=%~:", s[n]) != NULL); n++) {
		letter |= isalpha((unsigned char)s[n]) != 0;
		digit |= isdigit((unsigned char)s[n]) != 0;
	}
	*len = n;
	return n >= SECRET_MIN && letter && digit;
}

void
text_hide(const char *text, char *into, size_t size)
{
	char masked[10];
	size_t n = 0, len;

	while (*text != '\0' && n + 1 < size) {
		bool hide = is_secret(text, &len);
		const char *shown = text;
		size_t room = size - 1 - n, shows = len > 0 ? len : 1;

		text += shows;
		if (hide) {
			text_mask(shown, masked);
			shown = masked;
			shows = strlen(masked);
		}
		if (shows > room)
			shows = room;
		memcpy(into + n, shown, shows);
		n += shows;
	}
	into[n] = '\0';
}

void
text_printable(char *s)
{
	for (; *s != '\0'; s++)
		if (*s < ' ' || *s > '~')
			*s = '?';
		else if (*s == '"')
			*s = '\'';
}

void
text_quote(const char *text, char *into, size_t size)
{
	text_hide(text, into, size);
	text_printable(into);
}

/* Split "[class]{min,max}" into the class and the two bounds. */
static bool
class_parts(const char *p, const char **set, size_t *n, uint64_t bound[2])
{
	const char *close = strchr(p, ']');
	char number[2][24];
	const char *comma, *end;

	if (p[0] != '[' || close == NULL || close[1] != '{')
		return false;
	comma = strchr(close, ',');
	end = strchr(close, '}');
	if (comma == NULL || end == NULL || comma > end || end[1] != '\0' ||
	    (size_t)(comma - close - 2) >= sizeof number[0] ||
	    (size_t)(end - comma - 1) >= sizeof number[1])
		return false;
	memcpy(number[0], close + 2, (size_t)(comma - close - 2));
	number[0][comma - close - 2] = '\0';
	memcpy(number[1], comma + 1, (size_t)(end - comma - 1));
	number[1][end - comma - 1] = '\0';
	*set = p + 1;
	*n = (size_t)(close - p - 1);
	return *n > 0 && text_u64(number[0], 4096, &bound[0]) &&
	    text_u64(number[1], 4096, &bound[1]) && bound[0] <= bound[1];
}

static bool
in_class(const char *set, size_t n, char c)
{
	for (size_t i = 0; i < n; i++) {
		if (i + 2 < n && set[i + 1] == '-') {
			if (c >= set[i] && c <= set[i + 2])
				return true;
			i += 2;
		} else if (set[i] == c) {
			return true;
		}
	}
	return false;
}

bool
text_class_ok(const char *pattern)
{
	uint64_t bound[2];
	const char *set;
	size_t n;

	return class_parts(pattern, &set, &n, bound);
}

bool
text_class_match(const char *pattern, const char *s)
{
	size_t n, len = strlen(s);
	uint64_t bound[2];
	const char *set;

	if (!class_parts(pattern, &set, &n, bound) || len < bound[0] ||
	    len > bound[1])
		return false;
	for (; *s != '\0'; s++)
		if (!in_class(set, n, *s))
			return false;
	return true;
}

const char *
text_name(const char *name)
{
	return text_class_match("[a-zA-Z0-9_-]{1,64}", name) ? name : "(odd)";
}

bool
text_unescape(char *s, bool form)
{
	char *out = s;

	for (; *s != '\0'; s++) {
		int hi, lo;

		if (*s == '+' && form) {
			*out++ = ' ';
			continue;
		}
		if (*s != '%') {
			*out++ = *s;
			continue;
		}
		if ((hi = hex_digit(s[1])) < 0 || (lo = hex_digit(s[2])) < 0 ||
		    (hi | lo) == 0)
			return false;
		*out++ = (char)(hi << 4 | lo);
		s += 2;
	}
	*out = '\0';
	return true;
}

struct unit {
	const char *name;
	int64_t factor;
};

/* A number and the name of one of the units; NULL ends the units. A unit with
 * the name "" allows a bare number. */
static bool
with_unit(const char *s, const struct unit *u, int64_t *out)
{
	size_t digits = strspn(s, "0123456789");
	char number[20];
	int64_t v;

	if (digits == 0 || digits >= sizeof number)
		return false;
	memcpy(number, s, digits);
	number[digits] = '\0';
	if (!text_i64(number, 0, INT64_MAX, &v))
		return false;
	while (u->name != NULL && strcmp(s + digits, u->name) != 0)
		u++;
	if (u->name == NULL || v > INT64_MAX / u->factor)
		return false;
	*out = v * u->factor;
	return true;
}

bool
text_duration(const char *s, int64_t *ms)
{
	static const struct unit units[] = {{"ms", 1}, {"s", 1000},
	    {"m", 60000}, {"h", 3600000}, {"d", 86400000}, {NULL}};

	return with_unit(s, units, ms);
}

bool
text_size(const char *s, int64_t *bytes)
{
	static const struct unit units[] = {{"", 1}, {"k", 1024},
	    {"m", 1024 * 1024}, {"g", 1024 * 1024 * 1024}, {NULL}};

	return with_unit(s, units, bytes);
}

bool
text_starts(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}
