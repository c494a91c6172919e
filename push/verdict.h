/* SPDX-License-Identifier: MIT */
/*
 * Shared by the judges: rulings are rows of a table, found by status and
 * reason. An answer that no table contains is judged by the class of its
 * status, and never costs a device its registration.
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
	unsigned after_s; /* not before; 0: sendd's backoff */
};

/* The row for exactly this status (or any) and reason; NULL when there is
 * none. */
const struct ruling *ruling_find(const struct ruling *rows, size_t n,
    int status, const char *reason);

/* The ruling for the class of the status alone; never NULL. */
const struct ruling *ruling_by_status(int status);

/* Set the verdict. A Retry-After is a lower bound of the wait, and a fault of
 * the credential does not count as a try of the message. If why is NULL or "",
 * the status is used instead. */
void verdict_set(struct verdict *v, const struct ruling *r,
    const struct exchange *x, const char *why);

/* Set the verdict SENT; id is the message's id at the provider, NULL or ""
 * when it has none. */
void verdict_sent(struct verdict *v, const char *id);

/* The text if it is one word, as the reasons of providers are; else NULL,
 * because any other text may quote the message itself. */
const char *verdict_word(const char *text);

/* The answer as a JSON object; NULL when it is not one, or is too large or too
 * deep. Free it with json_free. */
struct json *verdict_answer(const struct exchange *x);

/* JSON of any kind from outside, within the limits below; NULL for anything
 * else. */
struct json *verdict_json(const char *text, size_t len);

#define VERDICT_DEPTH 16
#define VERDICT_VALUES 4096	/* HMS may list a thousand tokens */
#define VERDICT_CONTAINERS 1024
#define VERDICT_MEMBERS 1024

#endif
