/* SPDX-License-Identifier: MIT */
/*
 * A look at a JSON text before a parser spends memory on it: how much it
 * holds, and what json-c would let by or change. No grammar is checked here.
 */
#include <string.h>

#include "lib/json.h"
#include "lib/text.h"

/* What "\uXXXX" at s stands for; 0 when there is no such escape. */
static unsigned
escaped(const char *s, size_t len)
{
	unsigned char two[2];
	char digits[5] = "";

	if (len < 6 || s[0] != '\\' || s[1] != 'u')
		return 0;
	memcpy(digits, s + 2, 4);
	return text_unhex(digits, two, 2) ? two[0] * 256u + two[1] : 0;
}

/* Bytes of the escape at s; 0 when it is half a surrogate pair, for which
 * json-c would put another character. */
static size_t
escape_len(const char *s, size_t len)
{
	unsigned unit = escaped(s, len);

	if (unit < 0xd800 || unit > 0xdfff)
		return 2;
	if (unit < 0xdc00 && (escaped(s + 6, len - 6) & 0xfc00) == 0xdc00)
		return 12;
	return 0;
}

struct measure {
	size_t at, values, containers, members, open;
	bool quoted;
};

/* The byte outside of texts; false when it ends the first value. */
static bool
count_mark(struct measure *m, char c)
{
	switch (c) {
	case '[':
	case '{':
		m->containers++;
		m->open++;
		m->values++;
		return true;
	case ',':
		m->values++;
		return true;
	case ':':
		m->members++;
		return true;
	case ']':
	case '}':
		return m->open > 1 && m->open--;
	default:
		return true;
	}
}

/* What json-c takes outside of texts and JSON does not: 'text' and "1.". */
static bool
is_lax(const char *s, size_t len)
{
	return s[0] == '\'' ||
	    (s[0] == '.' && (len < 2 || s[1] < '0' || s[1] > '9'));
}

/* Counts by brackets and commas outside of texts: never too few; an empty
 * container is taken for two values. */
static const struct err *
scan(struct measure *m, const char *s, size_t len)
{
	for (size_t n; m->at < len; m->at += n) {
		n = 1;
		if (s[m->at] == '"')
			m->quoted = !m->quoted;
		else if (!m->quoted && is_lax(s + m->at, len - m->at))
			return err_new(ERR_INVALID, "JSON syntax error near "
			    "byte %zu: unexpected character", m->at);
		else if (!m->quoted && !count_mark(m, s[m->at]))
			return NULL;
		else if (m->quoted && s[m->at] == '\\')
			n = escape_len(s + m->at, len - m->at);
		if (n == 0)
			return err_new(ERR_INVALID, "JSON has half a "
			    "surrogate pair near byte %zu", m->at);
	}
	return NULL;
}

const struct err *
json_measure(const char *s, size_t len, const struct json_limits *limits)
{
	struct measure m = {.values = 1};
	const struct err *e = scan(&m, s, len);

	if (e != NULL)
		return e;
	if (m.containers > limits->containers)
		return err_new(ERR_INVALID, "JSON holds more than %zu objects "
		    "and arrays", limits->containers);
	if (m.members > limits->members)
		return err_new(ERR_INVALID, "JSON holds more than %zu members",
		    limits->members);
	if (m.values > limits->values)
		return err_new(ERR_INVALID, "JSON holds more than %zu values",
		    limits->values);
	return NULL;
}

/* One more than its commas. */
size_t
json_longest(const char *s, size_t len, unsigned depth)
{
	size_t n = 0, most = 0; /* n stays 0 in an object */
	unsigned open = 0;
	bool quoted = false;

	for (size_t i = 0; i < len; i++) {
		if (s[i] == '"')
			quoted = !quoted;
		else if (quoted)
			i += s[i] == '\\';
		else if (s[i] == '[' || s[i] == '{')
			n = ++open == depth ? s[i] == '[' : n;
		else if (s[i] == ']' || s[i] == '}')
			open -= open > 0;
		else if (s[i] == ',' && open == depth && n > 0)
			n++;
		most = n > most ? n : most;
	}
	return most;
}
