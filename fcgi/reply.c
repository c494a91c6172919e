/* SPDX-License-Identifier: MIT */
#include "fcgi/reply.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/json_text.h"
#include "lib/mem.h"

#include "fcgi/call.h"
#include "fcgi/dialect.h"
#include "fcgi/warn.h"

#define REPLY_VALUE 512 /* bytes of a header's value, with its NUL */
#define HEAD_BYTES 500	/* of nearly all answers */

static const struct {
	int status;
	const char *words;
} statuses[] = {
	/* clang-format off */
	{200, "OK"},
	{400, "Bad Request"},
	{401, "Unauthorized"},
	{403, "Forbidden"},
	{404, "Not Found"},
	{405, "Method Not Allowed"},
	{408, "Request Timeout"},
	{409, "Conflict"},
	{411, "Length Required"},
	{413, "Content Too Large"},
	{414, "URI Too Long"},
	{415, "Unsupported Media Type"},
	{416, "Range Not Satisfiable"},
	{417, "Expectation Failed"},
	{429, "Too Many Requests"},
	{431, "Request Header Fields Too Large"},
	{500, "Internal Server Error"},
	{501, "Not Implemented"},
	{502, "Bad Gateway"},
	{503, "Service Unavailable"},
	{504, "Gateway Timeout"},
	{505, "HTTP Version Not Supported"},
	/* clang-format on */
};

void
reply_put_instant(struct buf *into, const char *name, int64_t ms)
{
	char text[CLOCK_TEXT];

	if (ms == 0)
		return;
	clock_instant(ms, text);
	json_put_text(into, name, text);
}

/* The call owns the text already. */
static const struct err *
send_text(struct call *c, int status, const char *type, const char *text,
    size_t len)
{
	struct reply *r = c->reply;

	if (len > LIMIT_REPLY)
		return err_new(ERR_TOOBIG, "the answer is larger than %zu "
		    "bytes", LIMIT_REPLY);
	r->status = status;
	r->type = type;
	r->body = text;
	r->body_len = len;
	return NULL;
}

const struct err *
reply_raw(struct call *c, int status, const char *type, const char *body,
    size_t len)
{
	return send_text(c, status, type, arena_text(c->mem, body, len), len);
}

static void
free_buf(void *b)
{
	buf_done(b);
}

struct buf *
reply_buf(struct call *c)
{
	struct buf *b = arena_alloc(c->mem, sizeof *b);

	*b = (struct buf)BUF(LIMIT_REPLY);
	arena_defer(c->mem, free_buf, b);
	c->reply->built = b;
	return b;
}

const struct err *
reply_buffered(struct call *c, int status, const char *type,
    const struct buf *b)
{
	return send_text(c, status, type, buf_str(b),
	    b->overflowed ? LIMIT_REPLY + 1 : b->len);
}

/* A tree's text lives as long as the tree. */
static const struct err *
reply_json(struct call *c, struct json *envelope)
{
	size_t len;
	const char *text = json_write(dialect_answer(c, envelope), &len);

	return send_text(c, 200, "application/json", text, len);
}

static struct json *
envelope_new(struct call *c)
{
	struct json *envelope = json_new_object(c->mem);

	json_set_text(envelope, "status", "OK");
	return envelope;
}

static struct json *
envelope_of(struct call *c, struct json *object, const struct page_in *part)
{
	struct json *envelope = envelope_new(c);

	if (part != NULL) {
		json_set_int(envelope, "page", part->page);
		json_set_int(envelope, "size", part->size);
	}
	json_set(envelope, "responseObject", object);
	return envelope;
}

const struct err *
reply_ok(struct call *c)
{
	if (c->warnings != NULL)
		return reply_object(c, json_new_object(c->mem));
	return reply_json(c, envelope_new(c));
}

const struct err *
reply_object(struct call *c, struct json *object)
{
	warn_tell(c, object);
	return reply_json(c, envelope_of(c, object, NULL));
}

const struct err *
reply_page(struct call *c, struct json *object, int64_t page, int64_t size)
{
	struct page_in part = {page, size};

	return reply_json(c, envelope_of(c, object, &part));
}

const char *
reply_text(struct call *c, struct json *object, const struct page_in *part,
    size_t *len)
{
	return json_write(dialect_answer(c, envelope_of(c, object, part)),
	    len);
}

void
reply_more(struct call *c)
{
	if (c->reply->more)
		return;
	c->reply->more = true;
	reply_header(c, "X-More-Entries", "true");
}

static bool
is_printable(const char *value)
{
	for (; *value != '\0'; value++)
		if (*value < ' ' || *value > '~')
			return false;
	return true;
}

void
reply_header_text(struct call *c, const char *name, const char *value)
{
	struct reply *r = c->reply;
	size_t len = strlen(value);

	if (len >= REPLY_VALUE || !is_printable(value) ||
	    r->n_headers == REPLY_HEADERS)
		return;
	r->headers[r->n_headers++] = (struct reply_header){name,
	    arena_text(c->mem, value, len)};
}

void
reply_header(struct call *c, const char *name, const char *fmt, ...)
{
	char value[REPLY_VALUE];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(value, sizeof value, fmt, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n < sizeof value)
		reply_header_text(c, name, value);
}

const char *
reply_words(int status)
{
	for (size_t i = 0; i < nitems(statuses); i++)
		if (statuses[i].status == status)
			return statuses[i].words;
	return "Unknown";
}

static void
put_header(struct buf *into, const char *name, const char *value)
{
	(void)buf_text(into, name);
	(void)buf_text(into, ": ");
	(void)buf_text(into, value);
	(void)buf_text(into, "\r\n");
}

/* Each answer has one: to print it would take longer than what most answers
 * say. */
void
reply_head(const struct reply *r, struct buf *into)
{
	(void)buf_reserve(into, HEAD_BYTES);
	(void)buf_text(into, "Status: ");
	(void)buf_int(into, r->status);
	(void)buf_text(into, " ");
	(void)buf_text(into, reply_words(r->status));
	(void)buf_text(into, "\r\n");
	if (r->type != NULL)
		put_header(into, "Content-Type", r->type);
	(void)buf_text(into, "Content-Length: ");
	(void)buf_int(into, (int64_t)r->body_len);
	(void)buf_text(into, "\r\nX-Content-Type-Options: nosniff\r\n"
	    "Cache-Control: no-store\r\n");
	for (size_t i = 0; i < r->n_headers; i++)
		put_header(into, r->headers[i].name, r->headers[i].value);
	(void)buf_text(into, "\r\n");
}
