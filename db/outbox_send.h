/* SPDX-License-Identifier: MIT */
/* Queueing: a send is written with its bodies and its outbox rows. */
#ifndef DB_OUTBOX_SEND_H
#define DB_OUTBOX_SEND_H

#include "db/db.h"

struct outbox_target {
	int64_t device;
	uint32_t generation;  /* of its registration */
	unsigned platform;    /* enum platform */
	unsigned environment; /* APNs: 0 production, 1 development */
	const char *token;
	const char *refused; /* why it is counted as failed and not queued;
				NULL: it is queued */
};

/* One message to the devices of one user. One for later has no targets: it
 * waits as a row of the user, who is looked up when it falls due. */
struct outbox_message {
	const char *user_id, *activation_id; /* as requested; for storage */
	const char *body; /* stored form, see push/message.h */
	size_t body_len;
	bool silent, personal;
	int64_t delay_ms;      /* sendAt; 0: now */
	const char *published; /* body as the API got it, for storage */
	struct outbox_target *targets;
	size_t n_targets;
};

struct outbox_send {
	uint64_t id; /* out: the messageId */
	int64_t app;
	int64_t campaign; /* 0: none */
	const char *mode; /* SYNCHRONOUS, ASYNCHRONOUS, TEST */
	bool store; /* push_message rows too */
	/* idempotency, SHA-256 in hex, or NULL. A key that is known already:
	 * ERR_DUPLICATE */
	const char *key, *request;
	const struct outbox_message *messages;
	size_t n_messages;

	unsigned shard;	  /* out: of the first row */
	uint32_t rows;	  /* out: queued */
	bool one_shard;	  /* out: all rows are in that shard */
};

/* Queue it durably, in one transaction. Nothing to queue is fine. */
const struct err *outbox_send(struct db *db, struct outbox_send *send);

#endif
