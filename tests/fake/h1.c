/* SPDX-License-Identifier: MIT */
/*
 * HTTP/1.1 for the paths whose real servers speak it: one request at a time,
 * persistent connections, bodies by length or in chunks. Whatever is not
 * well-formed ends the connection with 400.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/text.h"
#include "tests/fake/server.h"

#define HEAD_MAX (32 * 1024)
#define BODY_MAX (1024 * 1024)

enum step { STEP_MORE, STEP_DONE, STEP_BAD };

static const char *
find(const struct buf *b, size_t from, const char *what)
{
	if (b->data == NULL || from >= b->len)
		return NULL;
	return memmem(b->data + from, b->len - from, what, strlen(what));
}

/* "POST /path HTTP/1.1" into the same fields as HTTP/2 has. */
static bool
read_first(struct ask *ask, const char *line, size_t len)
{
	static const char version[] = " HTTP/1.1";
	const size_t tail = sizeof(version) - 1;
	const char *space = memchr(line, ' ', len);
	size_t method;

	if (space == NULL || len < tail ||
	    memcmp(line + len - tail, version, tail) != 0)
		return false;
	method = (size_t)(space - line);
	if (method + 1 + tail > len || space[1] != '/')
		return false;
	ask_header(ask, ":method", 7, line, method);
	ask_header(ask, ":path", 5, space + 1, len - method - 1 - tail);
	return true;
}

static bool
read_field(struct ask *ask, const char *line, size_t len)
{
	const char *colon = memchr(line, ':', len), *value;
	char name[256];
	size_t n, i;

	if (colon == NULL || colon == line ||
	    (n = (size_t)(colon - line)) >= sizeof(name))
		return false;
	for (i = 0; i < n; i++) {
		if (!isgraph((unsigned char)line[i]))
			return false;
		name[i] = (char)tolower((unsigned char)line[i]);
	}
	value = colon + 1;
	len -= n + 1;
	for (; len > 0 && (*value == ' ' || *value == '\t'); len--)
		value++;
	while (len > 0 && (value[len - 1] == ' ' || value[len - 1] == '\t'))
		len--;
	ask_header(ask, name, n, value, len);
	return true;
}

/* The head: lines up to the empty one. */
static bool
read_head(struct ask *ask, const char *p, const char *end)
{
	const char *eol;
	bool first = true, ok = true;

	for (; ok && p < end; p = eol + 2) {
		eol = memmem(p, (size_t)(end - p), "\r\n", 2);
		if (eol == NULL)
			eol = end;
		ok = first ? read_first(ask, p, (size_t)(eol - p)) :
		    read_field(ask, p, (size_t)(eol - p));
		first = false;
	}
	return ok && !first && !ask->duplicate;
}

static enum step
read_plain(struct conn *c, struct ask *ask, size_t from, size_t *end)
{
	const char *length = ask_get(ask, HEAD_CONTENT_LENGTH);
	uint64_t len = 0;

	if (length != NULL && !text_u64(length, BODY_MAX, &len))
		return STEP_BAD;
	if (c->in.len - from < len)
		return STEP_MORE;
	buf_add(&ask->body, c->in.data + from, (size_t)len);
	*end = from + (size_t)len;
	return STEP_DONE;
}

static enum step
read_chunks(struct conn *c, struct ask *ask, size_t at, size_t *end)
{
	const char *eol;
	char *rest;
	unsigned long len;

	for (;;) {
		if ((eol = find(&c->in, at, "\r\n")) == NULL)
			return STEP_MORE;
		len = strtoul(c->in.data + at, &rest, 16);
		if (rest != eol || rest == c->in.data + at || len > BODY_MAX)
			return STEP_BAD;
		at = (size_t)(eol - c->in.data) + 2;
		if (c->in.len - at < len + 2)
			return STEP_MORE;
		if (memcmp(c->in.data + at + len, "\r\n", 2) != 0 ||
		    !buf_add(&ask->body, c->in.data + at, len))
			return STEP_BAD;
		at += len + 2;
		if (len == 0)
			break;
	}
	*end = at;
	return STEP_DONE;
}

