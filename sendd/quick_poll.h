/* SPDX-License-Identifier: MIT */
/*
 * Messages that nobody rings for: those of a machine that does not reach our
 * doorbell, and those whose ring came before the row had reached our node of a
 * cluster. They come in company (a login code is followed by others), so after
 * one of them the lanes of messages are polled after a few milliseconds, then
 * less often, and for a minute at least every QUICK_POLL_MAX_MS.
 *
 * Times are monotonic, in ms.
 */
#ifndef SENDD_QUICK_POLL_H
#define SENDD_QUICK_POLL_H

#include <stdbool.h>
#include <stdint.h>

#include "db/outbox.h"

#define QUICK_POLL_MIN_MS 5
#define QUICK_POLL_MAX_MS 40
#define QUICK_POLL_FOR_MS 60000

/* A poll may find a message between its COMMIT and its ring, which sendd hears
 * when it has time. */
#define QUICK_POLL_RING_MS 100

/* A lane with more in hand than that is left to the other polls and the rings:
 * what is in hand would be read again each time. */
#define QUICK_POLL_HAND_MAX 8

/* All zero: nothing is polled quickly. */
struct quick_poll {
	bool found[OUTBOX_SHARDS]; /* a message, whose ring may still come */
	int64_t found_ms;	   /* the first of them; 0: there is none */
	int64_t due_ms, pause_ms;  /* the next poll, and the pause after it */
	int64_t until_ms;	   /* no poll after that */
};

/* A poll has found a new message in that shard. */
void quick_poll_found(struct quick_poll *q, unsigned shard, int64_t now_ms);

/* Somebody rings for the shard. */
void quick_poll_rang(struct quick_poll *q, unsigned shard);

/* A message is known to be on its way, and there is no ring to come. */
void quick_poll_begin(struct quick_poll *q, int64_t now_ms);

/* Is a poll due? Then the next one is due after a pause. */
bool quick_poll_is_due(struct quick_poll *q, int64_t now_ms);

/* Have messages come lately that nobody rings for? */
bool quick_poll_is_on(const struct quick_poll *q, int64_t now_ms);

/* When quick_poll_is_due is worth a call; INT64_MAX: never, as it stands. */
int64_t quick_poll_due_ms(const struct quick_poll *q);

#endif
