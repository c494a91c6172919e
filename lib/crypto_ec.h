/* SPDX-License-Identifier: MIT */
/*
 * What Web Push needs of libcrypto: points and pairs of the curve P-256, the
 * agreement between two pairs (ECDH), and AES-128-GCM. A point is its 65
 * uncompressed bytes, a scalar its 32 bytes, both as RFC 8291 has them.
 */
#ifndef LIB_CRYPTO_EC_H
#define LIB_CRYPTO_EC_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/crypto.h"
#include "lib/err.h"

#define CRYPTO_SCALAR 32
#define CRYPTO_SHARED 32 /* bytes of a shared secret */

/* --- pairs for one agreement ------------------------------------------- */

struct crypto_pair;

/* A new random pair; ends the process when there can be none. The caller frees
 * it. */
struct crypto_pair *crypto_pair_new(void);

/* The pair of a private scalar; NULL when that is 0 or not below the order of
 * the curve. The caller frees it. */
struct crypto_pair *crypto_pair_of(const unsigned char scalar[CRYPTO_SCALAR]);
void crypto_pair_free(struct crypto_pair *pair); /* takes NULL */

void crypto_pair_point(const struct crypto_pair *pair,
    unsigned char point[CRYPTO_P256_POINT]);

/* The X coordinate of the point that both sides compute. False when theirs is
 * not a point on the curve. */
bool crypto_pair_agree(const struct crypto_pair *pair,
    const unsigned char theirs[CRYPTO_P256_POINT],
    unsigned char secret[CRYPTO_SHARED]);

/* --- signing keys as points and scalars -------------------------------- */

/* A key for CRYPTO_ES256 from its scalar. ERR_INVALID when that is not one. The
 * caller frees it. */
const struct err *crypto_key_of_scalar(
    const unsigned char scalar[CRYPTO_SCALAR], struct crypto_key **key);

/* The public half of such a key; false when it is of another kind. */
bool crypto_key_point(const struct crypto_key *key,
    unsigned char point[CRYPTO_P256_POINT]);

/* Append a new random key as PEM (PKCS#8). The text is a secret. */
const struct err *crypto_key_new(struct buf *pem);

/* Is the signature, r||s in 64 bytes, that of the key with this point? */
bool crypto_verify(const unsigned char point[CRYPTO_P256_POINT],
    const void *data, size_t len, const unsigned char signature[64]);

#endif
