/* SPDX-License-Identifier: MIT */
/*
 * The encryption of a message for one browser: one record of aes128gcm (RFC
 * 8188) under keys that are derived from the browser's and from a new pair (RFC
 * 8291). Pure, but for the random pair and salt.
 */
#ifndef PUSH_WEBPUSH_CIPHER_H
#define PUSH_WEBPUSH_CIPHER_H

#include "lib/crypto_ec.h"

#define CIPHER_AUTH 16 /* bytes of a browser's secret */
#define CIPHER_SALT 16
/* salt, record size, length of the key, public key */
#define CIPHER_HEADER (CIPHER_SALT + 4 + 1 + CRYPTO_P256_POINT)
#define CIPHER_RECORD 4096 /* the record size that is announced */
#define CIPHER_MARK 1	   /* the byte behind the message */
#define CIPHER_KEY_INFO (14 + 2 * CRYPTO_P256_POINT)
/* Services need not take a larger body than a record. */
#define CIPHER_PLAIN_MAX \
	(CIPHER_RECORD - CIPHER_HEADER - CIPHER_MARK - CRYPTO_TAG)

/* What a browser gave for its messages. */
struct cipher_for {
	unsigned char point[CRYPTO_P256_POINT]; /* p256dh */
	unsigned char auth[CIPHER_AUTH];
};

/* The values that are derived, by their names in RFC 8291 section 3.4. */
struct cipher_keys {
	unsigned char ecdh[CRYPTO_SHARED], prk_key[32], ikm[32], prk[32];
	unsigned char cek[CRYPTO_AES128_KEY], nonce[CRYPTO_NONCE];
};

/* What goes into the derivations (RFC 8291 section 3.4, RFC 8188 section 2.2
 * and 2.3): a text with its one zero byte; in key_info both public keys follow,
 * the browser's first. */
extern const char cipher_cek_info[28], cipher_nonce_info[24];
void cipher_key_info(const struct cipher_for *to,
    const unsigned char sender[CRYPTO_P256_POINT],
    unsigned char info[CIPHER_KEY_INFO]);

/* Derive prk, cek and nonce from a secret of len bytes, as RFC 8188 does for
 * whatever it encrypts. */
void cipher_content_keys(struct cipher_keys *k, const unsigned char *secret,
    size_t len, const unsigned char salt[CIPHER_SALT]);

/* Derive all of them from the shared secret, which stands in k->ecdh. sender
 * is the public half of our pair. */
void cipher_derive(struct cipher_keys *k, const struct cipher_for *to,
    const unsigned char sender[CRYPTO_P256_POINT],
    const unsigned char salt[CIPHER_SALT]);

/* How many bytes a message of len bytes becomes, without the mark and the tag:
 * a multiple of 256 as far as there is room, so that the service does not learn
 * its length. */
size_t cipher_padded(size_t len);

/* Encrypt the message in place. body has CIPHER_HEADER bytes of room, the
 * message of len bytes, and room for padded - len, CIPHER_MARK and CRYPTO_TAG
 * bytes more. Returns the length of the whole, or 0 when the browser's point is
 * not on the curve. */
size_t cipher_seal(const struct crypto_pair *pair,
    const unsigned char salt[CIPHER_SALT], const struct cipher_for *to,
    unsigned char *body, size_t len, size_t padded);

#endif
