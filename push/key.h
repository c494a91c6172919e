/* SPDX-License-Identifier: MIT */
/*
 * Private keys in PEM as people supply them: an editor of Windows, an indented
 * settings file or an environment variable may have changed the text without
 * harm to the key.
 */
#ifndef PUSH_KEY_H
#define PUSH_KEY_H

#include "lib/buf.h"
#include "lib/crypto.h"
#include "lib/err.h"

/* Append the text of a file to into: without its byte order mark, and UTF-16
 * as ASCII. ERR_INVALID when the file is in UTF-16 and holds more than ASCII.
 * The text may hold a secret: buf_wipe(into). */
const struct err *key_text(const char *bytes, size_t len, struct buf *into);

/* Read the one private key of a PEM file (RFC 7468). The file may begin with a
 * byte order mark, be in UTF-16, be indented, be one line, or have its line
 * ends written as "\n". ERR_INVALID, with a sentence that names the fault;
 * also when the key is not suited to alg. The caller frees the key. */
const struct err *key_read(enum crypto_alg alg, const char *bytes, size_t len,
    struct crypto_key **key);

#endif
