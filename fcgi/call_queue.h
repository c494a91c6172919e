/* SPDX-License-Identifier: MIT */
/*
 * Whose turn it is at the workers of a process. A call that finds none free
 * waits here, up to a deadline. The calls of one kind (route_kind) wait in
 * line; the kinds are served one after the other, and none has all of the
 * workers or all of the room, so that a flood of one kind leaves both to the
 * others. Pure: the caller has the lock and the clock.
 */
#ifndef FCGI_CALL_QUEUE_H
#define FCGI_CALL_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What waits; the caller's struct begins with it. kind, bytes and until_ms are
 * set before call_queue_put. */
struct queued_call {
	struct queued_call *next;
	size_t kind;
	size_t bytes;	  /* of memory that it holds while it waits */
	int64_t until_ms; /* its deadline */
};

struct call_queue_limits {
	size_t kinds, workers;
	size_t calls; /* that wait, of all kinds; one kind gets half of it */
	size_t bytes; /* that they hold, all together */
};

struct call_queue;

struct call_queue *call_queue_new(const struct call_queue_limits *limits);
void call_queue_free(struct call_queue *q); /* takes NULL; it is empty */

/* A worker is free: may a call of this kind have it? If so it counts among
 * those served, until call_queue_leave. */
bool call_queue_enter(struct call_queue *q, size_t kind);
bool call_queue_may_enter(const struct call_queue *q, size_t kind);
void call_queue_leave(struct call_queue *q, size_t kind);

/* Is there room in the line of its kind? */
bool call_queue_has_room(const struct call_queue *q,
    const struct queued_call *c);

/* Wait in line. false: there is no room. Deadlines never decrease from one call
 * to the next. */
bool call_queue_put(struct call_queue *q, struct queued_call *c);

/* A worker is free: the call whose turn it is, counted among those served; NULL
 * when none may have it. */
struct queued_call *call_queue_take(struct call_queue *q);

/* Take a call whose deadline has passed; NULL: none. */
struct queued_call *call_queue_expired(struct call_queue *q, int64_t now_ms);

/* The earliest deadline; INT64_MAX when nothing waits. */
int64_t call_queue_next_ms(const struct call_queue *q);

size_t call_queue_length(const struct call_queue *q);

#endif
