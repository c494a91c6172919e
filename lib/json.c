/* SPDX-License-Identifier: MIT */
#include "lib/json.h"

#include <json-c/json.h>
#include <string.h>

#include "lib/log.h"
#include "lib/text.h"

#define NUMBER "is a number that fits no type: integers have 64 bits"

/* struct json is the object of json-c; only these two functions cast. */
static struct json_object *
c_of(const struct json *j)
{
	return (struct json_object *)(uintptr_t)j;
}

static struct json *
ours(struct json_object *o)
{
	return (struct json *)o;
}

void
json_free(struct json *root)
{
	(void)json_object_put(c_of(root));
}

static void
free_root(void *root)
{
	json_free(root);
}

static struct json *
root_of(struct arena *a, struct json_object *o)
{
	if (a != NULL)
		arena_defer(a, free_root, o);
	return ours(o);
}

/* json-c replaces a number that is out of range by the largest or smallest one
 * within; two ids could become equal. */
static bool
good_int(struct json_object *o)
{
	return json_object_get_int64(o) != INT64_MIN &&
	    json_object_get_uint64(o) != UINT64_MAX;
}

/* The path of a value: names and indexes from the root downward. */
struct json_place {
	const struct json_place *up;
	const char *name; /* NULL: an element */
	size_t index;
};

/* "requestObject.batch[3].body.badge" */
static void
write_place(struct buf *b, const struct json_place *p) /* NOLINT(*-recursion) */
{
	if (p == NULL)
		return;
	write_place(b, p->up);
	if (p->name == NULL)
		(void)buf_fmt(b, "[%zu]", p->index);
	else
		(void)buf_fmt(b, "%s%s", b->len > 0 ? "." : "",
		    text_name(p->name));
}

static const struct err *
unfit(const struct json_place *p, const char *why)
{
	struct buf b = BUF(400);
	const struct err *e;

	write_place(&b, p);
	e = err_new(ERR_INVALID, "%s %s", b.len > 0 ? buf_str(&b) : "JSON",
	    why);
	buf_done(&b);
	return e;
}

/* C strings cannot carry a NUL in a text either. The depth is limited
 * already. */
static const struct err *
check_value(struct json_object *o, /* NOLINT(*-recursion) */
    const struct json_place *up)
{
	struct json_place p = {up, NULL, 0};
	const struct err *e = NULL;
	double d;

	switch (json_object_get_type(o)) {
	case json_type_double:
		d = json_object_get_double(o);
		return d - d == 0 /* finite */ ? NULL : unfit(up, NUMBER);
	case json_type_int:
		return good_int(o) ? NULL : unfit(up, NUMBER);
	case json_type_string:
		return memchr(json_object_get_string(o), '\0',
			   (size_t)json_object_get_string_len(o)) == NULL
		    ? NULL : unfit(up, "holds a NUL character");
	case json_type_array:
		for (; e == NULL && p.index < json_object_array_length(o);
		     p.index++)
			e = check_value(
			    json_object_array_get_idx(o, p.index), &p);
		return e;
	case json_type_object: {
		json_object_object_foreach(o, name, value)
		{
			p.name = name;
			if ((e = check_value(value, &p)) != NULL)
				return e;
		}
		return NULL;
	}
	default:
		return NULL;
	}
}

/* Build what json_measure has accepted; NULL also stands for null. No flag is
 * set: releases of json-c differ in what the strict mode refuses. */
static enum json_tokener_error
build(const char *text, size_t len, int depth, struct json_object **o)
{
	struct json_tokener *t = json_tokener_new_ex(depth);
	enum json_tokener_error why;

	if (t == NULL)
		fatalx("out of memory: json_tokener_new_ex");
	*o = json_tokener_parse_ex(t, text, (int)len);
	/* the parser ends a bare number only at the next character */
	if (json_tokener_get_error(t) == json_tokener_continue)
		*o = json_tokener_parse_ex(t, "\n", 1);
	why = json_tokener_get_error(t);
	json_tokener_free(t);
	return why;
}

const struct err *
json_parse_within(struct arena *a, const char *text, size_t len,
    const struct json_limits *limits, struct json **root)
{
	enum json_tokener_error why;
	const struct err *e;
	struct json_object *o;
	size_t end;

	if (len > INT32_MAX - 1)
		return err_new(ERR_TOOBIG, "JSON of %zu bytes", len);
	/* a byte order mark is skipped, as the existing server does */
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		text += 3;
		len -= 3;
	}
	if ((e = json_measure(text, len, limits, &end)) != NULL)
		return e;
	if ((why = build(text, end, limits->depth, &o)) !=
	    json_tokener_success)
		return err_new(ERR_FAULT, "json-c does not read JSON: %s",
		    json_tokener_error_desc(why));
	if ((e = check_value(o, NULL)) != NULL) {
		(void)json_object_put(o);
		return e;
	}
	*root = root_of(a, o);
	return NULL;
}

const struct err *
json_parse(struct arena *a, const char *text, size_t len, int depth,
    struct json **root)
{
	return json_parse_within(a, text, len, &(struct json_limits){depth,
	    JSON_VALUES, JSON_CONTAINERS, JSON_MEMBERS}, root);
}

