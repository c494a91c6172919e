/* SPDX-License-Identifier: MIT */
/*
 * Reading and writing the stored form of a message. The reader accepts scalars
 * of another kind, as the API does: it must understand whatever an older
 * release has written.
 */
#include "push/message.h"

#include <stddef.h>
#include <string.h>

#include "lib/mem.h"
#include "lib/text.h"

#define DEPTH 64			/* far more than the API accepts */
#define EXPIRES_MAX_MS 253402300799999	/* the end of year 9999 */

struct text_member {
	const char *name;
	size_t at;
};

static const struct text_member texts[] = {
	/* clang-format off */
	{"title",		offsetof(struct message, title)},
	{"titleLocKey",		offsetof(struct message, title_loc_key)},
	{"body",		offsetof(struct message, body)},
	{"bodyLocKey",		offsetof(struct message, body_loc_key)},
	{"icon",		offsetof(struct message, icon)},
	{"sound",		offsetof(struct message, sound)},
	{"category",		offsetof(struct message, category)},
	{"collapseKey",		offsetof(struct message, collapse_key)},
	/* clang-format on */
};

static const struct err *
wrong(const char *name)
{
	return err_new(ERR_INVALID, "message member \"%s\" is of a wrong type",
	    name);
}

static const struct err *
read_text(struct arena *a, const struct json *body, const char *name,
    const char **into)
{
	const struct json *j = json_get(body, name);
	const char *s;

	switch (json_kind(j)) {
	case JSON_NULL:
		return NULL;
	case JSON_ARRAY:
	case JSON_OBJECT:
		return wrong(name);
	default:
		s = json_as_text(j);
		*into = arena_text(a, s, strlen(s));
		return NULL;
	}
}

static const struct err *
read_nested(const struct json *body, const char *name, enum json_kind kind,
    const struct json **into)
{
	const struct json *j = json_get(body, name);

	if (j != NULL && json_kind(j) != kind)
		return wrong(name);
	*into = j;
	return NULL;
}

static const struct err *
read_badge(const struct json *body, struct message *m)
{
	const struct json *j = json_get(body, "badge");
	double d;

	switch (json_kind(j)) {
	case JSON_NULL:
		return NULL;
	case JSON_INT:
		m->badge = json_int(j, 0);
		break;
	case JSON_DOUBLE:
		d = json_double(j, 0);
		if (d <= -2147483649.0 || d >= 2147483648.0)
			return wrong("badge");
		m->badge = (int64_t)d;
		break;
	case JSON_TEXT:
		if (text_i64(json_text(j, ""), INT32_MIN, INT32_MAX, &m->badge))
			break;
		return wrong("badge");
	default:
		return wrong("badge");
	}
	m->has_badge = true;
	return NULL;
}

static const struct err *
read_body(struct arena *a, const struct json *body, struct message *m)
{
	const struct err *e;

	for (size_t i = 0; i < nitems(texts); i++) {
		const char **into = (const char **)((char *)m + texts[i].at);

		if ((e = read_text(a, body, texts[i].name, into)) != NULL)
			return e;
	}
	if ((e = read_nested(body, "titleLocArgs", JSON_ARRAY,
		 &m->title_loc_args)) != NULL ||
	    (e = read_nested(body, "bodyLocArgs", JSON_ARRAY,
		 &m->body_loc_args)) != NULL ||
	    (e = read_nested(body, "extras", JSON_OBJECT, &m->extras)) != NULL)
		return e;
	return read_badge(body, m);
}

const struct err *
message_take(struct arena *a, const struct json *body, bool silent, bool high,
    int64_t expires_ms, struct message *m)
{
	struct message taken = {.silent = silent, .high = high,
	    .expires_ms = expires_ms};
	const struct err *e;

	if (expires_ms < 0 || expires_ms > EXPIRES_MAX_MS)
		return wrong("expires");
	if ((e = read_body(a, body, &taken)) != NULL)
		return e;
	*m = taken;
	return NULL;
}

const struct err *
message_read(struct arena *a, const char *json, size_t len, struct message *m)
{
	const struct json *body;
	const struct err *e;
	struct json *root;

	if ((e = json_parse(a, json, len, DEPTH, &root)) != NULL)
		return e;
	body = json_get(root, "body");
	if (json_kind(body) != JSON_OBJECT)
		return err_new(ERR_INVALID, "the stored message has no body");
	return message_take(a, body,
	    json_flag(json_get(root, "silent"), false),
	    json_flag(json_get(root, "high"), true),
	    json_int(json_get(root, "expires"), 0), m);
}

bool
message_shows(const struct message *m)
{
	return message_has(m->title) || message_has(m->title_loc_key) ||
	    message_has(m->body) || message_has(m->body_loc_key);
}

static bool
stop_at_value(const char *name, struct json *value, void *found)
{
	(void)name;
	*(bool *)found = value != NULL;
	return value == NULL;
}

bool
message_is_empty(const struct message *m)
{
	bool extras = false;

	json_each(m->extras, stop_at_value, &extras);
	return !m->silent && !extras && !message_shows(m) && !m->has_badge &&
	    !message_has(m->sound);
}

const struct err *
message_published(struct arena *a, const char *json, size_t len,
    const char **body, bool *silent)
{
	const struct err *e;
	struct json *root;
	const char *text;
	size_t n;

	if ((e = json_parse(a, json, len, DEPTH, &root)) != NULL)
		return e;
	if (json_kind(json_get(root, "body")) != JSON_OBJECT)
		return err_new(ERR_INVALID, "the stored message has no body");
	text = json_write(json_get(root, "body"), &n);
	*body = arena_text(a, text, n);
	*silent = json_flag(json_get(root, "silent"), false);
	return NULL;
}

const char *
message_write(struct arena *a, struct json *body, bool silent, bool high,
    int64_t expires_ms, size_t *len)
{
	struct json *root = json_new_object(a);

	json_set_bool(root, "silent", silent);
	json_set_bool(root, "high", high);
	json_set_int(root, "expires", expires_ms);
	json_set(root, "body", body);
	return json_write(root, len);
}
