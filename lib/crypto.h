/* SPDX-License-Identifier: MIT */
/*
 * Everything we ask of OpenSSL's libcrypto: random bytes, digests, base64,
 * signatures, and the sealed box that keeps credentials in the database.
 * TLS is the wire's business, not this file's.
 */
#ifndef LIB_CRYPTO_H
#define LIB_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/buf.h"
#include "lib/err.h"

/* Fill with random bytes; ends the process when there are none. */
void crypto_random(void *bytes, size_t n);

void crypto_sha256(const void *data, size_t len, unsigned char out[32]);

/* Equal, in a time that tells nothing of the content. */
bool crypto_equal(const void *a, const void *b, size_t n);

/* Append base64: standard alphabet with padding, or URL-safe without
 * (RFC 4648 sections 4 and 5). False when into is full. */
bool crypto_base64(const void *data, size_t len, struct buf *into);
bool crypto_base64url(const void *data, size_t len, struct buf *into);

/* Decode standard base64: no line breaks, padding optional but correct.
 * False on anything else; into then has an unspecified rest. */
bool crypto_unbase64(const char *text, size_t len, struct buf *into);

/* --- signing keys ----------------------------------------------------- */

struct crypto_key;

enum crypto_alg {
	CRYPTO_ES256, /* ECDSA P-256 SHA-256, signature as r||s, 64 bytes */
	CRYPTO_RS256  /* RSA PKCS#1 v1.5 SHA-256 */
};

/* A private key from PEM text (PKCS#8); refused when it is not of the
 * algorithm's kind (curve P-256; RSA of 2048 bits or more). Free it. */
const struct err *crypto_key_read(enum crypto_alg alg, const char *pem,
    size_t len, struct crypto_key **key);
void crypto_key_free(struct crypto_key *key);

/* Append the signature of data, raw bytes (RFC 7518 3.3 and 3.4). */
const struct err *crypto_sign(const struct crypto_key *key, const void *data,
    size_t len, struct buf *into);

/* ECDSA's DER form to the 64 bytes r||s of RFC 7518 3.4, each half padded
 * on the left. False when der is not a signature. */
bool crypto_der_to_raw(const unsigned char *der, size_t len,
    unsigned char raw[64]);

/* --- the sealed box --------------------------------------------------- */

#define CRYPTO_BOX_KEY 32

/* The key of a key file: 32 bytes as one line of hex. */
const struct err *crypto_box_key(const char *path,
    unsigned char key[CRYPTO_BOX_KEY]);

/* AES-256-GCM under key, bound to where it belongs ("table.column:row"):
 * appends "OB1" nonce(12) ciphertext tag(16). */
void crypto_seal(const unsigned char key[CRYPTO_BOX_KEY], const char *where,
    const void *data, size_t len, struct buf *into);

/* The reverse. ERR_FAULT when it was tampered with, moved elsewhere or
 * sealed under another key. */
const struct err *crypto_open(const unsigned char key[CRYPTO_BOX_KEY],
    const char *where, const void *box, size_t len, struct buf *into);

/* Does this look like something crypto_seal made? */
bool crypto_is_sealed(const void *box, size_t len);

#endif
