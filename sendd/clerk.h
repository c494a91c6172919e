/* SPDX-License-Identifier: MIT */
/*
 * A thread with a database connection of its own that does one job at a
 * time, so that the wires do not wait for the database. A job is plain data:
 * it belongs to the clerk from post to reap, and to the poster otherwise.
 */
#ifndef SENDD_CLERK_H
#define SENDD_CLERK_H

#include <stdbool.h>

#include "db/db.h"
#include "lib/settings.h"
#include "sendd/poller.h"

struct clerk;

typedef const struct err *clerk_work(struct db *db, void *job);

/* The poller is woken when a job is done. */
const struct err *clerk_open(const struct settings *s, struct poller *p,
    clerk_work *work, struct clerk **out);

/* Ends after the job under way; takes NULL. */
void clerk_close(struct clerk *c);

bool clerk_is_idle(struct clerk *c); /* nothing posted, nothing to reap */
void clerk_post(struct clerk *c, void *job); /* only when idle */

/* The job that is done, or NULL. *failed and, then, *why (a copy). */
void *clerk_reap(struct clerk *c, bool *failed, struct err *why);

#endif