enum json_kind
json_kind(const struct json *j)
{
	switch (json_object_get_type(c_of(j))) {
	case json_type_boolean:
		return JSON_BOOL;
	case json_type_int:
		return JSON_INT;
	case json_type_double:
		return JSON_DOUBLE;
	case json_type_string:
		return JSON_TEXT;
	case json_type_array:
		return JSON_ARRAY;
	case json_type_object:
		return JSON_OBJECT;
	default:
		return JSON_NULL;
	}
}

struct json *
json_get(const struct json *j, const char *name)
{
	struct json_object *member;

	if (json_kind(j) != JSON_OBJECT ||
	    !json_object_object_get_ex(c_of(j), name, &member))
		return NULL;
	return ours(member);
}

bool
json_has(const struct json *j, const char *name)
{
	return json_kind(j) == JSON_OBJECT &&
	    json_object_object_get_ex(c_of(j), name, NULL);
}

size_t
json_len(const struct json *j)
{
	return json_kind(j) == JSON_ARRAY ? json_object_array_length(c_of(j))
					  : 0;
}

struct json *
json_at(const struct json *j, size_t i)
{
	if (i >= json_len(j))
		return NULL;
	return ours(json_object_array_get_idx(c_of(j), i));
}

const char *
json_text(const struct json *j, const char *otherwise)
{
	return json_kind(j) == JSON_TEXT ? json_object_get_string(c_of(j))
					 : otherwise;
}

void
json_wipe(struct json *j)
{
	struct json_object *o = c_of(j);

	if (json_kind(j) == JSON_TEXT)
		explicit_bzero((void *)(uintptr_t)json_object_get_string(o),
		    (size_t)json_object_get_string_len(o));
}

int64_t
json_int(const struct json *j, int64_t otherwise)
{
	return json_kind(j) == JSON_INT ? json_object_get_int64(c_of(j))
					: otherwise;
}

bool
json_flag(const struct json *j, bool otherwise)
{
	return json_kind(j) == JSON_BOOL
	    ? json_object_get_boolean(c_of(j)) != 0
	    : otherwise;
}

double
json_double(const struct json *j, double otherwise)
{
	enum json_kind kind = json_kind(j);

	return kind == JSON_DOUBLE || kind == JSON_INT
	    ? json_object_get_double(c_of(j))
	    : otherwise;
}

const char *
json_as_text(const struct json *j)
{
	if (json_kind(j) == JSON_TEXT)
		return json_object_get_string(c_of(j));
	return json_write(j, NULL);
}

void
json_each(const struct json *j, json_visit *fn, void *arg)
{
	if (json_kind(j) != JSON_OBJECT)
		return;
	json_object_object_foreach(c_of(j), name, value)
	{
		if (!fn(name, ours(value), arg))
			return;
	}
}

struct json *
json_new_object(struct arena *a)
{
	return root_of(a, json_object_new_object());
}

struct json *
json_new_array(struct arena *a)
{
	return root_of(a, json_object_new_array());
}

static struct json *
put(struct json *j, const char *name, struct json_object *o)
{
	(void)json_object_object_add(c_of(j), name, o);
	return ours(o);
}

static struct json *
append(struct json *j, struct json_object *o)
{
	(void)json_object_array_add(c_of(j), o);
	return ours(o);
}

void
json_set_text(struct json *j, const char *name, const char *text)
{
	if (text != NULL)
		(void)put(j, name, json_object_new_string(text));
}

void
json_set_textn(struct json *j, const char *name, const char *text, size_t len)
{
	(void)put(j, name, json_object_new_string_len(text, (int)len));
}

void
json_set_int(struct json *j, const char *name, int64_t v)
{
	(void)put(j, name, json_object_new_int64(v));
}

void
json_set_bool(struct json *j, const char *name, bool v)
{
	(void)put(j, name, json_object_new_boolean(v));
}

void
json_set_null(struct json *j, const char *name)
{
	(void)put(j, name, NULL);
}

struct json *
json_set_object(struct json *j, const char *name)
{
	return put(j, name, json_object_new_object());
}

struct json *
json_set_array(struct json *j, const char *name)
{
	return put(j, name, json_object_new_array());
}

void
json_set(struct json *j, const char *name, struct json *value)
{
	(void)put(j, name, json_object_get(c_of(value)));
}

void
json_keep(struct json *j, const char *name, struct json *value)
{
	(void)json_object_object_add_ex(c_of(j), name,
	    json_object_get(c_of(value)), JSON_C_OBJECT_ADD_CONSTANT_KEY);
}

void
json_unset(struct json *j, const char *name)
{
	json_object_object_del(c_of(j), name);
}

void
json_add_text(struct json *j, const char *text)
{
	(void)append(j, json_object_new_string(text));
}

void
json_add_int(struct json *j, int64_t v)
{
	(void)append(j, json_object_new_int64(v));
}

struct json *
json_add_object(struct json *j)
{
	return append(j, json_object_new_object());
}

void
json_add(struct json *j, struct json *value)
{
	(void)append(j, json_object_get(c_of(value)));
}

const char *
json_write(const struct json *j, size_t *len)
{
	size_t n;
	const char *s = json_object_to_json_string_length(c_of(j),
	    JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &n);

	if (len != NULL)
		*len = s != NULL ? n : 0;
	return s != NULL ? s : "null";
}

const char *
json_pretty(const struct json *j)
{
	const char *s = json_object_to_json_string_ext(c_of(j),
	    JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
		JSON_C_TO_STRING_NOSLASHESCAPE);

	return s != NULL ? s : "null";
}
