/* SPDX-License-Identifier: MIT */
/*
 * Why messages wait: each row of the outbox that is shown to people, with its
 * state and the reason, by the holds of operators and by what the sendds say
 * of the credentials.
 */
#ifndef CORE_QUEUED_H
#define CORE_QUEUED_H

#include "db/outbox.h"

struct queued_message {
	struct outbox_waiting row;
	const char *state;  /* "scheduled", "cancelled", "held",
			       "suspended", "retrying" or "queued" */
	const char *reason; /* NULL: none; in the arena */
	int64_t accepted_ms; /* to the second */
};

/* What waits, as outbox_waiting lists it. lease_ms: [sendd] lease. */
const struct err *queued_list(struct db *db, struct arena *a,
    int64_t lease_ms, const char *user_id, uint64_t send, int64_t limit,
    struct queued_message **list, size_t *n);

/* State and reason of what waits for an application's platform: the hold of an
 * operator, or a credential that is suspended or missing. */
struct queued_why {
	struct hold *holds;
	struct credential_status *statuses;
	size_t n_holds, n_statuses;
	int64_t lease_ms, now_ms;
	bool served; /* a sendd runs */
};

const struct err *queued_why_read(struct db *db, struct arena *a,
    int64_t lease_ms, struct queued_why *w);

/* *state is NULL when nothing keeps it from being sent. What keeps one of many
 * hosts is not told: a row has that as its reason once it was put off. */
void queued_why(const struct queued_why *w, const char *app_id,
    unsigned platform, const char **state, const char **reason);

/* The state of rows that are counted together; *reason may be NULL. */
const char *queued_depth_state(const struct queued_why *w,
    const struct outbox_depth *d, const char **reason);

#endif
