/* SPDX-License-Identifier: MIT */
/*
 * The answer: status, headers, body. It is complete before its first byte is
 * sent. Handlers end with `return reply_...(c, ...)`; errors go through
 * problem.h.
 */
#ifndef FCGI_REPLY_H
#define FCGI_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "lib/json.h"

#include "fcgi/page.h"

struct call;

#define REPLY_HEADERS 8

struct reply_header {
	const char *name, *value;
};

struct reply {
	int status;
	const char *type; /* Content-Type */
	struct reply_header headers[REPLY_HEADERS];
	size_t n_headers;
	const char *body; /* owned by the call */
	size_t body_len;
	/* what the body was written into, even if it ended as an error */
	const struct buf *built;
	bool headless; /* an answer to HEAD: everything but the body */
	bool more;     /* it has the header of reply_more */
};

/* 200 {"status":"OK"} */
const struct err *reply_ok(struct call *c);

/* 200 {"status":"OK","responseObject":object}; an object or an array. */
const struct err *reply_object(struct call *c, struct json *object);

/* The same with "page" and "size". */
const struct err *reply_page(struct call *c, struct json *object,
    int64_t page, int64_t size);

/* Set the header that marks the answer's list as cut, for a list without pages;
 * once, however often it is called. */
void reply_more(struct call *c);

/* The text of such an answer, in the call's memory; part NULL: without "page"
 * and "size". */
const char *reply_text(struct call *c, struct json *object,
    const struct page_in *part, size_t *len);

/* A time as a member of an answer, in ISO 8601; 0 (none) is left out. */
void reply_put_instant(struct buf *into, const char *name, int64_t ms);

/* "Not Found" for 404. */
const char *reply_words(int status);

/* Any other answer; the body is copied. */
const struct err *reply_raw(struct call *c, int status, const char *type,
    const char *body, size_t len);

/* The same for a long text, which is not copied: it is written into a buffer of
 * the call, of at most LIMIT_REPLY bytes. ERR_TOOBIG when the buffer
 * overflowed. */
struct buf *reply_buf(struct call *c);
const struct err *reply_buffered(struct call *c, int status, const char *type,
    const struct buf *b);

/* Add a header; name lives as long as the call. A value that is too long, or
 * not printable ASCII, is left out. */
void reply_header(struct call *c, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void reply_header_text(struct call *c, const char *name, const char *value);

/* "Status: 200 OK" and headers with the empty line, as CGI has it. Headers that
 * all answers have are added here: the data belongs to one caller, so it must
 * not be cached, and its type must not be guessed. */
void reply_head(const struct reply *r, struct buf *into);

#endif
