/* SPDX-License-Identifier: MIT */
/*
 * Private keys as people bring them: in PEM, which an editor of Windows, an
 * indented settings file or a variable of the environment may have changed
 * without harm to the key.
 */
#ifndef PUSH_KEY_H
#define PUSH_KEY_H

#include "lib/buf.h"
#include "lib/crypto.h"
#include "lib/err.h"

/* A file's text, appended to into: without its byte order mark, and as ASCII
 * where it is in UTF-16. ERR_INVALID when it is in UTF-16 and holds more than
 * ASCII. It may hold a secret: buf_wipe(into). */
const struct err *key_text(const char *bytes, size_t len, struct buf *into);

/* The one private key of a file in PEM (RFC 7468), which may begin with a
 * byte order mark, be in UTF-16, be indented, stand on one line, or have its
 * ends of lines as "\n" spelt out. ERR_INVALID with a sentence that tells what
 * is wrong, also when the key is not for alg. Free it. */
const struct err *key_read(enum crypto_alg alg, const char *bytes, size_t len,
    struct crypto_key **key);

#endif
