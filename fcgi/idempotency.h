/* SPDX-License-Identifier: MIT */
/*
 * Idempotency-Key: a send, a campaign's creation or start, or a message for the
 * inbox, with a key that was used before gets the first answer and does
 * nothing. The key is kept for a day. It is written in the transaction of the
 * send, campaign or message itself, so that of two calls at once only one does
 * it.
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
	const char *refused; /* out: what was refused of the earlier batch
				(fcgi/partial.h); or NULL */
};

/* Read the header. app_id: the name of the application, or what stands for
 * several of them; the same key of another one is another key. ERR_INVALID when
 * it is not 1 to 255 characters of printable ASCII. */
const struct err *idempotency_read(struct call *c, const char *app_id,
    struct idempotency *r);

/* Run the send, once. For a key that was used before, *before is the id of the
 * earlier send or campaign, and the answer says that it is a repetition; else
 * *before is 0. The send stores the key itself, in its transaction.
 * ERR_CONFLICT (409, with its own sentence) when the key was used with another
 * body. */
typedef const struct err *idempotency_fn(struct call *c, void *arg);
const struct err *idempotency_once(struct call *c, struct idempotency *r,
    idempotency_fn *fn, void *arg, uint64_t *before);

#endif
