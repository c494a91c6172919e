/* SPDX-License-Identifier: MIT */
/* Signed tokens (RFC 7519, RFC 7515) of two kinds. Pure except for the
 * randomness of a signature. */
#ifndef PUSH_JWT_H
#define PUSH_JWT_H

#include <stdint.h>

#include "lib/buf.h"
#include "lib/crypto.h"
#include "lib/err.h"

/* Append base64url(header).base64url(claims).signature to into. Header and
 * claims are JSON texts. */
const struct err *jwt_sign(const struct crypto_key *key, const char *header,
    const char *claims, struct buf *into);

/* Append an APNs provider token to into: ES256, header alg+kid, claims iss+iat
 * and no others. Valid for an hour from iat_s (seconds since 1970). */
const struct err *jwt_apns(const struct crypto_key *key, const char *key_id,
    const char *team_id, int64_t iat_s, struct buf *into);

#endif
