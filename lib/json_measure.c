/* SPDX-License-Identifier: MIT */
/*
 * This file decides which text is accepted as JSON. json_build.c and
 * json_text.c read what has passed here, and check nothing again.
 */
#include "lib/json_measure.h"

#include <stdbool.h>
#include <string.h>

#include "lib/mem.h"
#include "lib/text.h"

struct json_scan {
	const char *text, *at, *end;
	const struct json_limits *limits;
	size_t values, containers, members;
	int depth; /* of the current value */
	bool naming; /* a member's name is being read */
};

static const struct err *take_value(struct json_scan *l);

static size_t
place(const struct json_scan *l)
{
	return (size_t)(l->at - l->text);
}

static const struct err *
unexpected(const struct json_scan *l)
{
	if (l->at == l->end)
		return err_new(ERR_INVALID, "JSON ends too early");
	return err_new(ERR_INVALID, "JSON syntax error near byte %zu: "
	    "unexpected character", place(l));
}

static bool
is_in(const struct json_scan *l, const char *set)
{
	if (l->at == l->end)
		return false;
	while (*set != '\0' && *set != *l->at)
		set++; /* sets are short: strchr takes longer */
	return *set != '\0';
}

static bool
skip(struct json_scan *l, const char *set)
{
	bool any = false;

	for (; is_in(l, set); l->at++)
		any = true;
	return any;
}

static bool
skip_one(struct json_scan *l, const char *set)
{
	if (!is_in(l, set))
		return false;
	l->at++;
	return true;
}

static void
skip_space(struct json_scan *l)
{
	if (l->at < l->end && *l->at <= ' ')
		(void)skip(l, " \t\r\n");
}

/* --- texts ------------------------------------------------------------ */

/* Read the four hex digits after "\u"; false when there are not four. */
static bool
take_unit(struct json_scan *l, unsigned *unit)
{
	unsigned char two[2];
	char digits[5] = "";

	for (size_t i = 0; i < 4; i++, l->at++) {
		if (!is_in(l, "0123456789abcdefABCDEF"))
			return false;
		digits[i] = *l->at;
	}
	(void)text_unhex(digits, two, sizeof two);
	*unit = two[0] * 256u + two[1];
	return true;
}

/* Half a surrogate pair is no character, and a NUL would end a name. NUL in any
 * other text is refused later, with the path of its value. */
static const struct err *
take_character(struct json_scan *l)
{
	size_t begin = place(l);
	unsigned unit, low = 0;

	if (!take_unit(l, &unit))
		return unexpected(l);
	if (unit == 0 && l->naming)
		return err_new(ERR_INVALID, "JSON has a name with a NUL "
		    "character near byte %zu", begin);
	if (unit < 0xd800 || unit > 0xdfff)
		return NULL;
	if (unit < 0xdc00 && skip_one(l, "\\") && skip_one(l, "u") &&
	    take_unit(l, &low) && (low & 0xfc00) == 0xdc00)
		return NULL;
	return err_new(ERR_INVALID, "JSON has half a surrogate pair near byte "
	    "%zu", begin);
}

static const struct err *
take_escape(struct json_scan *l)
{
	l->at++;
	if (skip_one(l, "\"\\/bfnrt"))
		return NULL;
	return skip_one(l, "u") ? take_character(l) : unexpected(l);
}

static bool
is_plain_character(char c)
{
	return (unsigned char)c >= ' ' && c != '"' && c != '\\';
}

static const struct err *
take_text(struct json_scan *l)
{
	const struct err *e;

	if (!skip_one(l, "\""))
		return unexpected(l);
	for (;;) {
		while (l->at < l->end && is_plain_character(*l->at))
			l->at++;
		if (skip_one(l, "\""))
			return NULL;
		if (l->at == l->end || *l->at != '\\')
			return unexpected(l);
		if ((e = take_escape(l)) != NULL)
			return e;
	}
}

