/* SPDX-License-Identifier: MIT */
/*
 * Credential status: the state of each credential (an application's, of one
 * platform, environment and host) as each sendd sees it. A sendd writes its
 * rows; responders and the command read them.
 */
#ifndef DB_CREDENTIAL_STATUS_H
#define DB_CREDENTIAL_STATUS_H

#include "db/db.h"
#include "db/instance.h"
#include "lib/arena.h"

struct credential_status {
	int64_t app;
	const char *app_id, *instance, *state, *reason;
	unsigned platform, environment;
	int64_t since_ms, until_ms; /* until 0: no end is known */
	int64_t seen_ms; /* see credential_status_list */
	uint64_t accepted, suspects, gone;   /* in the guard's window */
	const char *host; /* where the platform has many; else "" */
};

/* Write what the life of an instance sees, unless another life has its name
 * now. until_ms is relative here: milliseconds from now; 0: none. */
const struct err *credential_status_put(struct db *db,
    const struct incarnation *self, const struct credential_status *list,
    size_t n);

/* Is the credential held, by a sendd that still runs? A row that was not
 * seen for a lease and a minute is ignored: its sendd has ended. */
bool credential_status_is_held(const struct credential_status *h,
    int64_t lease_ms, int64_t now_ms);

#define GUARD_MIN 10 /* refused devices before the guard trips */

/* Does the guard of sendd keep the credential's devices, for more than this
 * share of many was refused? See sendd/guard.h. */
bool credential_status_is_guarded(const struct credential_status *h,
    double share);

/* The rows that were seen within the last hour, in order of application,
 * platform, host, environment and instance; the arena owns the texts. A row is
 * valid until its incarnation writes another one: it counts as seen with each
 * heartbeat of that incarnation. A row of an earlier incarnation, or of a host,
 * which sendd may have forgotten, counts as seen when it was written. */
const struct err *credential_status_list(struct db *db, struct arena *a,
    struct credential_status **list, size_t *n);

#endif
