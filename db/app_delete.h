/* SPDX-License-Identifier: MIT */
/*
 * Deleting an application with its devices, activations, campaigns, what waits
 * of it, its place in inboxes and its holds, in small transactions; its own row
 * goes last. What is killed in the middle is continued by the next run.
 *
 * Sends, the history and stored messages stay for their time, and so do the
 * rows that maintenance removes (db/purge.c). An activation that is not ACTIVE
 * stays, of no application: it would come back ACTIVE.
 */
#ifndef DB_APP_DELETE_H
#define DB_APP_DELETE_H

#include "db/application.h"

struct app_deletion {
	struct db *db;
	const struct application *app;
	/* after each portion; may be NULL */
	void (*progress)(uint64_t rows, void *arg);
	void *arg;
	uint64_t rows; /* out: removed, without the application's own */
};

/* ERR_BUSY: its rows do not end, for callers still use it; what was removed
 * stays removed, and it can be run again. */
const struct err *app_delete(struct app_deletion *x);

#endif
