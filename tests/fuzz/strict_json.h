/* SPDX-License-Identifier: MIT */
/* Is a text JSON, whole and to the letter (RFC 8259)? Shares nothing with
 * lib/json. */
#ifndef TESTS_FUZZ_STRICT_JSON_H
#define TESTS_FUZZ_STRICT_JSON_H

#include "tests/fuzz/fuzz.h"

struct strict {
	const unsigned char *p, *end;
	int depth;
	bool odd; /* NUL or a surrogate in a text, a number that may be too
		     large: ours may refuse it */
};

static bool strict_value(struct strict *s);

static inline bool
strict_eat(struct strict *s, const char *set)
{
	if (s->p == s->end || *s->p == '\0' || strchr(set, *s->p) == NULL)
		return false;
	s->p++;
	return true;
}

static inline void
strict_space(struct strict *s)
{
	while (strict_eat(s, " \t\r\n"))
		;
}

static inline bool
strict_word(struct strict *s, const char *word)
{
	size_t n = strlen(word);

	if ((size_t)(s->end - s->p) < n || memcmp(s->p, word, n) != 0)
		return false;
	s->p += n;
	return true;
}

static inline size_t
strict_digits(struct strict *s)
{
	const unsigned char *from = s->p;

	while (strict_eat(s, "0123456789"))
		;
	return (size_t)(s->p - from);
}

static inline bool
strict_number(struct strict *s)
{
	size_t n = 0;

	(void)strict_eat(s, "-");
	if (!strict_eat(s, "0") && (n = strict_digits(s)) == 0)
		return false;
	s->odd |= n > 18;
	if (strict_eat(s, ".") && strict_digits(s) == 0)
		return false;
	if (!strict_eat(s, "eE"))
		return true;
	s->odd = true;
	(void)strict_eat(s, "+-");
	return strict_digits(s) > 0;
}

static inline bool
strict_text(struct strict *s)
{
	uint32_t c;
	size_t n;

	if (!strict_eat(s, "\""))
		return false;
	while (!strict_eat(s, "\"")) {
		if (s->p == s->end || *s->p < 0x20 ||
		    (n = utf8_next(s->p, (size_t)(s->end - s->p), &c)) == 0)
			return false;
		s->p += n;
		if (c != '\\' || strict_eat(s, "\"\\/bfnrt"))
			continue;
		s->odd |= s->end - s->p > 2 && (s->p[1] | 0x20) == 'd' &&
		    strchr("89abcdefABCDEF", s->p[2]) != NULL;
		if (strict_word(s, "u0000"))
			s->odd = true;
		else if (!strict_eat(s, "u"))
			return false;
		else
			for (int i = 0; i < 4; i++)
				if (!strict_eat(s, "0123456789abcdefABCDEF"))
					return false;
	}
	return true;
}

/* What stands between the brackets; members have names. */
static inline bool
strict_list(struct strict *s, const char *close, bool names)
{
	strict_space(s);
	if (strict_eat(s, close))
		return true;
	do {
		strict_space(s);
		if (names) {
			if (!strict_text(s))
				return false;
			strict_space(s);
			if (!strict_eat(s, ":"))
				return false;
		}
		if (!strict_value(s))
			return false;
	} while (strict_eat(s, ","));
	return strict_eat(s, close);
}

static bool
strict_value(struct strict *s)
{
	bool good;

	if (--s->depth < 0)
		return false;
	strict_space(s);
	if (strict_eat(s, "{"))
		good = strict_list(s, "}", true);
	else if (strict_eat(s, "["))
		good = strict_list(s, "]", false);
	else if (s->p < s->end && *s->p == '"')
		good = strict_text(s);
	else
		good = strict_word(s, "true") || strict_word(s, "false") ||
		    strict_word(s, "null") || strict_number(s);
	strict_space(s);
	s->depth++;
	return good;
}

/* Does it begin with a value? */
static inline bool
begins_strict_json(const char *text, size_t len, int depth)
{
	struct strict s = {(const unsigned char *)text,
	    (const unsigned char *)text + len, depth, false};

	return strict_value(&s);
}

/* odd, if not NULL: lib/json may refuse it all the same. */
static inline bool
is_strict_json(const char *text, size_t len, int depth, bool *odd)
{
	struct strict s = {(const unsigned char *)text,
	    (const unsigned char *)text + len, depth, false};
	bool good = strict_value(&s) && s.p == s.end;

	if (odd != NULL)
		*odd = s.odd;
	return good;
}

#endif
