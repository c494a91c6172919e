/* SPDX-License-Identifier: MIT */
/*
 * Live checks: a responder asks that an application's credentials be tried
 * against the providers; one sendd takes the request, and writes the answer.
 */
#ifndef DB_LIVE_CHECK_H
#define DB_LIVE_CHECK_H

#include "db/db.h"
#include "lib/arena.h"

/* Request a check; it replaces an earlier request. */
const struct err *live_check_ask(struct db *db, int64_t app);

/* The answer to the latest request (JSON, in the arena); NULL while it has no
 * answer. */
const struct err *live_check_answer(struct db *db, struct arena *a,
    int64_t app, const char **answer);

/* For sendd: take the requests of the last half minute that no other instance
 * has taken; the list has the applications that this instance must check. */
const struct err *live_check_take(struct db *db, struct arena *a,
    const char *owner, int64_t **apps, size_t *n);

/* For sendd: write the answer to a request that the instance has taken. */
const struct err *live_check_done(struct db *db, const char *owner,
    int64_t app, const char *answer);

#endif
