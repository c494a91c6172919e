/* SPDX-License-Identifier: MIT */
/* Activations: stored in our database when no PowerAuth Server stores them. */
#ifndef DB_ACTIVATION_H
#define DB_ACTIVATION_H

#include "db/db.h"
#include "db/row_list.h"
#include "lib/arena.h"

struct activation {
	const char *activation_id;
	const char *user_id; /* NULL: not known yet */
	const char *app_id;  /* name of the application, or NULL */
	const char *status;  /* CREATED PENDING_COMMIT ACTIVE BLOCKED REMOVED */
	int64_t created_ms, changed_ms;
};

/* Is this one of the five statuses? The comparison is case-sensitive. */
bool activation_status_known(const char *status);

/* Read an activation; the arena owns its texts. ERR_MISSING: no such row. */
const struct err *activation_by_id(struct db *db, struct arena *a,
    const char *activation_id, struct activation *out);

/* Add an activation to a list of SQL_ACTIVATION_PUT, as activation_put writes
 * it, but for its devices. */
const struct err *activation_add(struct db *db, struct row_list *rows,
    const struct activation *act);

/* Add or change an activation; a NULL user or app keeps the stored value. Its
 * devices become active or inactive with it. Call this in a transaction. */
const struct err *activation_put(struct db *db, const struct activation *act);

/* Lock the stored activation until the transaction ends. ERR_DENIED when it
 * belongs to another application. */
const struct err *activation_own(struct db *db, const struct activation *act);

#endif
