/* SPDX-License-Identifier: MIT */
/*
 * Everything that is used of OpenSSL's libcrypto: random bytes, digests,
 * base64, signatures, the dates of certificates, and the cipher of sealed
 * boxes (lib/keyring.h). TLS belongs to the wires.
 */
#ifndef LIB_CRYPTO_H
#define LIB_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/err.h"

/* Fill with random bytes; ends the process when the system has none. */
void crypto_random(void *bytes, size_t n);

/* The SHA-256 digest of len bytes. */
void crypto_sha256(const void *data, size_t len, unsigned char out[32]);

/* HMAC-SHA256 (RFC 2104) under a key of 32 bytes. */
#define CRYPTO_MAC_KEY 32
void crypto_hmac(const unsigned char key[CRYPTO_MAC_KEY], const void *data,
    size_t len, unsigned char out[32]);

/* Are n bytes equal? The time does not depend on the content. */
bool crypto_equal(const void *a, const void *b, size_t n);

/* Append base64: the standard alphabet with padding, or URL-safe without
 * padding (RFC 4648 sections 4 and 5). False when into is full. */
bool crypto_base64(const void *data, size_t len, struct buf *into);
bool crypto_base64url(const void *data, size_t len, struct buf *into);

/* Append the bytes of standard base64: no line breaks; padding is optional but
 * must be correct. False on anything else; the bytes that are appended then
 * are unspecified. */
bool crypto_unbase64(const char *text, size_t len, struct buf *into);

/* The same of base64 in either alphabet, as browsers and their pages write
 * keys. */
bool crypto_unbase64_any(const char *text, size_t len, struct buf *into);

/* --- points ----------------------------------------------------------- */

#define CRYPTO_P256_POINT 65 /* bytes of a point, uncompressed */

/* Are they a point of the curve P-256, and not that at infinity? */
bool crypto_p256_point(const unsigned char point[CRYPTO_P256_POINT]);

/* --- signing keys ----------------------------------------------------- */

struct crypto_key;

enum crypto_alg {
	CRYPTO_ES256, /* ECDSA P-256 SHA-256, signature as r||s, 64 bytes */
	CRYPTO_RS256  /* RSA PKCS#1 v1.5 SHA-256 */
};

/* A private key from PEM text (PKCS#8). Refused unless it suits the algorithm
 * (curve P-256; RSA of 2048 bits or more). The caller frees it. */
const struct err *crypto_key_read(enum crypto_alg alg, const char *pem,
    size_t len, struct crypto_key **key);
void crypto_key_free(struct crypto_key *key); /* takes NULL */

/* Append the signature of data, raw bytes (RFC 7518 3.3 and 3.4). */
const struct err *crypto_sign(const struct crypto_key *key, const void *data,
    size_t len, struct buf *into);

/* Convert the DER form of an ECDSA signature to the 64 bytes r||s of RFC 7518
 * 3.4, each half padded on the left. False when der is not a signature. */
bool crypto_der_to_raw(const unsigned char *der, size_t len,
    unsigned char raw[64]);

/* --- certificates ----------------------------------------------------- */

struct crypto_certificates {
	unsigned n, expired; /* how many there are; of those */
	int64_t until_s;     /* the last one ends, seconds since 1970 */
};

/* The certificates in a file of PEM texts. ERR_FAULT when it cannot be read or
 * has none. */
const struct err *crypto_certificates(const char *path, int64_t now_s,
    struct crypto_certificates *out);

/* --- AES-GCM ---------------------------------------------------------- */

#define CRYPTO_AES_KEY 32
#define CRYPTO_AES128_KEY 16
#define CRYPTO_NONCE 12
#define CRYPTO_TAG 16

/* Encrypt len bytes to len bytes of out, and make the tag, which authenticates
 * bound too (AAD). Never use a nonce twice with one key. */
void crypto_encrypt(const unsigned char key[CRYPTO_AES_KEY],
    const unsigned char nonce[CRYPTO_NONCE], const void *bound,
    size_t bound_len, const void *data, size_t len, unsigned char *out,
    unsigned char tag[CRYPTO_TAG]);

/* Decrypt. False, and out is wiped, when the key, the nonce, the AAD, the data
 * or the tag differs. */
bool crypto_decrypt(const unsigned char key[CRYPTO_AES_KEY],
    const unsigned char nonce[CRYPTO_NONCE], const void *bound,
    size_t bound_len, const void *data, size_t len,
    const unsigned char tag[CRYPTO_TAG], unsigned char *out);

/* As crypto_encrypt and crypto_decrypt, with a key of 128 bits, and
 * nothing else that the tag authenticates. */
void crypto_encrypt128(const unsigned char key[CRYPTO_AES128_KEY],
    const unsigned char nonce[CRYPTO_NONCE], const void *data, size_t len,
    unsigned char *out, unsigned char tag[CRYPTO_TAG]);
bool crypto_decrypt128(const unsigned char key[CRYPTO_AES128_KEY],
    const unsigned char nonce[CRYPTO_NONCE], const void *data, size_t len,
    const unsigned char tag[CRYPTO_TAG], unsigned char *out);

#endif
