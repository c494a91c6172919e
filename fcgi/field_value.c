/* SPDX-License-Identifier: MIT */
/* One value of each type: coerced as the published API does, checked
 * against its row's limits. */
#include "fcgi/field_part.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/mem.h"
#include "lib/text.h"

#define INSTANT_MAX 253402300799999 /* the last of year 9999, ms */
#define SECONDS_MAX 1e11 /* as seconds the year 5138: more are milliseconds */

/* --- bounds ----------------------------------------------------------- */

static const char *
bounds_hint(const struct form_check *k, const struct field *f, const char *unit)
{
	if (k->violations != NULL)
		return arena_fmt(k->a, "size must be between %lld and %lld",
		    (long long)f->min, (long long)f->max);
	if (f->min <= 1)
		return arena_fmt(k->a, "must be at most %lld %s long",
		    (long long)f->max, unit);
	return arena_fmt(k->a, "must be %lld to %lld %s long",
	    (long long)f->min, (long long)f->max, unit);
}

/* --- texts ------------------------------------------------------------ */

static bool
has_control(const char *s)
{
	const unsigned char *p = (const unsigned char *)s;

	for (; *p != '\0'; p++)
		if (*p < 0x20 || *p == 0x7f ||
		    (*p == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0))
			return true;
	return false;
}

static bool
is_blank(const char *s)
{
	while (*s != '\0' && (unsigned char)*s <= ' ')
		s++;
	return *s == '\0';
}

static bool
out_of_bounds(const struct field *f, int64_t n)
{
	return f->max != 0 && (n < f->min || n > f->max);
}

/* A scalar as text; NULL when it is none. */
static const char *
scalar(const struct json *j)
{
	switch (json_kind(j)) {
	case JSON_BOOL:
	case JSON_INT:
	case JSON_DOUBLE:
	case JSON_TEXT:
		return json_as_text(j);
	default:
		return NULL;
	}
}

static bool
fail_empty(struct form_check *k, const struct field *f, const struct scope *at,
    struct json *j)
{
	return field_fail(k, f, at, j, f->empty != NULL ? f->empty : f->missing,
	    "must not be empty");
}

bool
field_take_text(struct form_check *k, const struct field *f,
    const struct scope *at, struct json *j, void *place, struct json *keep)
{
	bool written = f->flags & F_OR_OBJECT && json_kind(j) == JSON_OBJECT;
	const char *s = written ? json_as_text(j) : scalar(j);

	if (s == NULL)
		return field_fail(k, f, at, j, NULL, "must be a text");
	if ((f->flags & F_FILLED && *s == '\0') ||
	    (f->flags & F_NOT_BLANK && is_blank(s)))
		return fail_empty(k, f, at, j);
	if (out_of_bounds(f, (int64_t)text_utf16_len(s, strlen(s))))
		return field_fail(k, f, at, j, NULL,
		    bounds_hint(k, f, "characters"));
	*(const char **)place = s;
	if (keep != NULL && json_kind(j) == JSON_TEXT)
		json_keep(keep, f->name, j);
	else if (keep != NULL)
		json_set_text(keep, f->name, s);
	return true;
}

static bool
good_id(struct form_check *k, const struct field *f, const struct scope *at,
    struct json *j, const char *s)
{
	if (has_control(s))
		return field_fail(k, f, at, j, NULL,
		    "must not contain control characters");
	if (f->pattern != NULL && !text_class_match(f->pattern, s))
		return field_fail(k, f, at, j, NULL,
		    arena_fmt(k->a, "must match \"^%s$\"", f->pattern));
	return true;
}

bool
field_take_id(struct form_check *k, const struct field *f,
    const struct scope *at, struct json *j, void *place, struct json *keep)
{
	const char *s = scalar(j);

	if (s != NULL && !good_id(k, f, at, j, s))
		return false;
	return field_take_text(k, f, at, j, place, keep);
}

static const char *
choices_hint(struct form_check *k, const char *const *choices)
{
	struct buf b = BUF(512);
	const char *hint;

	(void)buf_text(&b, "must be one of ");
	for (size_t i = 0; choices[i] != NULL; i++)
		(void)buf_fmt(&b, "%s%s", i > 0 ? ", " : "", choices[i]);
	hint = arena_text(k->a, buf_str(&b), b.len);
	buf_done(&b);
	return hint;
}

bool
field_take_enum(struct form_check *k, const struct field *f,
    const struct scope *at, struct json *j, void *place, struct json *keep)
{
	const char *s = json_text(j, NULL);

	for (const char *const *c = f->choices; s != NULL && *c != NULL; c++) {
		if (strcmp(s, *c) != 0 && ((f->flags & F_ANYCASE) == 0 ||
		    strcasecmp(s, *c) != 0))
			continue;
		*(const char **)place = *c;
		if (keep != NULL)
			json_set_text(keep, f->name, *c);
		return true;
	}
	return field_fail(k, f, at, j, NULL, choices_hint(k, f->choices));
}

static bool
take_element(struct form_check *k, const struct field *f,
    const struct scope *at, struct json *j, const char **into)
{
	const char *s = scalar(j);

	if (j == NULL && f->flags & F_NULLS)
		return true;
	if (s == NULL)
		return field_fail(k, f, at, j, NULL, "must be a text");
	if (f->each > 0 &&
	    text_utf16_len(s, strlen(s)) > (size_t)f->each)
		return field_fail(k, f, at, j, NULL,
		    arena_fmt(k->a, "must be at most %lld characters long",
			(long long)f->each));
	if (*s == '\0' && (f->flags & F_ANY_TEXT) == 0)
		return field_fail(k, f, at, j, NULL, "must not be empty");
	*into = s;
	return f->flags & F_ANY_TEXT || good_id(k, f, at, j, s);
}

