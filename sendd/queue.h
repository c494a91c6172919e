/* SPDX-License-Identifier: MIT */
/*
 * The items in the memory of sendd, as a pure data structure: the queue knows
 * no database, no wire and no clock. It finds an item by the id of its row, so
 * that a row that is read twice is not sent twice; it keeps the waiting items
 * of each credential in order, and counts the room that is left.
 *
 * An item is in one state at a time; assertions hold each verb to it:
 *
 *             add               next             fly
 *   (read) ---------> WAITING ---------> TAKEN --------> IN_FLIGHT
 *                      ^   ^             |   |               |
 *                      |   `-- requeue --+---|---------------+
 *                      |                 |   |               |
 *            compared  |       set_aside |   `--- settle ----+
 *                      |                 v                   v
 *                 COMPARING <--------- ASIDE              SETTLING
 *                            compare                         | finish
 *                                                  (freed) <-+-> TOMBSTONE
 *
 * A row of a user waits as DUE, and is SETTLING while it is made into rows of
 * devices. A row that is settled while a read is under way may be among what
 * that read finds: its item stays as a tombstone until the read has ended.
 */
#ifndef SENDD_QUEUE_H
#define SENDD_QUEUE_H

#include "sendd/item.h"

struct credential;

/* The items that wait for one credential: a list per lane. The owner embeds it,
 * and keeps it until the queue is done. */
struct queue_line {
	struct credential *credential; /* the owner; not looked into */
	struct items waiting[OUTBOX_LANES];
	unsigned comparing; /* items ASIDE or COMPARING: they go next */
	struct queue_line *prev[OUTBOX_LANES], *next[OUTBOX_LANES];
};

/* Lines with something waiting, in turn. */
struct queue_ring {
	struct queue_line *first, *last;
	unsigned n;
};

struct queue {
	struct item **table; /* by id */
	size_t table_size;   /* power of two */
	unsigned room;	     /* items in all */
	unsigned n, in_flight;
	unsigned messages_in_flight; /* those of lane 0 */
	uint64_t added; /* since the start */
	unsigned n_of[OUTBOX_SHARDS][OUTBOX_LANES];
	struct queue_ring busy[OUTBOX_LANES];
	struct items aside, due, tombstones;
	bool reading; /* between queue_read_begins and queue_read_ends */
};

void queue_init(struct queue *q, unsigned room);

/* Frees the items that are left. */
void queue_done(struct queue *q);

void queue_line_init(struct queue_line *l, struct credential *owner);

/* --- lookup ----------------------------------------------------------- */

/* By the id of its row, in whatever state, a tombstone too; or NULL. */
struct item *queue_find(const struct queue *q, uint64_t id);

/* The same of the row: another send may have a row of that id. The ids of a
 * run's rows count up from the id of its send, and so do those of messages that
 * are drawn behind it in the same second. */
struct item *queue_find_row(const struct queue *q,
    const struct outbox_row *row);

/* How many more rows of that lane there is room for: campaigns may take three
 * quarters of it. */
unsigned queue_room(const struct queue *q, unsigned lane);

unsigned queue_in_lane(const struct queue *q, unsigned shard, unsigned lane);
unsigned queue_in_shard(const struct queue *q, unsigned shard);

/* The one that queue_next would take, or NULL. */
struct item *queue_peek(const struct queue_line *l, unsigned lane);

/* How many lines have something waiting in that lane. */
unsigned queue_lines(const struct queue *q, unsigned lane);

/* The next of them, which goes to the end of their order by this; NULL: there
 * is none. */
struct queue_line *queue_next_line(struct queue *q, unsigned lane);

/* --- the life of an item ---------------------------------------------- */

/* A new item waits at the end of the line. The queue owns it from here. */
void queue_add(struct queue *q, struct queue_line *l, struct item *i);

/* The first in the line; NULL when nothing waits. */
struct item *queue_next(struct queue *q, struct queue_line *l, unsigned lane);

/* The item is in a request from now on. */
void queue_fly(struct queue *q, struct item *i);

/* Return an item that was taken or in flight to the front of its line. */
void queue_requeue(struct queue *q, struct item *i);

/* The outcome of the item is known, and must be written. It has no body any
 * more: many may wait for the database. */
void queue_settle(struct queue *q, struct item *i);

/* The outcome of the item is written, or must not be written by us. Frees the
 * item, at the latest when the current read has ended. */
void queue_finish(struct queue *q, struct item *i);

/* Free an item that was taken or compared and that we must not send. Its row
 * stays, so a read may bring it back. */
void queue_drop(struct queue *q, struct item *i);

/* Drop the items of a shard, or of all, that wait or are aside, but not those
 * that are in flight or settling. */
void queue_drop_shard(struct queue *q, unsigned shard);
void queue_drop_waiting(struct queue *q);

/* --- comparing with the devices --------------------------------------- */

/* An item that was taken waits until it is compared. */
void queue_set_aside(struct queue *q, struct item *i);

/* The next of those aside, to be compared; NULL: there is none. */
struct item *queue_compare(struct queue *q);

/* Return a compared item to the front of that line, which may be another one.
 * Calls from the last item to the first keep the order. */
void queue_compared(struct queue *q, struct queue_line *l, struct item *i);

/* The item could not be compared: set it aside again, at the front. */
void queue_not_compared(struct queue *q, struct item *i);

/* --- rows of users ---------------------------------------------------- */

/* A moment that many users share must not fill the queue. */
#define QUEUE_DUE_MAX 1000
bool queue_has_due_room(const struct queue *q);

/* A new item of a row of a user. The queue owns it from here. */
void queue_add_due(struct queue *q, struct item *i);

/* The next one, SETTLING from here; NULL: there is none. */
struct item *queue_next_due(struct queue *q);

/* The row of a user could not be replaced: return it to the front. */
void queue_return_due(struct queue *q, struct item *i);

/* --- reads ------------------------------------------------------------ */

void queue_read_begins(struct queue *q);

/* The rows that were read are in the queue: free the tombstones. */
void queue_read_ends(struct queue *q);

#endif
