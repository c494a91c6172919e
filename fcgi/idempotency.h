/* SPDX-License-Identifier: MIT */
/*
 * Idempotency-Key: a send or a campaign's start that was asked for before is
 * answered with the first one's result and sends nothing. Remembered for a
 * day, in the transaction of the send itself, so that of two at once one wins.
 */
#ifndef FCGI_IDEMPOTENCY_H
#define FCGI_IDEMPOTENCY_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/err.h"

struct call;

#define IDEMPOTENCY_KEY_MAX 255

struct idempotency {
	bool wanted;	  /* the call has a key */
	char key[65];	  /* SHA-256 of application, caller, key; hex */
	char request[65]; /* SHA-256 of path and body, hex */
};

/* Read the header. ERR_INVALID when it is not 1 to 255 characters of
 * printable ASCII. */
const struct err *idempotency_read(struct call *c, const char *app_id,
    struct idempotency *r);

/* Do it, once: when it was asked for before, *before is that send's id and
 * the answer says that it is a repetition; else 0. What is done writes down
 * the key itself, in its transaction. ERR_CONFLICT (409, in its own words)
 * when the key stood with another body. */
typedef const struct err *idempotency_fn(struct call *c, void *arg);
const struct err *idempotency_once(struct call *c, const struct idempotency *r,
    idempotency_fn *fn, void *arg, uint64_t *before);

#endif
