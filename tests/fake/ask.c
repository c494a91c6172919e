/* SPDX-License-Identifier: MIT */
/* A request as it comes in, header by header, and its answer. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "tests/fake/fake.h"

struct known {
	const char *name;
	size_t len;
};

#define KNOWN(s) {s, sizeof(s) - 1}

static const struct known known[HEAD__COUNT] = {
    [HEAD_METHOD] = KNOWN(":method"),
    [HEAD_PATH] = KNOWN(":path"),
    [HEAD_AUTHORIZATION] = KNOWN("authorization"),
    [HEAD_TOPIC] = KNOWN("apns-topic"),
    [HEAD_PUSH_TYPE] = KNOWN("apns-push-type"),
    [HEAD_PRIORITY] = KNOWN("apns-priority"),
    [HEAD_EXPIRATION] = KNOWN("apns-expiration"),
    [HEAD_COLLAPSE_ID] = KNOWN("apns-collapse-id"),
    [HEAD_ID] = KNOWN("apns-id"),
    [HEAD_CONTENT_TYPE] = KNOWN("content-type"),
    [HEAD_CONTENT_LENGTH] = KNOWN("content-length"),
    [HEAD_TRANSFER_ENCODING] = KNOWN("transfer-encoding"),
    [HEAD_CONNECTION] = KNOWN("connection"),
    [HEAD_EXPECT] = KNOWN("expect"),
    [HEAD_AUTHORITY] = KNOWN(":authority"),
    [HEAD_HOST] = KNOWN("host"),
    [HEAD_TTL] = KNOWN("ttl"),
    [HEAD_URGENCY] = KNOWN("urgency"),
    [HEAD_WEB_TOPIC] = KNOWN("topic"),
    [HEAD_ENCODING] = KNOWN("content-encoding"),
};

void
ask_reset(struct ask *ask)
{
	struct answer *a = &ask->answer;
	struct buf body = a->body;

	buf_reset(&ask->head);
	buf_reset(&ask->body);
	buf_reset(&body);
	ask->head.max = 64 * 1024;
	ask->body.max = 1024 * 1024;
	memset(ask->known, 0, sizeof(ask->known));
	memset(a, 0, sizeof(*a));
	a->body = body;
	a->body.max = 1024 * 1024;
	a->status = 200;
	a->retry_after = -1;
	a->type = "application/json";
	ask->role = ROLE_NONE;
	ask->stream = 0;
	ask->duplicate = ask->waiting = false;
	ask->sent = 0;
}

void
ask_done(struct ask *ask)
{
	buf_done(&ask->head);
	buf_done(&ask->body);
	buf_done(&ask->answer.body);
}

static enum head
find_known(const char *name, size_t len)
{
	enum head i;

	for (i = 0; i < HEAD__COUNT; i++)
		if (known[i].len == len &&
		    memcmp(known[i].name, name, len) == 0)
			break;
	return i;
}

/* Did a header of this name come before? Headers are few. */
static bool
came_before(const struct ask *ask, const char *name, size_t len)
{
	const char *p = ask->head.data, *end = p + ask->head.len;

	while (p != NULL && p < end) {
		if (strlen(p) == len && memcmp(p, name, len) == 0)
			return true;
		p += strlen(p) + 1;
		p += strlen(p) + 1;
	}
	return false;
}

void
ask_header(struct ask *ask, const char *name, size_t name_len,
    const char *value, size_t value_len)
{
	enum head h = find_known(name, name_len);

	if (h == HEAD__COUNT)
		ask->duplicate |= came_before(ask, name, name_len);
	else
		ask->duplicate |= ask->known[h] != 0;
	buf_add(&ask->head, name, name_len);
	buf_add(&ask->head, "", 1);
	if (h != HEAD__COUNT)
		ask->known[h] = ask->head.len + 1;
	buf_add(&ask->head, value, value_len);
	buf_add(&ask->head, "", 1);
}

const char *
ask_get(const struct ask *ask, enum head which)
{
	if (ask->known[which] == 0 || ask->head.overflowed)
		return NULL;
	return ask->head.data + ask->known[which] - 1;
}

void
answer_json(struct ask *ask, int status, const char *fmt, ...)
{
	struct buf *b = &ask->answer.body;
	char small[2048], *text = small;
	va_list ap, again;
	int n;

	ask->answer.status = status;
	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(small, sizeof(small), fmt, ap);
	if (n >= (int)sizeof(small)) {
		text = xmalloc((size_t)n + 1);
		(void)vsnprintf(text, (size_t)n + 1, fmt, again);
	}
	va_end(again);
	va_end(ap);
	buf_reset(b);
	buf_add(b, text, n > 0 ? (size_t)n : 0);
	if (text != small)
		free(text);
}
