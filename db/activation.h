/* SPDX-License-Identifier: MIT */
/* Activations kept here when no PowerAuth Server keeps them. */
#ifndef DB_ACTIVATION_H
#define DB_ACTIVATION_H

#include "db/db.h"
#include "lib/arena.h"

struct activation {
	const char *activation_id;
	const char *user_id; /* NULL: not known yet */
	const char *app_id;  /* name of the application, or NULL */
	const char *status;  /* CREATED PENDING_COMMIT ACTIVE BLOCKED REMOVED */
	int64_t created_ms, changed_ms;
};

/* Is this one of the five? Case counts. */
bool activation_status_known(const char *status);

/* Texts are the arena's. ERR_MISSING when it is not known. */
const struct err *activation_by_id(struct db *db, struct arena *a,
    const char *activation_id, struct activation *out);

/* Add it or change it; a NULL user or app keeps what is there. Devices of
 * the activation become active or not with it. Call it in a transaction. */
const struct err *activation_put(struct db *db, const struct activation *act);

/* ERR_DENIED when the stored activation belongs to another application. Its
 * row stays locked until the transaction ends. */
const struct err *activation_own(struct db *db, const struct activation *act);

#endif