/* --- the other scalars ------------------------------------------------ */

static const char digits[] = "0123456789";

/* A number or a literal must end at a delimiter: "01", "1x" and "nullnull" do
 * not. */
static const struct err *
end_of_word(const struct json_scan *l)
{
	int c = l->at < l->end ? *l->at : ',';
	bool letter = (c | 32) >= 'a' && (c | 32) <= 'z';

	return letter || is_in(l, digits) || is_in(l, "_+-.")
	    ? unexpected(l) : NULL;
}

static const struct err *
take_number(struct json_scan *l)
{
	(void)skip_one(l, "-");
	if (!skip_one(l, "0") && !skip(l, digits))
		return unexpected(l);
	if (skip_one(l, ".") && !skip(l, digits))
		return unexpected(l);
	if (skip_one(l, "eE")) {
		(void)skip_one(l, "+-");
		if (!skip(l, digits))
			return unexpected(l);
	}
	return end_of_word(l);
}

static const struct err *
take_word(struct json_scan *l)
{
	static const char *const words[] = {"true", "false", "null"};
	const char *word = "";

	for (size_t i = 0; i < nitems(words); i++)
		if (*l->at == words[i][0])
			word = words[i];
	if (*word == '\0')
		return unexpected(l);
	for (; *word != '\0'; word++, l->at++)
		if (l->at == l->end || *l->at != *word)
			return unexpected(l);
	return end_of_word(l);
}

/* --- containers -------------------------------------------------------- */

static const struct err *
take_name(struct json_scan *l)
{
	const struct err *e;

	if (++l->members > l->limits->members)
		return err_new(ERR_INVALID, "JSON holds more than %zu members",
		    l->limits->members);
	skip_space(l);
	l->naming = true;
	if ((e = take_text(l)) != NULL)
		return e;
	l->naming = false;
	skip_space(l);
	return skip_one(l, ":") ? NULL : unexpected(l);
}

static const struct err *
take_container(struct json_scan *l) /* NOLINT(*-recursion) */
{
	bool names = *l->at++ == '{';
	const char *close = names ? "}" : "]";
	const struct err *e;

	if (++l->containers > l->limits->containers)
		return err_new(ERR_INVALID, "JSON holds more than %zu objects "
		    "and arrays", l->limits->containers);
	skip_space(l);
	if (skip_one(l, close))
		return NULL;
	do {
		if ((names && (e = take_name(l)) != NULL) ||
		    (e = take_value(l)) != NULL)
			return e;
		skip_space(l);
	} while (skip_one(l, ","));
	return skip_one(l, close) ? NULL : unexpected(l);
}

/* The limits bound the recursion. */
static const struct err *
take_value(struct json_scan *l) /* NOLINT(*-recursion) */
{
	const struct err *e;

	if (++l->depth > l->limits->depth)
		return err_new(ERR_INVALID, "JSON is nested deeper than %d "
		    "levels", l->limits->depth);
	if (++l->values > l->limits->values)
		return err_new(ERR_INVALID, "JSON holds more than %zu values",
		    l->limits->values);
	skip_space(l);
	if (is_in(l, "\""))
		e = take_text(l);
	else if (is_in(l, "{["))
		e = take_container(l);
	else if (is_in(l, "-0123456789"))
		e = take_number(l);
	else
		e = l->at < l->end ? take_word(l) : unexpected(l);
	l->depth--;
	return e;
}

const struct err *
json_measure(const char *text, size_t len, const struct json_limits *limits,
    size_t *end)
{
	struct json_scan l = {.text = text, .at = text, .end = text + len,
	    .limits = limits};
	const struct err *e = take_value(&l);

	if (e == NULL && !text_is_utf8(text, place(&l)))
		e = err_new(ERR_INVALID, "JSON is not valid UTF-8");
	if (e == NULL)
		*end = place(&l);
	return e;
}

/* An array has one element more than commas. */
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
