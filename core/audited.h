/* SPDX-License-Identifier: MIT */
/*
 * An administrative change and its row in the audit trail, in one transaction:
 * without the row there is no change (I-14). Whoever makes changes, the API or
 * the command, makes them through this.
 */
#ifndef CORE_AUDITED_H
#define CORE_AUDITED_H

#include "db/audit.h"
#include "db/db.h"

struct audited {
	/* Forget what an earlier try has answered or printed: it did not
	 * happen. Called before each try and after the last one failed. */
	void (*forget)(void *arg);

	/* Make the change. It must not begin a transaction of its own, and may
	 * be called more than once. */
	const struct err *(*change)(void *arg);

	/* Fill the row, after the change: its object may be known only then. */
	void (*describe)(void *arg, struct audit *row);
};

/* Errors are those of the change, of the row and of db_transact. */
const struct err *audited_change(struct db *db, const struct audited *a,
    void *arg);

#endif
