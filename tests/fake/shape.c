/* SPDX-License-Identifier: MIT */
#include "tests/fake/shape.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct walk {
	const struct shape *fields;
	bool camel;
	const char *where;
	struct misfit *bad;
	bool ok;
};

/* "collapse_key" is also "collapseKey". */
static bool
name_is(const char *snake, const char *given, bool camel)
{
	while (*snake != '\0' && *given != '\0') {
		if (camel && *snake == '_' && *given != '_') {
			if (*given != toupper((unsigned char)snake[1]))
				return false;
			snake++;
		} else if (*snake != *given) {
			return false;
		}
		snake++;
		given++;
	}
	return *snake == *given;
}

struct seek {
	const char *snake;
	struct json *found;
};

static bool
seek_one(const char *name, struct json *value, void *arg)
{
	struct seek *s = arg;

	if (!name_is(s->snake, name, true))
		return true;
	s->found = value;
	return false;
}

struct json *
shape_get(const struct json *j, const char *snake)
{
	struct seek s = {snake, NULL};

	if (json_kind(j) == JSON_OBJECT)
		json_each(j, seek_one, &s);
	return s.found;
}

static bool
all_text(const char *name, struct json *value, void *arg)
{
	bool *ok = arg;

	(void)name;
	*ok = json_kind(value) == JSON_TEXT;
	return *ok;
}

static bool
is_map(const struct json *j)
{
	bool ok = json_kind(j) == JSON_OBJECT;

	if (ok)
		json_each(j, all_text, &ok);
	return ok;
}

static bool
is_texts(const struct json *j)
{
	size_t i;

	if (json_kind(j) != JSON_ARRAY)
		return false;
	for (i = 0; i < json_len(j); i++)
		if (json_kind(json_at(j, i)) != JSON_TEXT)
			return false;
	return true;
}

static bool
is_word(const struct json *j, const char *words)
{
	const char *s = json_text(j, ""), *p = words;
	size_t len = strlen(s);

	while (len > 0 && (p = strstr(p, s)) != NULL) {
		if ((p == words || p[-1] == '|') &&
		    (p[len] == '|' || p[len] == '\0'))
			return true;
		p += len;
	}
	return false;
}

static bool
is_ttl(const struct json *j, double max)
{
	const char *s = json_text(j, "");
	size_t whole = strspn(s, "0123456789"), more = 0;

	if (whole == 0)
		return false;
	if (s[whole] == '.' &&
	    (more = strspn(s + whole + 1, "0123456789") + 1) == 1)
		return false;
	return strcmp(s + whole + more, "s") == 0 && strtod(s, NULL) <= max;
}

static bool
is_number(const struct json *j, const struct shape *f)
{
	enum json_kind k = json_kind(j);
	double v = json_double(j, 0);

	if (k != JSON_INT && (k != JSON_DOUBLE || f->kind == SHAPE_INT))
		return false;
	return v >= f->min && v <= f->max;
}

static bool
is_kind(const struct json *j, const struct shape *f)
{
	enum json_kind k = json_kind(j);

	switch (f->kind) {
	case SHAPE_TEXT:
		return k == JSON_TEXT;
	case SHAPE_BOOL:
		return k == JSON_BOOL;
	case SHAPE_INT:
	case SHAPE_NUMBER:
		return is_number(j, f);
	case SHAPE_TEXTS:
		return is_texts(j);
	case SHAPE_MAP:
		return is_map(j);
	case SHAPE_OBJECT:
		return k == JSON_OBJECT;
	case SHAPE_OBJECT_OR_TEXT:
		return k == JSON_OBJECT || k == JSON_TEXT;
	case SHAPE_WORD:
		return k == JSON_TEXT && is_word(j, f->words);
	case SHAPE_TTL:
		return k == JSON_TEXT && is_ttl(j, f->max);
	case SHAPE_ANY:
		return k != JSON_NULL;
	}
	return false;
}

static bool
misfit(struct misfit *bad, const char *where, const char *name, const char *why)
{
	(void)snprintf(bad->path, sizeof(bad->path), "%s%s%s", where,
	    where[0] != '\0' ? "." : "", name);
	bad->why = why;
	return false;
}

static bool
check_member(const char *name, struct json *value, void *arg)
{
	struct walk *w = arg;
	const struct shape *f = w->fields;
	char path[160];

	while (f->name != NULL && !name_is(f->name, name, w->camel))
		f++;
	if (f->name == NULL)
		w->ok = misfit(w->bad, w->where, name, "unknown field");
	else if (!is_kind(value, f) || (f->also != NULL && !f->also(value)))
		w->ok = misfit(w->bad, w->where, name, "invalid value");
	if (!w->ok || f->inside == NULL || json_kind(value) != JSON_OBJECT)
		return w->ok;
	(void)snprintf(path, sizeof(path), "%s%s%s", w->where,
	    w->where[0] != '\0' ? "." : "", name);
	w->ok = shape_fits(value, f->inside, w->camel, path, w->bad);
	return w->ok;
}

bool
shape_fits(const struct json *j, const struct shape *fields, bool camel,
    const char *where, struct misfit *bad)
{
	struct walk w = {fields, camel, where, bad, true};
	const struct shape *f;

	if (json_kind(j) != JSON_OBJECT)
		return misfit(bad, where, "", "not an object");
	json_each(j, check_member, &w);
	for (f = fields; w.ok && f->name != NULL; f++)
		if (f->required && shape_get(j, f->name) == NULL)
			w.ok = misfit(bad, where, f->name, "missing field");
	return w.ok;
}

bool
shape_is_single(const char *text, size_t len)
{
	bool quoted = false;
	int depth = 0;
	size_t i;

	for (i = 0; i < len; i++) {
		if (quoted && text[i] == '\\')
			i++;
		else if (text[i] == '"')
			quoted = !quoted;
		else if (!quoted && (text[i] == '{' || text[i] == '['))
			depth++;
		else if (!quoted && (text[i] == '}' || text[i] == ']') &&
		    --depth == 0)
			break;
	}
	for (i++; i < len; i++)
		if (strchr(" \t\r\n", text[i]) == NULL || text[i] == '\0')
			return false;
	return i == len && depth == 0;
}
