/* SPDX-License-Identifier: MIT */
/*
 * Writing the rows of messages within a transaction: for outbox_send.c, which
 * writes new sends, and due.c, which replaces users by their devices. Rows
 * gather; their texts belong to the messages, which stay until
 * queueing_flush.
 */
#ifndef DB_QUEUEING_H
#define DB_QUEUEING_H

#include "db/outbox_message.h"
#include "db/row_list.h"
#include "db/send_status.h"

struct queueing {
	uint64_t send;
	int64_t app;
	bool store;	  /* push_message rows too */
	bool history; /* and what is not sent, in the history */
	int64_t due_ms;	  /* of rows of devices; 0: by the database's clock */
	uint64_t next_id; /* each repetition draws new ids */
	struct row_list devices, users, stored, refused;
};

void queueing_init(struct queueing *q);
void queueing_done(struct queueing *q);

/* Discard rows that are not written yet. */
void queueing_reset(struct queueing *q);

/* The next rows belong to that send. */
void queueing_begin(struct queueing *q, uint64_t send, int64_t app);

/* Add rows for a message's targets in that shard. With a body, each row stores
 * it; body NULL: the rows share the body body_id. */
const struct err *queueing_devices(struct db *db, struct queueing *q,
    const struct outbox_message *m, unsigned shard, uint64_t body_id,
    const char *body);

/* Add what is not sent of the message to the history, when it is kept; it takes
 * one id. */
const struct err *queueing_refused(struct db *db, struct queueing *q,
    const struct outbox_message *m);

/* Add a row for the message's user in that shard and with that id; the user's
 * devices are looked up when the row falls due. */
const struct err *queueing_user(struct db *db, struct queueing *q,
    const struct outbox_message *m, unsigned shard, uint64_t id,
    uint64_t body_id);

/* Write the rows that are still in the lists. */
const struct err *queueing_flush(struct db *db, struct queueing *q);

/* Add the message's targets to the counts of their platforms; returns the
 * number of rows that are queued for them. */
uint32_t queueing_count(const struct outbox_message *m,
    struct send_counts by[PLATFORM__COUNT]);

#endif
