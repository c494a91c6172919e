/* SPDX-License-Identifier: MIT */
/* Signed tokens of two kinds (RFC 7519, RFC 7515). Pure but for the signature's
 * randomness. */
#ifndef PUSH_JWT_H
#define PUSH_JWT_H

#include <stdint.h>

#include "lib/buf.h"
#include "lib/crypto.h"
#include "lib/err.h"

/* base64url(header).base64url(claims).signature, appended to into. Header
 * and claims are JSON texts. */
const struct err *jwt_sign(const struct crypto_key *key, const char *header,
    const char *claims, struct buf *into);

/* APNs provider token: ES256, header alg+kid, claims iss+iat and no others.
 * Appended to into. Valid for an hour from iat_s (seconds since 1970). */
const struct err *jwt_apns(const struct crypto_key *key, const char *key_id,
    const char *team_id, int64_t iat_s, struct buf *into);

#endif
