/* SPDX-License-Identifier: MIT */
/* One that waits for the first answers to the rows of a send, or for a change
 * of a campaign, in a waiting room (waiting_room.h). Moments are monotonic, in
 * ms. */
#ifndef CORE_WAITER_H
#define CORE_WAITER_H

#include <stdbool.h>
#include <stdint.h>

#include "db/send_status.h"
#include "lib/heap.h"

struct waiter;

enum waiting_end {
	WAITING_ANSWERED, /* each row had a first answer; it has changed */
	WAITING_PENDING,  /* the time is over, or the room is closed */
	WAITING_GONE	  /* the caller hung up: nobody reads an answer */
};

/* Called once for each waiter that has entered, in the room's thread, perhaps
 * before waiting_room_enter returns. It must return at once; the waiter is the
 * caller's again. w->link is NULL for the last of those that end together. */
typedef void waiting_over(struct waiter *w, enum waiting_end how);

struct waiter {
	/* set before it enters */
	int64_t until_ms;
	int fd; /* connection of the caller, who may hang up; or -1 */
	waiting_over *over;

	/* one that watches a campaign: its version as the caller knows it */
	int64_t campaign; /* 0: it waits for a send */
	uint64_t version;

	/* the account of the send: as it began, then as it stands at the end.
	 * send of one that watches: a number of the room's, of no send */
	uint64_t send;
	struct send_counts by[PLATFORM__COUNT];

	/* the room's own */
	struct send_counts begun[PLATFORM__COUNT];
	struct heap_node next; /* when there is something to do for it */
	struct waiter *link;   /* in a list of some of them */
	enum waiting_end how;
	unsigned shard;
	uint32_t rows;
	int64_t pause_ms; /* between two looks at the database */
	bool one_shard;	  /* so that sendd can tell the end of it, ... */
	bool told;	  /* ... and will do so */
	struct far_doorbell *far; /* who was asked; NULL: our machine's sendd */
	bool unasked;	  /* the connection was full: ask again */
	bool unread;	  /* its account is to be read */
	bool last;	  /* the time is over: one more look, if it is quick */
	bool watched;	  /* fd is watched */
};

#endif
