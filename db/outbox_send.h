/* SPDX-License-Identifier: MIT */
/* Queueing: a send is written with its bodies and its outbox rows. */
#ifndef DB_OUTBOX_SEND_H
#define DB_OUTBOX_SEND_H

#include "db/db.h"
#include "db/outbox.h"
#include "db/outbox_message.h"
#include "db/send_status.h"

struct outbox_send {
	uint64_t id; /* out: the messageId */
	int64_t app;
	int64_t campaign; /* 0: none */
	const char *mode; /* SYNCHRONOUS, ASYNCHRONOUS, TEST */
	bool store; /* push_message rows too */
	bool history; /* and what is not sent, in the history */
	/* idempotency key and request, SHA-256 in hex, or NULL. ERR_DUPLICATE
	 * when the key is stored already */
	const char *key, *request;
	const char *refused; /* stored with the key, for the answer; or NULL */
	const struct outbox_message *messages;
	size_t n_messages;
	/* called as db_at_commit says, when there are rows, all in one shard,
	 * which MariaDB may refuse after that; such a call has no key. Called
	 * once for several sends that are written together; or NULL */
	void (*committing)(const struct outbox_send *send, void *arg);
	void *arg;
	bool carried; /* committing wants to tell the row */

	/* out, before committing is called: the row, when it is wanted, and
	 * that with its body is all that is written; else its id is 0 */
	struct outbox_row row;

	unsigned shard;	  /* out: shard of the first row */
	uint32_t rows;	  /* out: number of queued rows */
	size_t n_shards;  /* out: all rows are in that one and those behind */
	struct send_counts by[PLATFORM__COUNT]; /* out: the account */
};

/* Write the send and its rows in one transaction. It may have no rows. */
const struct err *outbox_send(struct db *db, struct outbox_send *send);

/* A send so small that it should share a transaction with others: without a
 * key, for that may exist already, and of few rows. */
#define OUTBOX_SHARED_ROWS_MAX 64
bool outbox_send_is_small(const struct outbox_send *send);

/* Write several such sends in one transaction, once: all or none. Their rows
 * begin in the same shard. *apart as for db_transact_shared. */
const struct err *outbox_send_all(struct db *db, struct outbox_send **sends,
    size_t n, bool *apart);

/* Nothing is sent: write into the history why not, under a new id. */
const struct err *outbox_refuse(struct db *db, struct outbox_send *send);

#endif
