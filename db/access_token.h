/* SPDX-License-Identifier: MIT */
/* Providers' access tokens, kept so that they survive a restart of sendd. */
#ifndef DB_ACCESS_TOKEN_H
#define DB_ACCESS_TOKEN_H

#include "db/db.h"
#include "lib/buf.h"
#include "lib/keyring.h"

/* Keep a token, sealed, under its name (a SHA-256 in hex). granted_s: when the
 * provider gave it, in seconds since 1970. */
const struct err *access_token_save(struct db *db, struct keyring *k,
    const char *name, const char *token, int64_t granted_s);

/* Read a token; ERR_MISSING when none is kept, or when it cannot be opened
 * with the keys there are. */
const struct err *access_token_load(struct db *db, struct keyring *k,
    const char *name, struct buf *token, int64_t *granted_s);

#endif
