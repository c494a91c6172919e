/* SPDX-License-Identifier: MIT */
#include "lib/json_part.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS_FIRST 8

struct json *
json_node(struct arena *a, enum json_kind kind)
{
	struct json *j = arena_alloc(a, sizeof *j);

	*j = (struct json){.a = a, .kind = kind};
	return j;
}

void
json_free(struct json *root)
{
	if (root != NULL && root->owns)
		arena_free(root->a);
}

/* --- reading ---------------------------------------------------------- */

enum json_kind
json_kind(const struct json *j)
{
	return j != NULL ? j->kind : JSON_NULL;
}

/* Objects are small: to look through the names takes less than a hash. */
struct json_slot *
json_slot(const struct json *j, const char *name)
{
	if (json_kind(j) != JSON_OBJECT)
		return NULL;
	for (unsigned i = 0; i < j->n; i++) {
		struct json_slot *s = &j->u.slots[i];

		if (s->name[0] == name[0] && strcmp(s->name, name) == 0)
			return s;
	}
	return NULL;
}

struct json *
json_get(const struct json *j, const char *name)
{
	const struct json_slot *s = json_slot(j, name);

	return s != NULL ? s->value : NULL;
}

bool
json_has(const struct json *j, const char *name)
{
	return json_slot(j, name) != NULL;
}

size_t
json_len(const struct json *j)
{
	return json_kind(j) == JSON_ARRAY ? j->n : 0;
}

struct json *
json_at(const struct json *j, size_t i)
{
	return i < json_len(j) ? j->u.slots[i].value : NULL;
}

const char *
json_text(const struct json *j, const char *otherwise)
{
	return json_kind(j) == JSON_TEXT ? j->u.text : otherwise;
}

void
json_wipe(struct json *j)
{
	if (json_kind(j) != JSON_TEXT)
		return;
	explicit_bzero((void *)(uintptr_t)j->u.text, j->n);
	j->n = 0;
}

/* Of what is beyond, the number next to it. */
int64_t
json_int(const struct json *j, int64_t otherwise)
{
	return json_kind(j) == JSON_INT ? strtoll(j->u.text, NULL, 10)
					: otherwise;
}

bool
json_flag(const struct json *j, bool otherwise)
{
	return json_kind(j) == JSON_BOOL ? j->u.text[0] == 't' : otherwise;
}

double
json_double(const struct json *j, double otherwise)
{
	enum json_kind kind = json_kind(j);

	return kind == JSON_DOUBLE || kind == JSON_INT
	    ? strtod(j->u.text, NULL) : otherwise;
}

static bool
holds_others(const struct json *j)
{
	return j->kind == JSON_ARRAY || j->kind == JSON_OBJECT;
}

const char *
json_as_text(const struct json *j)
{
	return j == NULL || holds_others(j) ? json_write(j, NULL) : j->u.text;
}

void
json_each(const struct json *j, json_visit *fn, void *arg)
{
	if (json_kind(j) != JSON_OBJECT)
		return;
	for (unsigned i = 0; i < j->n; i++)
		if (!fn(j->u.slots[i].name, j->u.slots[i].value, arg))
			return;
}

/* --- making ----------------------------------------------------------- */

static struct json *
new_root(struct arena *a, enum json_kind kind)
{
	struct json *j = json_node(a != NULL ? a : arena_new(), kind);

	j->owns = a == NULL;
	return j;
}

struct json *
json_new_object(struct arena *a)
{
	return new_root(a, JSON_OBJECT);
}

struct json *
json_new_array(struct arena *a)
{
	return new_root(a, JSON_ARRAY);
}

static struct json *
new_text(struct json *into, enum json_kind kind, const char *text, size_t len)
{
	struct json *j = json_node(into->a, kind);

	j->u.text = arena_text(into->a, text, len);
	j->n = (unsigned)len;
	return j;
}

static struct json *
new_int(struct json *into, int64_t v)
{
	char digits[24];
	struct buf b = {digits, 0, sizeof digits, sizeof digits - 1, false};

	(void)buf_int(&b, v);
	return new_text(into, JSON_INT, digits, b.len);
}

/* Behind the others; an element of an array has no name. */
static struct json *
add_slot(struct json *j, const char *name, struct json *value)
{
	assert(j->kind == (name != NULL ? JSON_OBJECT : JSON_ARRAY));
	if (j->n == j->room) {
		struct json_slot *more;

		j->room = j->room > 0 ? 2 * j->room : SLOTS_FIRST;
		more = arena_alloc(j->a, j->room * sizeof *more);
		if (j->n > 0)
			memcpy(more, j->u.slots, j->n * sizeof *more);
		j->u.slots = more;
	}
	j->u.slots[j->n++] = (struct json_slot){name, value};
	return value;
}

static struct json *
put(struct json *j, const char *name, struct json *value)
{
	struct json_slot *s = json_slot(j, name);

	if (s == NULL)
		return add_slot(j, arena_text(j->a, name, strlen(name)),
		    value);
	s->value = value;
	return value;
}

void
json_set_text(struct json *j, const char *name, const char *text)
{
	if (text != NULL)
		json_set_textn(j, name, text, strlen(text));
}

void
json_set_textn(struct json *j, const char *name, const char *text, size_t len)
{
	(void)put(j, name, new_text(j, JSON_TEXT, text, len));
}

void
json_set_int(struct json *j, const char *name, int64_t v)
{
	(void)put(j, name, new_int(j, v));
}

void
json_set_bool(struct json *j, const char *name, bool v)
{
	const char *text = v ? "true" : "false";

	(void)put(j, name, new_text(j, JSON_BOOL, text, strlen(text)));
}

void
json_set_null(struct json *j, const char *name)
{
	(void)put(j, name, NULL);
}

struct json *
json_set_object(struct json *j, const char *name)
{
	return put(j, name, json_node(j->a, JSON_OBJECT));
}

struct json *
json_set_array(struct json *j, const char *name)
{
	return put(j, name, json_node(j->a, JSON_ARRAY));
}

void
json_set(struct json *j, const char *name, struct json *value)
{
	(void)put(j, name, value);
}

void
json_keep(struct json *j, const char *name, struct json *value)
{
	struct json_slot *s = json_slot(j, name);

	if (s != NULL)
		s->value = value;
	else
		(void)add_slot(j, name, value);
}

void
json_append(struct json *j, const char *name, struct json *value)
{
	(void)add_slot(j, name, value);
}

void
json_unset(struct json *j, const char *name)
{
	struct json_slot *s = json_slot(j, name);

	if (s == NULL)
		return;
	j->n--;
	memmove(s, s + 1,
	    (size_t)(j->u.slots + j->n - s) * sizeof *s);
}

void
json_add_text(struct json *j, const char *text)
{
	(void)add_slot(j, NULL, new_text(j, JSON_TEXT, text, strlen(text)));
}

void
json_add_int(struct json *j, int64_t v)
{
	(void)add_slot(j, NULL, new_int(j, v));
}

struct json *
json_add_object(struct json *j)
{
	return add_slot(j, NULL, json_node(j->a, JSON_OBJECT));
}

void
json_add(struct json *j, struct json *value)
{
	(void)add_slot(j, NULL, value);
}
