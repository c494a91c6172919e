/* SPDX-License-Identifier: MIT */
/*
 * Reading and writing the stored form of a message. The reader accepts scalars
 * of another kind, as the API does: it must understand whatever an older
 * release has written.
 */
#include "push/message.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/json_text.h"
#include "lib/mem.h"
#include "lib/text.h"

#define HEAD_MAX 96			/* of what stands before the body */
#define DEPTH 64			/* far more than the API accepts */
#define EXPIRES_MAX_MS 253402300799999	/* the end of year 9999 */

enum message_member_kind {
	MEMBER_TEXT,
	MEMBER_ARRAY,
	MEMBER_OBJECT,
	MEMBER_BADGE
};

/* In the order in which callers write them most often. at: of a const char *
 * or a struct bytes. */
#define AT(member) offsetof(struct message, member)
static const struct message_member {
	const char *name;
	enum message_member_kind kind;
	size_t at;
} members[] = {
	/* clang-format off */
	{"title",	MEMBER_TEXT,	AT(title)},
	{"titleLocKey",	MEMBER_TEXT,	AT(title_loc_key)},
	{"titleLocArgs", MEMBER_ARRAY,	AT(title_loc_args)},
	{"body",	MEMBER_TEXT,	AT(body)},
	{"bodyLocKey",	MEMBER_TEXT,	AT(body_loc_key)},
	{"bodyLocArgs",	MEMBER_ARRAY,	AT(body_loc_args)},
	{"badge",	MEMBER_BADGE,	AT(badge)},
	{"sound",	MEMBER_TEXT,	AT(sound)},
	{"icon",	MEMBER_TEXT,	AT(icon)},
	{"image",	MEMBER_TEXT,	AT(image)},
	{"category",	MEMBER_TEXT,	AT(category)},
	{"collapseKey",	MEMBER_TEXT,	AT(collapse_key)},
	{"extras",	MEMBER_OBJECT,	AT(extras)},
	/* clang-format on */
};
#undef AT

static const struct err *
wrong(const char *name)
{
	return err_new(ERR_INVALID, "message member \"%s\" is of a wrong type",
	    name);
}

static const struct err *
read_text(struct arena *a, const char *name, struct bytes value,
    const char **into)
{
	enum json_kind kind = json_text_kind(value);

	if (kind == JSON_ARRAY || kind == JSON_OBJECT)
		return wrong(name);
	*into = kind != JSON_NULL ? json_text_copy(a, value) : NULL;
	return NULL;
}

static const struct err *
read_nested(const char *name, struct bytes value, enum json_kind kind,
    struct bytes *into)
{
	enum json_kind is = json_text_kind(value);

	if (is != JSON_NULL && is != kind)
		return wrong(name);
	*into = is == kind ? value : (struct bytes){NULL, 0};
	return NULL;
}

static const struct err *
read_badge(struct arena *a, struct bytes value, struct message *m)
{
	const char *text = NULL;
	const struct err *e = read_text(a, "badge", value, &text);
	double d;

	m->has_badge = text != NULL;
	if (e != NULL || text == NULL)
		return e;
	switch (json_text_kind(value)) {
	case JSON_INT:
		m->badge = strtoll(text, NULL, 10);
		return NULL;
	case JSON_DOUBLE:
		d = strtod(text, NULL);
		if (d <= -2147483649.0 || d >= 2147483648.0)
			return wrong("badge");
		m->badge = (int64_t)d;
		return NULL;
	case JSON_TEXT:
		return text_i64(text, INT32_MIN, INT32_MAX, &m->badge)
		    ? NULL : wrong("badge");
	default:
		return wrong("badge");
	}
}

static const struct err *
read_as(struct arena *a, const struct message_member *as, struct bytes value,
    struct message *m)
{
	char *into = (char *)m + as->at;

	switch (as->kind) {
	case MEMBER_ARRAY:
		return read_nested(as->name, value, JSON_ARRAY,
		    (struct bytes *)into);
	case MEMBER_OBJECT:
		return read_nested(as->name, value, JSON_OBJECT,
		    (struct bytes *)into);
	case MEMBER_BADGE:
		return read_badge(a, value, m);
	case MEMBER_TEXT:
		break;
	}
	return read_text(a, as->name, value, (const char **)into);
}

