/* SPDX-License-Identifier: MIT */
/* Questions that only sendd can answer, because it alone connects to the
 * providers. They go through a row of the database, which sendd reads once a
 * second. */
#ifndef CORE_LIVE_H
#define CORE_LIVE_H

#include <stdatomic.h>

#include "lib/arena.h"
#include "lib/json.h"

#include "db/db.h"

#define LIVE_NETWORK 0 /* instead of an application: which servers answer */

/* Ask whether the providers accept the credentials of an application (its id),
 * or LIVE_NETWORK; wait up to twelve seconds for the answer, less when stop
 * (NULL: never) becomes true. *answer is NULL when no sendd has answered. */
const struct err *live_ask(struct db *db, struct arena *a, int64_t app,
    const atomic_bool *stop, struct json **answer);

#endif