bool
field_is_array(struct form_check *k, const struct field *f,
    const struct scope *at, struct json *j)
{
	if (json_kind(j) != JSON_ARRAY)
		return field_fail(k, f, at, j, NULL, "must be an array");
	if (f->flags & F_FILLED && json_len(j) == 0)
		return fail_empty(k, f, at, j);
	if (out_of_bounds(f, (int64_t)json_len(j)))
		return field_fail(k, f, at, NULL, NULL,
		    bounds_hint(k, f, "elements"));
	return true;
}

bool
field_take_texts(struct form_check *k, const struct field *f,
    const struct scope *at, struct json *j, void *place, struct json *keep)
{
	struct texts *t = place;
	bool good = true;

	if (!field_is_array(k, f, at, j))
		return false;
	t->n = json_len(j);
	t->items = arena_zero(k->a, (t->n + 1) * sizeof *t->items);
	for (size_t i = 0; i < t->n && (good || k->violations != NULL); i++) {
		struct scope element = {at, NULL, i, at->query};

		good &= take_element(k, f, &element, json_at(j, i),
		    &t->items[i]);
	}
	if (good && keep != NULL) {
		struct json *copy = json_set_array(keep, f->name);

		for (size_t i = 0; i < t->n; i++)
			if (json_kind(json_at(j, i)) == JSON_TEXT)
				json_add(copy, json_at(j, i));
			else
				json_add_text(copy, t->items[i]);
	}
	return good;
}

/* --- numbers ---------------------------------------------------------- */

/* A number without its fraction. */
static bool
number(const struct json *j, int64_t *out)
{
	double d;

	switch (json_kind(j)) {
	case JSON_INT:
		*out = json_int(j, 0);
		return true;
	case JSON_DOUBLE:
		d = json_double(j, 0);
		if (d < -9e18 || d > 9e18)
			return false;
		*out = (int64_t)d;
		return true;
	case JSON_TEXT:
		return text_i64(json_text(j, ""), INT64_MIN, INT64_MAX, out);
	default:
		return false;
	}
}

static bool
is_empty_text(const struct json *j)
{
	return *json_text(j, "x") == '\0';
}

bool
field_take_int(struct form_check *k, const struct field *f,
    const struct scope *at, struct json *j, void *place, struct json *keep)
{
	int64_t n;

	if (is_empty_text(j))
		return true;
	if (!number(j, &n))
		return field_fail(k, f, at, j, NULL, "must be a number");
	if (out_of_bounds(f, n))
		return field_fail(k, f, at, j, NULL,
		    arena_fmt(k->a, "must be between %lld and %lld",
			(long long)f->min, (long long)f->max));
	*(int64_t *)place = n;
	if (keep != NULL)
		json_set_int(keep, f->name, n);
	return true;
}

bool
field_take_count(struct form_check *k, const struct field *f,
    const struct scope *at, struct json *j, void *place, struct json *keep)
{
	int64_t n;

	(void)k, (void)at, (void)keep;
	if (!number(j, &n) || n < 0)
		n = 0;
	*(int64_t *)place = f->max != 0 && n > f->max ? f->max : n;
	return true;
}

static const struct {
	const char *word;
	bool flag;
} flag_words[] = {
	/* clang-format off */
	{"true", true}, {"on", true}, {"yes", true}, {"1", true},
	{"false", false}, {"off", false}, {"no", false}, {"0", false},
	{"", false},
	/* clang-format on */
};

bool
field_take_flag(struct form_check *k, const struct field *f,
    const struct scope *at, struct json *j, void *place, struct json *keep)
{
	const char *s = scalar(j);

	for (size_t i = 0; s != NULL && i < nitems(flag_words); i++) {
		if (strcasecmp(s, flag_words[i].word) != 0)
			continue;
		*(bool *)place = flag_words[i].flag;
		if (keep != NULL)
			json_set_bool(keep, f->name, flag_words[i].flag);
		return true;
	}
	return field_fail(k, f, at, j, NULL, "must be true or false");
}

/* ISO 8601 with a zone, or seconds since 1970 as number or text; a larger
 * number is taken as milliseconds, which many languages count. */
static bool
instant(const struct json *j, int64_t *ms)
{
	const char *s = json_text(j, NULL);
	char *end;
	double seconds;

	if (s != NULL && clock_parse(s, ms))
		return true;
	if (json_kind(j) == JSON_BOOL || scalar(j) == NULL ||
	    (s != NULL && strspn(s, "0123456789.") != strlen(s)))
		return false;
	s = scalar(j);
	seconds = strtod(s, &end);
	if (seconds > SECONDS_MAX)
		seconds /= 1000;
	if (end == s || *end != '\0' || seconds * 1000 > INSTANT_MAX ||
	    seconds * 1000 < -INSTANT_MAX)
		return false;
	*ms = (int64_t)(seconds * 1000);
	return true;
}

bool
field_take_instant(struct form_check *k, const struct field *f,
    const struct scope *at, struct json *j, void *place, struct json *keep)
{
	char text[CLOCK_TEXT];
	int64_t ms;

	if (is_empty_text(j))
		return true;
	if (!instant(j, &ms) || ms > INSTANT_MAX)
		return field_fail(k, f, at, j, NULL, "must be a moment such as "
		    "2016-10-12T11:20:04Z, or seconds since 1970");
	if (ms < 1)
		ms = 1; /* any moment long ago; 0 would mean "not given" */
	*(int64_t *)place = ms;
	if (keep != NULL) {
		clock_instant(ms, text);
		json_set_text(keep, f->name, text);
	}
	return true;
}

