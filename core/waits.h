/* SPDX-License-Identifier: MIT */
/*
 * The waiters of a waiting room as a data structure, with the connections on
 * which sendd tells of them: no thread, no lock, and the time is an argument.
 * Each function returns at once. A wait that has ended stands in the list
 * `ended` until waits_ended takes it.
 */
#ifndef CORE_WAITS_H
#define CORE_WAITS_H

#include <stddef.h>

#include "core/doorbell.h"
#include "core/far_doorbell.h"
#include "core/waiter.h"
#include "lib/hash.h"

/* The pause before the first look at a send that sendd tells of. */
#define WAITS_TOLD_MS 1000

struct waits {
	int epoll; /* watches the line (pointer to the waits), far doorbells,
		      and callers who may hang up (pointer to the waiter) */
	struct doorbell_client line;
	struct far_doorbells *far; /* NULL: none */
	struct hash by_send;
	struct heap due; /* all of them, by when there is something to do */
	size_t n_unread; /* accounts that are to be read */
	size_t n_watching; /* those that watch a campaign */
	uint64_t n_watched; /* so far */
	struct waiter *ended;
	struct doorbell_packet leaving; /* to be said by waits_say */
};

/* Add a waiter, and ask sendd to tell the end of it. */
void waits_add(struct waits *l, struct waiter *w, int64_t now_ms);

/* Add one that watches a campaign. Nobody tells of changes, and they are many:
 * it is looked for them twice a second. */
void waits_watch(struct waits *l, struct waiter *w, int64_t now_ms);

/* Its caller has hung up. */
void waits_gone(struct waits *l, struct waiter *w);

/* Hear what sendd tells, at our machine and at others. */
void waits_hear(struct waits *l, int64_t now_ms);

/* Is it time to read whose the shards are? */
bool waits_want_doorbells(const struct waits *l, int64_t now_ms);

/* It was read (NULL: it could not be): ask those that nobody has promised to
 * tell of. */
void waits_doorbells(struct waits *l, const struct shard_doorbells *now,
    int64_t now_ms);

/* Do what is due: the times that are over, the accounts that are to be read. */
void waits_due(struct waits *l, int64_t now_ms);

/* All times are over. */
void waits_hurry(struct waits *l, int64_t now_ms);

/* Say what is left to say to sendd. */
void waits_say(struct waits *l);

/* When waits_due has something to do; INT64_MAX: never. */
int64_t waits_next_ms(const struct waits *l);

/* The accounts that are to be read, n_unread of them: a list for free(3). */
struct send_account *waits_unread(struct waits *l, size_t *n);

/* They were read; failed: the database does not answer. */
void waits_read(struct waits *l, const struct send_account *list, size_t n,
    bool failed);

/* Those that have ended since the last call, chained by link. */
struct waiter *waits_ended(struct waits *l);

/* Close the connection and free the memory; nobody waits any more. */
void waits_done(struct waits *l);

#endif
