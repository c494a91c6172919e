/* SPDX-License-Identifier: MIT */
/*
 * What the judges share: rulings are rows of a table, found by status and
 * reason; whatever no table knows is ruled by the class of its status, and
 * never costs a device its registration.
 */
#ifndef PUSH_VERDICT_H
#define PUSH_VERDICT_H

#include <stddef.h>

#include "lib/json.h"
#include "push/provider.h"

struct ruling {
	int status;	    /* 0: any */
	const char *reason; /* NULL: none was given */
	enum verdict_kind kind;
	unsigned cure;	  /* set of enum verdict_cure */
	unsigned after_s; /* not before; 0: our own backoff */
};

/* The row for exactly this; NULL when there is none. */
const struct ruling *ruling_find(const struct ruling *rows, size_t n,
    int status, const char *reason);

/* By the class of the status alone; never NULL. */
const struct ruling *ruling_by_status(int status);

/* Pronounce: a Retry-After is a floor, and a credential's fault uses up no
 * try of the message. why NULL or "": the status is said instead. */
void verdict_set(struct verdict *v, const struct ruling *r,
    const struct exchange *x, const char *why);

/* Sent, known to the provider by this id; NULL or "": by none. */
void verdict_sent(struct verdict *v, const char *id);

/* The text if it is one word, as providers' reasons are; else NULL: what is
 * none may be the message itself, come back. */
const char *verdict_word(const char *text);

/* The answer as a JSON object; NULL when it is none, or is too large or too
 * deep. Free it with json_free. */
struct json *verdict_answer(const struct exchange *x);

/* What strangers send as JSON of any kind, within these; NULL else. */
struct json *verdict_json(const char *text, size_t len);

#define VERDICT_DEPTH 16
#define VERDICT_VALUES 4096	/* HMS tells of a thousand tokens */
#define VERDICT_CONTAINERS 1024
#define VERDICT_MEMBERS 1024

#endif
