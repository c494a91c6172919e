/* SPDX-License-Identifier: MIT */
/*
 * A message for later (sendAt) waits as one row for each user. When that row
 * falls due, the owner of its shard replaces it by rows for the devices that
 * the user has then, in one transaction:
 *
 *   due_take     lock the users' rows that are still there
 *   ...          core/due.c chooses the devices of each user
 *   due_write    write rows for those devices; the sends count them
 */
#ifndef DB_DUE_H
#define DB_DUE_H

#include "db/outbox.h"
#include "db/outbox_message.h"
#include "lib/arena.h"

struct due {
	struct outbox_key key;
	uint64_t send, body_id;
	int64_t app;
	bool cancelled; /* the send was cancelled or removed: no devices */
	const char *body; /* stored form, if requested; NULL: deleted */
	size_t body_len;
	/* user_id, activation_id and personal come from the row; the caller
	 * fills in the rest between take and write */
	struct outbox_message message;
};

/* Lock and read the rows of these keys, in order of their sends. A row that was
 * settled meanwhile is left out. */
const struct err *due_take(struct db *db, struct arena *a,
    const struct outbox_key *keys, size_t n, bool bodies, struct due **list,
    size_t *taken);

/* Write the first n of the rows that were taken; the others stay as they are.
 * store: write push_message rows too; history: and what is not sent. */
const struct err *due_write(struct db *db, const struct due *list, size_t n,
    bool store, bool history);

#endif
