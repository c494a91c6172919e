/* SPDX-License-Identifier: MIT */
/*
 * The browser whose subscription tests use: it opens a message as RFC 8188 and
 * RFC 8291 say, by OpenSSL's own HKDF, and shares no code with the sender.
 */
#ifndef FAKE_BROWSER_H
#define FAKE_BROWSER_H

#include <openssl/evp.h>

#include "lib/buf.h"

#define BROWSER_POINT 65
#define BROWSER_AUTH 16
#define BROWSER_BODY_MAX 4096 /* what each push service must take */

struct browser {
	EVP_PKEY *key;
	unsigned char point[BROWSER_POINT]; /* its public half */
	unsigned char auth[BROWSER_AUTH];
};

/* The point of a key on P-256, uncompressed. */
void browser_point(EVP_PKEY *key, unsigned char point[BROWSER_POINT]);

/* A browser with this key, which it owns from now on. Its secret is derived
 * from the key, so that it is the same after a restart. */
void browser_open(struct browser *b, EVP_PKEY *key);
void browser_close(struct browser *b);

/* Append what the body says to clear. Returns NULL, or why nobody can read
 * it. */
const char *browser_read(const struct browser *b, const void *body, size_t len,
    struct buf *clear);

#endif
