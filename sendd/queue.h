/* SPDX-License-Identifier: MIT */
/*
 * What sendd has in hand, as a data structure alone: the queue knows no
 * database, no wire and no clock. It finds an item by the id of its row, so
 * that a row that is read twice is not sent twice; it keeps what waits for
 * each credential in order, and counts what there is still room for.
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

/* What waits for one credential: a list per lane. The owner embeds it, and
 * keeps it until the queue is done. */
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

/* --- what is there ---------------------------------------------------- */

/* By the id of its row, in whatever state, a tombstone too; or NULL. */
struct item *queue_find(const struct queue *q, uint64_t id);

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

/* It is in a request from here. */
void queue_fly(struct queue *q, struct item *i);

/* One that was taken, or flew: to the front of the line it came from. */
void queue_requeue(struct queue *q, struct item *i);

/* Its outcome is noted, and has to be written. */
void queue_settle(struct queue *q, struct item *i);

/* Its outcome is written, or is not ours to write. Frees it, at the latest
 * when the read under way has ended. */
void queue_finish(struct queue *q, struct item *i);

/* One that was taken or compared and is not ours to send: frees it. Its row
 * stays, so a read may bring it back. */
void queue_drop(struct queue *q, struct item *i);

/* Drop what waits, aside too, but not what flies or is being settled: of a
 * shard, of all. */
void queue_drop_shard(struct queue *q, unsigned shard);
void queue_drop_waiting(struct queue *q);

/* --- comparing with the devices --------------------------------------- */

/* One that was taken waits until it is compared. */
void queue_set_aside(struct queue *q, struct item *i);

/* The next of those aside, to be compared; NULL: there is none. */
struct item *queue_compare(struct queue *q);

/* It is compared: to the front of that line, which may be another one. The
 * last first keeps their order. */
void queue_compared(struct queue *q, struct queue_line *l, struct item *i);

/* It could not be compared: aside again, to the front. */
void queue_not_compared(struct queue *q, struct item *i);

/* --- rows of users ---------------------------------------------------- */

/* A moment that many users share must not fill the queue. */
#define QUEUE_DUE_MAX 1000
bool queue_has_due_room(const struct queue *q);

/* A new item of a row of a user. The queue owns it from here. */
void queue_add_due(struct queue *q, struct item *i);

/* The next one, SETTLING from here; NULL: there is none. */
struct item *queue_next_due(struct queue *q);

/* It is still a row of a user: to the front. */
void queue_return_due(struct queue *q, struct item *i);

/* --- reads ------------------------------------------------------------ */

void queue_read_begins(struct queue *q);

/* What it has found is in the queue: the tombstones go. */
void queue_read_ends(struct queue *q);

#endif
