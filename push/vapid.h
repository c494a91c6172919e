/* SPDX-License-Identifier: MIT */
/*
 * VAPID (RFC 8292): the key pair by which push services know an application,
 * and the signed text that shows it. Pure except for the randomness of a
 * signature.
 */
#ifndef PUSH_VAPID_H
#define PUSH_VAPID_H

#include <stdint.h>

#include "lib/buf.h"
#include "lib/crypto_ec.h"
#include "lib/err.h"

#define VAPID_PUBLIC 88 /* a public key as text, and NUL */

/* Read a private key: PEM as key_read takes it, or its 32 bytes in base64 of
 * either alphabet, as the usual packages print it. ERR_INVALID with a sentence.
 * The caller frees the key. */
const struct err *vapid_key_read(const char *text, size_t len,
    struct crypto_key **key);

/* The public key as pages and services want it: base64url of its point. */
void vapid_public(const struct crypto_key *key, char text[VAPID_PUBLIC]);

/* Append the value of the header behind its scheme: the token as "t", and the
 * public key as "k". origin has no slash at its end. The token is valid until
 * expires_s. */
const struct err *vapid_sign(const struct crypto_key *key, const char *origin,
    const char *subject, int64_t expires_s, struct buf *into);

#endif
