/* SPDX-License-Identifier: MIT */
/*
 * Live checks: a responder asks that an application's credentials be tried
 * against the providers; one sendd takes the request, and writes the answer.
 */
#ifndef DB_LIVE_CHECK_H
#define DB_LIVE_CHECK_H

#include "db/db.h"
#include "lib/arena.h"

/* Request a check; it takes the place of an earlier one. */
const struct err *live_check_ask(struct db *db, int64_t app);

/* The answer to the latest request (JSON, in the arena); NULL while there is
 * none. */
const struct err *live_check_answer(struct db *db, struct arena *a,
    int64_t app, const char **answer);

/* For sendd: take the requests that no instance has taken, not older than
 * half a minute; the applications whose check is this instance's to do. */
const struct err *live_check_take(struct db *db, struct arena *a,
    const char *owner, int64_t **apps, size_t *n);

/* For sendd: write the answer to a request that the instance has taken. */
const struct err *live_check_done(struct db *db, const char *owner,
    int64_t app, const char *answer);

#endif
