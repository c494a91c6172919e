/* SPDX-License-Identifier: MIT */
/*
 * One HTTP request to a provider and what became of it, as plain data: the
 * providers fill and judge it, the wires move it.
 *
 * Life: exchange_reset -> a provider fills the request -> a wire takes it
 * (copying path and headers; the body stays borrowed until the end) -> the
 * wire sets the end and the answer -> a provider judges.
 */
#ifndef PUSH_EXCHANGE_H
#define PUSH_EXCHANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/buf.h"

#define EXCHANGE_HEADERS 12
#define EXCHANGE_STORE 1536	       /* bytes for path and header values */
#define EXCHANGE_ANSWER (64 * 1024) /* a larger answer is not an answer */
#define EXCHANGE_REQUEST (2 * 1024 * 1024) /* a thousand long tokens fit */

/* What is known of the request when the exchange is over. */
enum exchange_end {
	EXCHANGE_OPEN,	   /* not over */
	EXCHANGE_UNSENT,   /* certainly not processed: never written, refused
			      stream, beyond GOAWAY's last id */
	EXCHANGE_UNKNOWN,  /* perhaps processed: written, no whole answer */
	EXCHANGE_ANSWERED, /* a whole answer: status, body */
};

struct header {
	const char *name; /* lower case */
	const char *value;
};

struct exchange {
	/* the request: POST always; ":authority" is the wire's */
	const char *path;
	struct header headers[EXCHANGE_HEADERS];
	unsigned n_headers;
	const char *body; /* borrowed, or request.data */
	size_t body_len;
	unsigned timeout_ms; /* from start to whole answer */

	/* the answer */
	enum exchange_end end;
	int status;		/* HTTP status; 0 when none came */
	unsigned retry_after_s; /* 0 when not told */
	char id[64];		/* apns-id of the answer; else "" */
	struct buf answer;	/* body; overflowed when it was too large */
	char why[96];		/* transport's words when not answered */

	/* the owner's: done is called once the exchange is over, by whoever
	 * collects it from the wire, and takes the exchange over */
	void (*done)(void *owner, struct exchange *x);
	void *owner;
	struct exchange *next;
	int64_t started_us; /* set by the wire, monotonic */

	struct buf request; /* a body of its own */
	size_t stored;
	char store[EXCHANGE_STORE];
};

struct exchange *exchange_new(void);
void exchange_free(struct exchange *x); /* takes NULL */

/* Ready for the next request; keeps the memory, forgets done, owner
 * and next. */
void exchange_reset(struct exchange *x);

/* Text in the exchange's own store; NULL when it is full. */
const char *exchange_fmt(struct exchange *x, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* May this stand in a path or a header value? Not empty, printable ASCII
 * only, no space at either end: nothing can break out of its field. */
bool exchange_safe(const char *value);

/* Add a header; the value must live until the wire has taken the exchange,
 * and be safe. */
void exchange_header(struct exchange *x, const char *name, const char *value);

/* The wire's part: end it without an answer. The words may be the peer's. */
void exchange_fail(struct exchange *x, enum exchange_end end,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* The value of a Retry-After header, seconds or HTTP date, as seconds from
 * now, at most a day; 0 when unreadable. Pure but for the clock. */
unsigned exchange_retry_after(const char *value);

#endif
