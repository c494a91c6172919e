/* SPDX-License-Identifier: MIT */
/*
 * How the audit trail names a user: "user:" and 32 hex digits of HMAC-SHA256
 * of the user's id. Who knows an id and has the key can find what was done to
 * the user, also after everything else of the user was erased; the trail tells
 * the id to nobody. The key is random, sealed in the database, and made when
 * it is needed first.
 */
#ifndef CORE_PERSON_NAME_H
#define CORE_PERSON_NAME_H

#include "db/db.h"
#include "lib/arena.h"
#include "lib/keyring.h"

/* The name of a user, in the arena. ERR_FAULT: the key does not open. */
const struct err *person_name(struct db *db, struct keyring *k,
    struct arena *a, const char *user_id, const char **name);

#endif
