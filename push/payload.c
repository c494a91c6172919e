/* SPDX-License-Identifier: MIT */
#include "push/payload.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/mem.h"
#include "lib/text.h"
#include "push/verdict.h"

const struct err *
template_init(struct template *t, const struct message *m)
{
	*t = (struct template){
	    .head = PAYLOAD_PART,
	    .middle = PAYLOAD_PART,
	    .tail = PAYLOAD_PART,
	    .expires_ms = m->expires_ms,
	    .high = m->high,
	};
	if (message_is_empty(m))
		return err_new(ERR_INVALID, "the message is empty: no title, "
		    "body, badge, sound or extras, and not silent");
	if (message_bad_image(m))
		template_warn(t, "image left out: it is no https address");
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
		    "over the %zu that %s takes",
		    PAYLOAD_PIECE, max, service);
	if (t->size > max)
		return err_new(ERR_TOOBIG, "payload of %zu bytes is over "
		    "the %zu that %s takes", t->size, max, service);
	return NULL;
}

static void
add_part(struct template *t, const struct buf *part)
{
	(void)buf_add(&t->tail, buf_str(part), part->len);
	t->tail.overflowed |= part->overflowed;
}

static void
splice(struct template *t, const char *name, const struct buf *part)
{
	if (part->len == 0)
		return;
	json_put_name(&t->tail, name);
	add_part(t, part);
}

void
template_splice(struct template *t, const struct buf *android,
    const struct buf *data, const struct buf *apns)
{
	bool limited = t->expires_ms != 0;

	(void)buf_text(&t->middle,
	    limited ? ",\"android\":{\"ttl\":\"" : ",\"android\":{");
	if (limited)
		(void)buf_text(&t->tail, "s\"");
	if (limited && android->len > 0)
		(void)buf_text(&t->tail, ",");
	add_part(t, android);
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

static const char as_data[] = "_notification";

static bool
is_reserved(const char *const *reserved, struct bytes name)
{
	for (; *reserved != NULL; reserved++) {
		size_t n = strcspn(*reserved, "*");

		if (name.len >= n && memcmp(name.data, *reserved, n) == 0 &&
		    ((*reserved)[n] == '*' || name.len == n))
			return true;
	}
	return false;
}

void
payload_warn_reserved(const struct message *m, const char *const *reserved,
    struct template *t)
{
	struct json_walk w = json_walk(m->extras);
	struct buf plain = PAYLOAD_PART;
	struct bytes name, value;
	char quoted[41];

	while (json_walk_next(&w, &name, &value)) {
		if (!is_reserved(reserved, json_text_bytes(name, &plain)))
			continue;
		buf_reset(&plain);
		json_text_plain(name, &plain);
		text_quote(buf_str(&plain), quoted, sizeof quoted);
		template_warn(t, "extras \"%s\" left out: a reserved name",
		    quoted);
	}
	buf_done(&plain);
}

static void
put_as_text(struct buf *into, struct bytes value)
{
	struct buf plain = PAYLOAD_PART;

	if (json_text_kind(value) == JSON_TEXT) {
		json_put_value(into, value, false);
		return;
	}
	json_put_value(&plain, value, false);
	json_put_quoted(into, buf_str(&plain), plain.len);
	buf_done(&plain);
}

static void
put_member(struct buf *into, struct bytes name, struct bytes value, bool texts)
{
	json_put_comma(into);
	json_put_value(into, name, false);
	(void)buf_add(into, ":", 1);
	if (texts)
		put_as_text(into, value);
	else
		json_put_value(into, value, false);
}

/* Extras of that name that are null are none. */
static bool
has_as_data(const struct message *m)
{
	struct json_walk w = json_walk(m->extras);
	struct bytes name, value;

	while (json_walk_next(&w, &name, &value))
		if (json_text_kind(value) != JSON_NULL &&
		    json_text_is(name, as_data))
			return true;
	return false;
}

void
payload_warn_as_data(const struct message *m, struct template *t)
{
	if (has_as_data(m))
		template_warn(t, "extras \"%s\" left out: the notification "
		    "stands there", as_data);
}

static void
put_notification(struct buf *into, const struct buf *notification)
{
	json_put_name(into, as_data);
	json_put_quoted(into, buf_str(notification), notification->len);
}

void
payload_extras(const struct message *m, const char *const *reserved,
    bool texts, const struct buf *notification, struct buf *into)
{
	struct json_walk w = json_walk(m->extras);
	bool placed = notification == NULL;
	struct buf plain = PAYLOAD_PART;
	struct bytes name, value;

	while (json_walk_next(&w, &name, &value)) {
		if (json_text_kind(value) == JSON_NULL ||
		    is_reserved(reserved, json_text_bytes(name, &plain)))
			continue;
		if (notification == NULL || !json_text_is(name, as_data)) {
			put_member(into, name, value, texts);
			continue;
		}
		put_notification(into, notification);
		placed = true;
	}
	if (!placed)
		put_notification(into, notification);
	buf_done(&plain);
}

void
payload_args(struct buf *into, const char *name, const char *key,
    struct bytes args)
{
	struct json_walk w = json_walk(args);
	struct buf plain = PAYLOAD_PART;
	struct bytes none, arg;
	bool any = false;

	while (key != NULL && json_walk_next(&w, &none, &arg)) {
		if (!any) {
			json_put_name(into, name);
			(void)buf_text(into, "[");
		}
		any = true;
		buf_reset(&plain);
		/* a null becomes "": the app finds arguments by position */
		if (json_text_kind(arg) != JSON_NULL)
			json_text_plain(arg, &plain);
		json_put_comma(into);
		json_put_quoted(into, buf_str(&plain), plain.len);
	}
	if (any)
		(void)buf_text(into, "]");
	buf_done(&plain);
}

void
payload_notification(const struct message *m, struct buf *into)
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
		{"image",		message_has_image(m) ? m->image : NULL},
		{"sound",		m->sound},
		{"tag",			m->category},
		/* clang-format on */
	};

	for (size_t i = 0; i < nitems(members); i++)
		json_put_text(into, members[i].name, members[i].text);
	payload_args(into, "title_loc_args", m->title_loc_key,
	    m->title_loc_args);
	payload_args(into, "body_loc_args", m->body_loc_key,
	    m->body_loc_args);
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
