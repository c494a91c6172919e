/* SPDX-License-Identifier: MIT */
#include "lib/json_text.h"

#include <string.h>

/* --- reading ---------------------------------------------------------- */

const struct err *
json_text_value(const char *text, size_t len, int depth, struct bytes *value)
{
	const struct json_limits limits = {depth, JSON_VALUES,
	    JSON_CONTAINERS, JSON_MEMBERS};
	size_t end, blank = 0;
	const struct err *e = json_measure(text, len, &limits, &end);

	if (e != NULL)
		return e;
	blank = strspn(text, " \t\r\n"); /* ends at the value */
	*value = (struct bytes){text + blank, end - blank};
	return NULL;
}

enum json_kind
json_text_kind(struct bytes value)
{
	if (value.data == NULL)
		return JSON_NULL;
	switch (value.data[0]) {
	case '{':
		return JSON_OBJECT;
	case '[':
		return JSON_ARRAY;
	case '"':
		return JSON_TEXT;
	case 't':
	case 'f':
		return JSON_BOOL;
	case 'n':
		return JSON_NULL;
	default:
		for (size_t i = 0; i < value.len; i++)
			if (strchr(".eE", value.data[i]) != NULL)
				return JSON_DOUBLE;
		return JSON_INT;
	}
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool
is_container(char c)
{
	return c == '{' || c == '[';
}

/* From the opening quote to behind the closing one. A quote is looked for again
 * only behind one that is escaped, so that each character is seen twice at
 * most, however many escapes there are. */
static const char *
end_of_text(const char *s, const char *end)
{
	for (s++;;) {
		const char *quote = memchr(s, '"', (size_t)(end - s)), *back;

		while ((back = memchr(s, '\\', (size_t)(quote - s))) != NULL &&
		    back + 1 < quote)
			s = back + 2;
		if (back == NULL)
			return quote + 1;
		s = back + 2;
	}
}

/* From the bracket to behind the one that closes it. */
static const char *
end_of_container(const char *s, const char *end)
{
	unsigned open = 0;

	do {
		if (*s == '"') {
			s = end_of_text(s, end);
			continue;
		}
		open += is_container(*s);
		open -= *s == '}' || *s == ']';
		s++;
	} while (open > 0);
	return s;
}

static const char *
end_of_value(const char *s, const char *end)
{
	if (*s == '"')
		return end_of_text(s, end);
	if (is_container(*s))
		return end_of_container(s, end);
	while (s < end && *s != ',' && *s != '}' && *s != ']' &&
	    !is_blank(*s))
		s++;
	return s;
}

struct json_walk
json_walk(struct bytes value)
{
	if (value.data == NULL || !is_container(value.data[0]))
		return (struct json_walk){NULL, NULL, false};
	return (struct json_walk){value.data + 1, value.data + value.len,
	    value.data[0] == '{'};
}

/* To the next character that is neither blank nor that separator. */
static void
walk_past(struct json_walk *w, char separator)
{
	while (is_blank(*w->at) || *w->at == separator)
		w->at++;
}

bool
json_walk_next(struct json_walk *w, struct bytes *name, struct bytes *value)
{
	const char *begin;

	*name = (struct bytes){NULL, 0};
	if (w->at == NULL)
		return false;
	walk_past(w, ',');
	if (*w->at == '}' || *w->at == ']')
		return false;
	if (w->names) {
		begin = w->at;
		w->at = end_of_text(begin, w->end);
		*name = (struct bytes){begin, (size_t)(w->at - begin)};
		walk_past(w, ':');
	}
	begin = w->at;
	w->at = end_of_value(begin, w->end);
	*value = (struct bytes){begin, (size_t)(w->at - begin)};
	return true;
}

/* --- characters ------------------------------------------------------- */

/* The four hex digits of an escape. */
static unsigned
unit_of(const char *digits)
{
	unsigned unit = 0;

	for (int i = 0; i < 4; i++) {
		unsigned c = (unsigned char)digits[i];

		unit = unit * 16 + (c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
	}
	return unit;
}

static void
add_utf8(struct buf *into, unsigned c)
{
	unsigned char s[4];
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	static const unsigned char first[] = {0, 0, 0xc0, 0xe0, 0xf0};

	for (size_t i = n - 1; i > 0; i--, c >>= 6)
		s[i] = (unsigned char)(0x80 | (c & 0x3f));
	s[0] = (unsigned char)(first[n] | c);
	(void)buf_add(into, s, n);
}

/* An escape, from its letter; returns how many characters it takes. */
static size_t
add_escaped(const char *s, struct buf *into)
{
	static const char letters[] = "bfnrt", means[] = "\b\f\n\r\t";
	const char *letter = strchr(letters, *s);
	unsigned c;

	if (*s != 'u') {
		(void)buf_add(into, letter != NULL
		    ? &means[letter - letters] : s, 1);
		return 1;
	}
	c = unit_of(s + 1);
	if ((c & 0xfc00) != 0xd800) {
		add_utf8(into, c);
		return 5;
	}
	/* a pair of surrogates */
	add_utf8(into, 0x10000 + ((c & 0x3ff) << 10 |
		(unit_of(s + 7) & 0x3ff)));
	return 11;
}

static void
add_characters(struct bytes quoted, struct buf *into)
{
	const char *s = quoted.data + 1, *end = quoted.data + quoted.len - 1;

	while (s < end) {
		const char *back = memchr(s, '\\', (size_t)(end - s));
		const char *stop = back != NULL ? back : end;

		(void)buf_add(into, s, (size_t)(stop - s));
		s = stop;
		if (s < end)
			s += 1 + add_escaped(s + 1, into);
	}
}

void
json_text_plain(struct bytes value, struct buf *into)
{
	if (json_text_kind(value) == JSON_TEXT)
		add_characters(value, into);
	else
		json_put_value(into, value, true);
}

char *
json_text_copy(struct arena *a, struct bytes value)
{
	struct buf plain = BUF(value.len);
	char *copy;

	if (json_text_kind(value) == JSON_TEXT &&
	    memchr(value.data, '\\', value.len) == NULL)
		return arena_text(a, value.data + 1, value.len - 2);
	json_text_plain(value, &plain);
	copy = arena_text(a, buf_str(&plain), plain.len);
	buf_done(&plain);
	return copy;
}

struct bytes
json_text_bytes(struct bytes value, struct buf *store)
{
	if (json_text_kind(value) == JSON_TEXT &&
	    memchr(value.data, '\\', value.len) == NULL)
		return (struct bytes){value.data + 1, value.len - 2};
	buf_reset(store);
	json_text_plain(value, store);
	return (struct bytes){buf_str(store), store->len};
}

bool
json_text_is(struct bytes name, const char *word)
{
	struct buf plain = BUF(name.len);
	size_t len;
	bool same;

	if (name.data[1] != word[0] && name.data[1] != '\\')
		return false;
	len = strlen(word);
	if (name.len == len + 2 && memcmp(name.data + 1, word, len) == 0)
		return true; /* so it has no escape, as no word has */
	if (memchr(name.data, '\\', name.len) == NULL)
		return false;
	add_characters(name, &plain);
	same = strcmp(buf_str(&plain), word) == 0;
	buf_done(&plain);
	return same;
}

/* --- writing ---------------------------------------------------------- */

/* A value never ends with one of these brackets or a colon. */
void
json_put_comma(struct buf *into)
{
	char last = '{';

	if (into->len > 0)
		last = into->data[into->len - 1];
	if (!is_container(last) && last != ':')
		(void)buf_add(into, ",", 1);
}

/* Bytes that need no escape, in one step: a quote, they, a quote, and behind a
 * name a colon. */
static void
put_between(struct buf *into, const char *bytes, size_t len, bool is_name)
{
	char *at;

	if (!buf_reserve(into, len + (is_name ? 3 : 2)))
		return;
	at = into->data + into->len;
	*at++ = '"';
	memcpy(at, bytes, len);
	at += len;
	*at++ = '"';
	if (is_name)
		*at++ = ':';
	*at = '\0';
	into->len = (size_t)(at - into->data);
}

void
json_put_name(struct buf *into, const char *name)
{
	json_put_comma(into);
	put_between(into, name, strlen(name), true);
}

void
json_put_text(struct buf *into, const char *name, const char *text)
{
	if (text == NULL)
		return;
	json_put_name(into, name);
	json_put_quoted(into, text, strlen(text));
}

void
json_put_int(struct buf *into, const char *name, int64_t v)
{
	json_put_name(into, name);
	(void)buf_int(into, v);
}

void
json_put_bool(struct buf *into, const char *name, bool v)
{
	json_put_name(into, name);
	(void)buf_text(into, v ? "true" : "false");
}

static bool
needs_escape(char c)
{
	return (unsigned char)c < ' ' || c == '"' || c == '\\';
}

static void
add_escape(struct buf *into, char c)
{
	static const char means[] = "\b\f\n\r\t\"\\", letters[] = "bfnrt\"\\";
	const char *at = c != '\0' ? strchr(means, c) : NULL;

	if (at != NULL)
		(void)buf_add(into, (char[]){'\\', letters[at - means]}, 2);
	else
		(void)buf_fmt(into, "\\u%04x", (unsigned char)c);
}

#define EACH_BYTE(v) (UINT64_C(0x0101010101010101) * (v))

/* Has one of eight bytes a value below n (at most 128)? */
static bool
has_below(uint64_t bytes, uint64_t n)
{
	return ((bytes - EACH_BYTE(n)) & ~bytes & EACH_BYTE(0x80)) != 0;
}

static bool
eight_need_escape(const char *eight)
{
	uint64_t bytes;

	memcpy(&bytes, eight, sizeof bytes);
	return has_below(bytes, ' ') ||
	    has_below(bytes ^ EACH_BYTE('"'), 1) ||
	    has_below(bytes ^ EACH_BYTE('\\'), 1);
}

/* Nearly every text. */
static bool
is_without_escape(const char *text, size_t len)
{
	size_t i = 0;

	for (; i + 8 <= len; i += 8)
		if (eight_need_escape(text + i))
			return false;
	for (; i < len; i++)
		if (needs_escape(text[i]))
			return false;
	return true;
}

void
json_put_quoted(struct buf *into, const char *text, size_t len)
{
	size_t from = 0;

	if (is_without_escape(text, len)) {
		put_between(into, text, len, false);
		return;
	}
	(void)buf_add(into, "\"", 1);
	for (size_t i = 0; i < len; i++)
		if (needs_escape(text[i])) {
			(void)buf_add(into, text + from, i - from);
			add_escape(into, text[i]);
			from = i + 1;
		}
	(void)buf_add(into, text + from, len - from);
	(void)buf_add(into, "\"", 1);
}

bool
json_quote(const char *text, struct buf *into)
{
	if (text == NULL)
		return buf_text(into, "null");
	json_put_quoted(into, text, strlen(text));
	return !into->overflowed;
}

/* A text without an escape is copied as it is. */
static void
put_string(struct buf *into, struct bytes quoted)
{
	struct buf plain = BUF(quoted.len);

	if (memchr(quoted.data, '\\', quoted.len) == NULL) {
		(void)buf_add(into, quoted.data, quoted.len);
		return;
	}
	add_characters(quoted, &plain);
	json_put_quoted(into, buf_str(&plain), plain.len);
	buf_done(&plain);
}

/* What json_measure has accepted is not too deep. */
static void
put_container(struct buf *into, struct bytes value, /* NOLINT(*-recursion) */
    bool nulls)
{
	struct json_walk w = json_walk(value);
	struct bytes name, one;

	(void)buf_add(into, w.names ? "{" : "[", 1);
	while (json_walk_next(&w, &name, &one)) {
		if (!nulls && json_text_kind(one) == JSON_NULL)
			continue;
		json_put_comma(into);
		if (name.data != NULL) {
			put_string(into, name);
			(void)buf_add(into, ":", 1);
		}
		json_put_value(into, one, nulls);
	}
	(void)buf_add(into, w.names ? "}" : "]", 1);
}

void
json_put_value(struct buf *into, struct bytes value, /* NOLINT(*-recursion) */
    bool nulls)
{
	if (value.data == NULL)
		(void)buf_add(into, "null", 4);
	else if (is_container(value.data[0]))
		put_container(into, value, nulls);
	else if (value.data[0] == '"')
		put_string(into, value);
	else if (value.len == 2 && memcmp(value.data, "-0", 2) == 0)
		(void)buf_add(into, "0", 1); /* an integer has one zero */
	else
		(void)buf_add(into, value.data, value.len);
}
