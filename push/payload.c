/* SPDX-License-Identifier: MIT */
#include "push/payload.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/mem.h"
#include "lib/text.h"
#include "push/verdict.h"

/* More than the API accepts, escaped twice: a payload that is too large for a
 * provider is still measured, so that the error can name its size. */
#define PIECE (16 * 1024 * 1024)

const struct err *
template_init(struct template *t, const struct message *m)
{
	*t = (struct template){
	    .head = BUF(PIECE),
	    .middle = BUF(PIECE),
	    .tail = BUF(PIECE),
	    .expires_ms = m->expires_ms,
	    .high = m->high,
	};
	if (message_is_empty(m))
		return err_new(ERR_INVALID, "the message is empty: no title, "
		    "body, badge, sound or extras, and not silent");
	return NULL;
}

void
template_warn(struct template *t, const char *fmt, ...)
{
	struct buf all = BUF(sizeof t->warning - 1);
	char more[sizeof t->warning];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(more, sizeof more, fmt, ap);
	va_end(ap);
	if (t->warning[0] == '\0' ||
	    (buf_text(&all, t->warning) && buf_text(&all, "; ")))
		(void)buf_text(&all, more);
	if (!all.overflowed)
		memcpy(t->warning, all.data, all.len + 1);
	buf_done(&all);
}

const struct err *
template_measure(struct template *t, size_t beside, size_t max,
    const char *service)
{
	t->size = t->head.len + t->middle.len + t->tail.len + beside;
	if (t->head.overflowed || t->middle.overflowed || t->tail.overflowed)
		return err_new(ERR_TOOBIG, "payload of more than %d bytes is "
		    "over the %zu that %s takes", PIECE, max, service);
	if (t->size > max)
		return err_new(ERR_TOOBIG, "payload of %zu bytes is over "
		    "the %zu that %s takes", t->size, max, service);
	return NULL;
}

static void
splice(struct template *t, const char *name, const struct json *value)
{
	size_t len;
	const char *s;

	if (value == NULL)
		return;
	s = json_write(value, &len);
	(void)buf_fmt(&t->tail, ",\"%s\":", name);
	(void)buf_add(&t->tail, s, len);
}

void
template_splice(struct template *t, const struct json *android,
    const struct json *data, const struct json *apns)
{
	bool limited = t->expires_ms != 0;
	size_t len;
	const char *s;

	(void)buf_text(&t->middle,
	    limited ? ",\"android\":{\"ttl\":\"" : ",\"android\":{");
	if (limited)
		(void)buf_text(&t->tail, "s\"");
	s = json_write(android, &len);
	if (len > 2) { /* not "{}" */
		if (limited)
			(void)buf_text(&t->tail, ",");
		(void)buf_add(&t->tail, s + 1, len - 2);
	}
	(void)buf_text(&t->tail, "}");
	splice(t, "data", data);
	splice(t, "apns", apns);
	(void)buf_text(&t->tail, "}}");
}

int64_t
template_seconds(const struct template *t, int64_t now_ms, int64_t max)
{
	int64_t left = t->expires_ms - now_ms;

	left = left / 1000 + (left % 1000 > 0);
	if (left < 1)
		return 1;
	return left > max ? max : left;
}

static void copy_array(const struct json *from, struct json *into);

static bool
copy_member(const char *name, struct json *value, void *arg)
{
	struct json *into = arg;

	switch (json_kind(value)) {
	case JSON_NULL:
		break;
	case JSON_OBJECT:
		json_each(value, copy_member, json_set_object(into, name));
		break;
	case JSON_ARRAY:
		copy_array(value, json_set_array(into, name));
		break;
	default:
		json_set(into, name, value);
	}
	return true;
}

/* Nulls are removed from arrays as well, because Apple's property lists cannot
 * hold one. The parser limits the depth. */
static void
copy_array(const struct json *from, struct json *into) /* NOLINT(*-recursion) */
{
	for (size_t i = 0; i < json_len(from); i++) {
		struct json *value = json_at(from, i);

		switch (json_kind(value)) {
		case JSON_NULL:
			break;
		case JSON_OBJECT:
			json_each(value, copy_member, json_add_object(into));
			break;
		case JSON_ARRAY:
			copy_array(value, json_add_array(into));
			break;
		default:
			json_add(into, value);
		}
	}
}

struct sieve {
	const char *const *reserved;
	struct json *into;
	struct template *t;
};

static bool
is_reserved(const char *const *reserved, const char *name)
{
	for (; *reserved != NULL; reserved++) {
		size_t n = strcspn(*reserved, "*");

		if (strncmp(name, *reserved, n) == 0 &&
		    ((*reserved)[n] == '*' || name[n] == '\0'))
			return true;
	}
	return false;
}

static bool
sift(const char *name, struct json *value, void *arg)
{
	struct sieve *s = arg;
	char quoted[41];

	if (!is_reserved(s->reserved, name))
		return copy_member(name, value, s->into);
	text_quote(name, quoted, sizeof quoted);
	template_warn(s->t, "extras \"%s\" left out: a reserved name", quoted);
	return true;
}

struct json *
payload_extras(const struct message *m, const char *const *reserved,
    struct template *t)
{
	struct sieve s = {reserved, json_new_object(NULL), t};

	json_each(m->extras, sift, &s);
	return s.into;
}

void
payload_args(struct json *into, const char *name, const char *key,
    const struct json *args)
{
	struct json *list;

	if (key == NULL || json_len(args) == 0)
		return;
	list = json_set_array(into, name);
	for (size_t i = 0; i < json_len(args); i++) {
		const struct json *arg = json_at(args, i);

		/* a null becomes "": the app finds arguments by position */
		json_add_text(list, arg != NULL ? json_as_text(arg) : "");
	}
}

void
payload_notification(const struct message *m, struct json *into)
{
	const struct {
		const char *name, *text;
	} members[] = {
		/* clang-format off */
		{"title",		m->title},
		{"title_loc_key",	m->title_loc_key},
		{"body",		m->body},
		{"body_loc_key",	m->body_loc_key},
		{"icon",		m->icon},
		{"sound",		m->sound},
		{"tag",			m->category},
		/* clang-format on */
	};

	for (size_t i = 0; i < nitems(members); i++)
		json_set_text(into, members[i].name, members[i].text);
	payload_args(into, "title_loc_args", m->title_loc_key,
	    m->title_loc_args);
	payload_args(into, "body_loc_args", m->body_loc_key,
	    m->body_loc_args);
}

void
payload_as_data(const struct json *notification, struct json *data,
    struct template *t)
{
	static const char name[] = "_notification";

	if (json_has(data, name))
		template_warn(t, "extras \"%s\" left out: the notification "
		    "stands there", name);
	json_set_text(data, name, json_write(notification, NULL));
}

const struct err *
payload_token(const char *token)
{
	char canonical[TOKEN_SIZE];
	const struct err *e = token_plain(token, canonical);

	if (e == NULL && strcmp(token, canonical) != 0)
		e = err_new(ERR_INVALID, "token has blanks around it");
	return e;
}
