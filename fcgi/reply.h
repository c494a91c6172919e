/* SPDX-License-Identifier: MIT */
/*
 * The answer, whole before its first byte is sent: status, headers, body.
 * Handlers end with `return reply_...(c, ...)`; errors go through problem.
 */
#ifndef FCGI_REPLY_H
#define FCGI_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "lib/json.h"

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
	const char *body; /* the call's arena */
	size_t body_len;
	bool headless; /* an answer to HEAD: everything but the body */
};

/* 200 {"status":"OK"} */
const struct err *reply_ok(struct call *c);

/* 200 {"status":"OK","responseObject":object}; an object or an array. */
const struct err *reply_object(struct call *c, struct json *object);

/* The same with "page" and "size". */
const struct err *reply_page(struct call *c, struct json *object,
    int64_t page, int64_t size);

/* A moment as a member of an answer, in ISO 8601; 0, for none, is left out. */
void reply_instant(struct json *j, const char *name, int64_t ms);

/* Anything else, copied: health, metrics. */
const struct err *reply_raw(struct call *c, int status, const char *type,
    const char *body, size_t len);

/* A further header. One whose value is not printable ASCII is left out. */
void reply_header(struct call *c, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* "Status: 200 OK" and headers, the empty line included, as CGI has it. What
 * all answers have in common is added here: they are of one caller's data, so
 * nobody stores them, and are what their type says, so nobody guesses. */
void reply_head(const struct reply *r, struct buf *into);

#endif
