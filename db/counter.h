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
