/* SPDX-License-Identifier: MIT */
/*
 * One HTTP request to a provider and its result, as plain data: the providers
 * fill and judge it, the wires transfer it.
 *
 * Life: exchange_reset -> a provider fills the request -> a wire takes it (and
 * copies path and headers; the body stays borrowed until the end) -> the wire
 * sets the end and the answer -> a provider judges.
 */
#ifndef PUSH_EXCHANGE_H
#define PUSH_EXCHANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/buf.h"

#define EXCHANGE_HEADERS 12
#define EXCHANGE_STORE 2048	       /* bytes for path and header values */
#define EXCHANGE_ANSWER (64 * 1024) /* a larger answer counts as none */
#define EXCHANGE_REQUEST (2 * 1024 * 1024) /* a thousand long tokens fit */

/* What is known about the request when the exchange is over. */
enum exchange_end {
	EXCHANGE_OPEN,	   /* not over */
	EXCHANGE_UNSENT,   /* certainly not processed: never written, stream
			      refused, or after the last id of GOAWAY */
	EXCHANGE_UNKNOWN,  /* perhaps processed: written, no whole answer */
	EXCHANGE_ANSWERED, /* a whole answer: status, body */
};

struct header {
	const char *name; /* lower case */
	const char *value;
};

struct exchange {
	/* the request: always POST; the wire sets ":authority" */
	const char *path;
	struct header headers[EXCHANGE_HEADERS];
	unsigned n_headers;
	const char *body; /* borrowed, or request.data */
	size_t body_len;
	unsigned timeout_ms; /* from the start to the whole answer */
	bool by_status; /* a success needs no body: its status is the proof */
	bool other_key; /* the device has another key: a refusal of the key says
			   nothing of the others */
	bool key_taken; /* as we take it: nobody has told its key */
	bool sized; /* tell the length of the body, which HTTP/2 need not */

	/* the answer */
	enum exchange_end end;
	int status;		/* HTTP status; 0 when none came */
	unsigned retry_after_s; /* 0: not given */
	char id[64];		/* the answer's name of the message, or "" */
	char told[80];		/* its cause in a header (WNS), or "" */
	struct buf answer;	/* body; overflowed when it was too large */
	char why[96];		/* error of the transport, if not answered */

	/* for the owner: once the exchange is over, the code that collects it
	 * from the wire calls done, which takes over the exchange */
	void (*done)(void *owner, struct exchange *x);
	void *owner;
	void (*seal)(struct exchange *x); /* for who has it sealed */
	struct exchange *next;
	int64_t started_us; /* set by the wire, monotonic */

	struct buf request; /* a body that the exchange owns */
	size_t stored;
	char store[EXCHANGE_STORE];
};

/* Allocate an exchange; free it with exchange_free. */
struct exchange *exchange_new(void);
void exchange_free(struct exchange *x); /* takes NULL */

/* Prepare for the next request. Keeps the memory; clears done, owner and
 * next. */
void exchange_reset(struct exchange *x);

/* Format a text into the store of the exchange; NULL when it is full. */
const char *exchange_fmt(struct exchange *x, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* The same of one text behind the other, for what every message needs. */
const char *exchange_join(struct exchange *x, const char *a, const char *b);

/* May this be in a path or a header value? It must be non-empty printable
 * ASCII without a space at either end, so that it cannot break out of its
 * field. */
bool exchange_safe(const char *value);

/* Add a header; the value must live until the wire has taken the exchange,
 * and be safe. */
void exchange_header(struct exchange *x, const char *name, const char *value);

/* For the wire: a header of the answer, in any letter case. Those that judges
 * look at are kept. Neither text ends with a NUL; the value may be the
 * peer's worst. */
void exchange_answer_header(struct exchange *x, const char *name,
    size_t name_len, const char *value, size_t len);

/* For the wire: an interim answer (1xx) is over, so forget it. */
void exchange_answer_interim(struct exchange *x);

/* For the wire: end the exchange without an answer. The text may come from the
 * peer. */
void exchange_fail(struct exchange *x, enum exchange_end end,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Parse a Retry-After header, in seconds or as an HTTP date. Returns seconds
 * from now, at most a day; 0 when it is unreadable. Pure except for the
 * clock. */
unsigned exchange_retry_after(const char *value);

#endif
