/* SPDX-License-Identifier: MIT */
/* Providers' access tokens, kept so that they survive a restart of sendd. */
#ifndef DB_ACCESS_TOKEN_H
#define DB_ACCESS_TOKEN_H

#include "db/db.h"
#include "lib/buf.h"
#include "lib/keyring.h"

/* Store a token, sealed, under its name (a SHA-256 in hex). granted_s: when the
 * provider issued it, in seconds since 1970. */
const struct err *access_token_save(struct db *db, struct keyring *k,
    const char *name, const char *token, int64_t granted_s);

/* Read a token; ERR_MISSING when none is stored, or when none of the keys in
 * the key file opens it. */
const struct err *access_token_load(struct db *db, struct keyring *k,
    const char *name, struct buf *token, int64_t *granted_s);

#endif
