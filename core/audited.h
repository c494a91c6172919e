/* SPDX-License-Identifier: MIT */
/*
 * An administrative change and its row in the audit trail, in one transaction:
 * if the row cannot be written, nothing changes (I-14). The API and the
 * command make all their administrative changes through this function.
 */
#ifndef CORE_AUDITED_H
#define CORE_AUDITED_H

#include "db/audit.h"
#include "db/db.h"

struct audited {
	/* Discard the answer or output of an earlier try, which was rolled
	 * back. Called before each try, and after the last try if it
	 * failed. */
	void (*forget)(void *arg);

	/* Make the change. It must not begin a transaction of its own, and it
	 * may be called more than once. */
	const struct err *(*change)(void *arg);

	/* Fill the audit row. Called after the change, because the object may
	 * be known only then. */
	void (*describe)(void *arg, struct audit *row);
};

/* Run the change in a transaction. Errors are those of the change, of the
 * audit row and of db_transact. */
const struct err *audited_change(struct db *db, const struct audited *a,
    void *arg);

#endif