static enum step
read_request(struct conn *c, struct ask *ask)
{
	const char *blank = find(&c->in, 0, "\r\n\r\n");
	const char *coding;
	enum step step;
	size_t body, end = 0;

	if (blank == NULL)
		return c->in.len > HEAD_MAX ? STEP_BAD : STEP_MORE;
	if (!read_head(ask, c->in.data, blank))
		return STEP_BAD;
	body = (size_t)(blank - c->in.data) + 4;
	coding = ask_get(ask, HEAD_TRANSFER_ENCODING);
	if (coding == NULL)
		step = read_plain(c, ask, body, &end);
	else if (strcasecmp(coding, "chunked") == 0 &&
	    ask_get(ask, HEAD_CONTENT_LENGTH) == NULL)
		step = read_chunks(c, ask, body, &end);
	else
		step = STEP_BAD;
	if (step == STEP_DONE)
		buf_drop(&c->in, end);
	else if (step == STEP_MORE && ask_get(ask, HEAD_EXPECT) != NULL &&
	    c->in.len == body)
		buf_text(&c->rest, "HTTP/1.1 100 Continue\r\n\r\n");
	return step;
}

/* Requests that are there whole, one by one; a delayed answer stops it. */
static void
serve(struct conn *c)
{
	struct ask *ask;
	enum step step;

	while (c->h1 == NULL && c->in.len > 0 && !c->closing && !c->dead) {
		ask = server_ask(c->server, c);
		step = read_request(c, ask);
		if (step == STEP_DONE) {
			c->h1 = ask;
			fake_answer(server_fake(c->server), ask);
			server_answer(c->server, ask);
			continue;
		}
		server_unask(c->server, ask);
		if (step == STEP_MORE)
			break;
		buf_text(&c->rest, "HTTP/1.1 400 Bad Request\r\n"
		    "Connection: close\r\nContent-Length: 0\r\n\r\n");
		c->closing = true;
	}
}

bool
h1_read(struct conn *c, const void *data, size_t len)
{
	if (!buf_add(&c->in, data, len))
		return false;
	serve(c);
	conn_dirty(c);
	return true;
}

bool
h1_fill(struct conn *c)
{
	size_t n = c->rest.len;

	if (n > sizeof(c->out) - c->out_len)
		n = sizeof(c->out) - c->out_len;
	if (n > 0) {
		memcpy(c->out + c->out_len, c->rest.data, n);
		c->out_len += n;
		buf_drop(&c->rest, n);
	}
	return true;
}

static void
write_answer(struct conn *c, struct ask *ask)
{
	struct answer *a = &ask->answer;
	const char *from = a->big != NULL ? a->big : buf_str(&a->body);
	size_t len = a->big != NULL ? a->big_len : a->body.len;

	buf_fmt(&c->rest, "HTTP/1.1 %d X\r\nContent-Length: %zu\r\n", a->status,
	    len);
	if (len > 0)
		buf_fmt(&c->rest, "Content-Type: %s\r\n", a->type);
	if (a->id[0] != '\0')
		buf_fmt(&c->rest, "apns-id: %s\r\n", a->id);
	if (a->location[0] != '\0')
		buf_fmt(&c->rest, "Location: %s\r\n", a->location);
	if (a->wns != NULL)
		buf_fmt(&c->rest, "X-WNS-NOTIFICATIONSTATUS: %s\r\n", a->wns);
	if (a->retry_after >= 0)
		buf_fmt(&c->rest, "Retry-After: %lld\r\n",
		    (long long)a->retry_after);
	if (a->date_s != 0) {
		char date[FAKE_DATE];

		fake_date(a->date_s, date);
		buf_fmt(&c->rest, "Date: %s\r\n", date);
	}
	if (a->act == ACT_GOAWAY_AFTER)
		buf_text(&c->rest, "Connection: close\r\n");
	buf_text(&c->rest, "\r\n");
	buf_add(&c->rest, from, a->act == ACT_CUT ? len / 2 : len);
}

/* What HTTP/1.1 has no word for ends the connection without an answer. */
void
h1_reply(struct conn *c, struct ask *ask)
{
	enum act act = ask->answer.act;
	const char *connection = ask_get(ask, HEAD_CONNECTION);

	if (act == ACT_HANG)
		return;
	if (act == ACT_ANSWER || act == ACT_CUT || act == ACT_GOAWAY_AFTER)
		write_answer(c, ask);
	else
		c->dead = true;
	if (act != ACT_ANSWER ||
	    (connection != NULL && strcasecmp(connection, "close") == 0))
		c->closing = true;
	c->h1 = NULL;
	server_unask(c->server, ask);
	conn_dirty(c);
}
