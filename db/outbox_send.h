/* SPDX-License-Identifier: MIT */
/* Queueing: a send is written with its bodies and its outbox rows. */
#ifndef DB_OUTBOX_SEND_H
#define DB_OUTBOX_SEND_H

#include "db/db.h"
#include "db/outbox_message.h"

struct outbox_send {
	uint64_t id; /* out: the messageId */
	int64_t app;
	int64_t campaign; /* 0: none */
	const char *mode; /* SYNCHRONOUS, ASYNCHRONOUS, TEST */
	bool store; /* push_message rows too */
	/* of idempotency, SHA-256 in hex, or NULL. With a key that is known:
	 * ERR_DUPLICATE */
	const char *key, *request;
	const struct outbox_message *messages;
	size_t n_messages;

	unsigned shard;	  /* out: of the first row */
	uint32_t rows;	  /* out: queued */
	bool one_shard;	  /* out: all rows are in that shard */
};

/* Write the send and its rows in one transaction. It may have no rows. */
const struct err *outbox_send(struct db *db, struct outbox_send *send);

#endif
