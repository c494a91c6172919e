/* SPDX-License-Identifier: MIT */
/* Outcome counters: how many devices of an application and platform had which
 * outcome, for which reason. They only grow. */
#ifndef DB_COUNTER_H
#define DB_COUNTER_H

#include "db/db.h"
#include "lib/arena.h"

/* Number of reasons that an application and platform may have; each further
 * reason is counted as "other". */
#define COUNTER_REASONS 64
_Static_assert(COUNTER_REASONS == SQL_REASONS, "as in sql.h");

#define COUNTER_OTHER "other"
#define COUNTER_REASON 80 /* bytes of a reason that is counted, with its NUL */

/* The reason that is counted. Numbers (sizes and the like) are removed: those
 * are for the log and the message. A code alone stays, as it is chosen by the
 * provider, and so does an HTTP status, as there are few. One that is too long
 * is "other". */
void counter_reason(const char *reason, char out[COUNTER_REASON]);

struct counter {
	int64_t app;
	const char *app_id;
	unsigned platform;
	const char *outcome, *reason;
	uint64_t n;
};

/* Add each n to its counter. */
const struct err *counter_add(struct db *db, const struct counter *list,
    size_t n);

/* All counters, in order of application, platform, outcome and reason; the
 * arena owns the texts. */
const struct err *counter_list(struct db *db, struct arena *a,
    struct counter **list, size_t *n);

#endif