/* The search begins at *next, which is set behind what it finds: members come
 * in the table's order, or nearly, so that few names are compared. */
static const struct err *
read_member(struct arena *a, struct bytes name, struct bytes value,
    size_t *next, struct message *m)
{
	for (size_t k = 0; k < nitems(members); k++) {
		const struct message_member *as =
		    &members[(*next + k) % nitems(members)];

		if (!json_text_is(name, as->name))
			continue;
		*next = (size_t)(as - members) + 1;
		return read_as(a, as, value, m);
	}
	return NULL;
}

/* Complete m by the members of the body, then set *out. */
static const struct err *
read_body(struct arena *a, struct bytes body, struct message *m,
    struct message *out)
{
	struct json_walk w = json_walk(body);
	struct bytes name, value;
	const struct err *e;
	size_t next = 0; /* in members[] */

	if (m->expires_ms < 0 || m->expires_ms > EXPIRES_MAX_MS)
		return wrong("expires");
	while (json_walk_next(&w, &name, &value))
		if ((e = read_member(a, name, value, &next, m)) != NULL)
			return e;
	*out = *m;
	return NULL;
}

struct bytes
message_text(struct arena *a, const struct json *body)
{
	size_t len;
	const char *text = json_write(body, &len);

	return (struct bytes){arena_text(a, text, len), len};
}

const struct err *
message_take(struct arena *a, struct bytes body, bool silent, bool high,
    int64_t expires_ms, struct message *m)
{
	return read_body(a, body, &(struct message){.silent = silent,
	    .high = high, .expires_ms = expires_ms}, m);
}

const struct err *
message_read(struct arena *a, const char *json, size_t len, struct message *m)
{
	struct bytes root, name, value, body = {NULL, 0};
	const struct err *e = json_text_value(json, len, DEPTH, &root);
	struct message stored = {.high = true};
	struct json_walk w;

	if (e != NULL)
		return e;
	for (w = json_walk(root); json_walk_next(&w, &name, &value);)
		if (json_text_is(name, "body"))
			body = value;
		else if (json_text_is(name, "silent"))
			stored.silent = value.data[0] == 't';
		else if (json_text_is(name, "high"))
			stored.high = value.data[0] != 'f';
		else if (json_text_is(name, "expires"))
			stored.expires_ms = json_text_kind(value) == JSON_INT
			    ? strtoll(value.data, NULL, 10) : 0;
	if (json_text_kind(body) != JSON_OBJECT)
		return err_new(ERR_INVALID, "the stored message has no body");
	return read_body(a, body, &stored, m);
}

bool
message_shows(const struct message *m)
{
	return message_has(m->title) || message_has(m->title_loc_key) ||
	    message_has(m->body) || message_has(m->body_loc_key);
}

/* HMS refuses a message with another one, and no phone loads it. */
bool
message_bad_image(const struct message *m)
{
	return message_has(m->image) &&
	    strncasecmp(m->image, "https://", 8) != 0;
}

bool
message_has_image(const struct message *m)
{
	return !m->silent && message_has(m->image) && message_shows(m) &&
	    !message_bad_image(m);
}

static bool
has_extras(const struct message *m)
{
	struct json_walk w = json_walk(m->extras);
	struct bytes name, value;

	while (json_walk_next(&w, &name, &value))
		if (json_text_kind(value) != JSON_NULL)
			return true;
	return false;
}

bool
message_is_empty(const struct message *m)
{
	return !m->silent && !has_extras(m) && !message_shows(m) &&
	    !m->has_badge && !message_has(m->sound);
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
message_write(struct arena *a, struct bytes body, bool silent, bool high,
    int64_t expires_ms, size_t *len)
{
	char head[HEAD_MAX];
	size_t n = (size_t)snprintf(head, sizeof head, "{\"silent\":%s,"
	    "\"high\":%s,\"expires\":%lld,\"body\":",
	    silent ? "true" : "false", high ? "true" : "false",
	    (long long)expires_ms);
	char *text = arena_alloc(a, n + body.len + 2);

	memcpy(text, head, n);
	memcpy(text + n, body.data, body.len);
	memcpy(text + n + body.len, "}", 2);
	*len = n + body.len + 1;
	return text;
}
