/* SPDX-License-Identifier: MIT */
/*
 * Writing the rows of messages within a transaction: for outbox_send.c, where
 * sends are born, and due.c, where users become devices.
 */
#ifndef DB_QUEUEING_H
#define DB_QUEUEING_H

#include "db/db.h"
#include "db/outbox_message.h"
#include "db/send_status.h"
#include "lib/buf.h"

/* Rows for one statement, a JSON array that is being filled. */
struct row_list {
	enum sql_id id; /* takes send, app, the array */
	struct buf text;
	unsigned n;
};

struct queueing {
	uint64_t send;
	int64_t app;
	bool store;	  /* push_message rows too */
	uint64_t next_id; /* ids are drawn anew at each repetition */
	struct row_list devices, users;
	struct buf stored;
};

void queueing_init(struct queueing *q);
void queueing_done(struct queueing *q);

/* Forget what is not written; the next rows are of that send. */
void queueing_begin(struct queueing *q, uint64_t send, int64_t app);

/* Rows for a message's targets, in that shard; body NULL: they share the one
 * of body_id. A row with a body rides with it. */
const struct err *queueing_devices(struct db *db, struct queueing *q,
    const struct outbox_message *m, unsigned shard, uint64_t body_id,
    const char *body);

/* A row for the message's user, who is looked up when the row falls due, in
 * that shard and with that id. */
const struct err *queueing_user(struct db *db, struct queueing *q,
    const struct outbox_message *m, unsigned shard, uint64_t id,
    uint64_t body_id);

/* Write what is still in the lists. */
const struct err *queueing_flush(struct db *db, struct queueing *q);

/* Add the message's targets to their platforms' counts; the number of rows
 * that they are. */
uint32_t queueing_count(const struct outbox_message *m,
    struct send_counts by[PLATFORM__COUNT]);

#endif
