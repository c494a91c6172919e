/* SPDX-License-Identifier: MIT */
/*
 * What is to be sent later (sendAt) waits as one row for each user. When it
 * falls due its shard's owner makes rows for the devices that the user has
 * by then, in one transaction:
 *
 *   due_take     the users' rows that are still there, locked
 *   ...          whom each reaches: core/due.c
 *   due_write    rows for those devices instead; the sends count them
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
	bool cancelled; /* the send was, or is gone: it reaches nobody */
	const char *body; /* stored form, if wanted; NULL: it is gone */
	size_t body_len;
	/* user_id, activation_id and personal are the row's; the rest is the
	 * caller's between take and write */
	struct outbox_message message;
};

/* Ordered by send. One that was settled before is not there any more. */
const struct err *due_take(struct db *db, struct arena *a,
    const struct outbox_key *keys, size_t n, bool bodies, struct due **list,
    size_t *taken);

/* Of those that were taken so many, from the first: the others stay as they
 * are. store: push_message rows too. */
const struct err *due_write(struct db *db, const struct due *list, size_t n,
    bool store);

#endif
