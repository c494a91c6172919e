/* SPDX-License-Identifier: MIT */
/*
 * Waiting for the first answers to the rows of a send. Each part returns at
 * once; send_await is a loop around them that rests in its thread. Moments
 * are monotonic, in ms. Users to be looked up later are not waited for:
 * nothing of theirs is counted yet.
 */
#ifndef CORE_SEND_WAIT_H
#define CORE_SEND_WAIT_H

#include "core/send.h"
#include "db/send_status.h"

struct send_wait {
	uint64_t send;
	int64_t until_ms;
	int64_t pause_ms; /* between two looks without the doorbell */
	bool listening;	  /* the doorbell will say when it is over */
};

/* From now on, for up to for_ms; listening as send_ring returned it. */
void send_wait_begin(struct send_wait *w, const struct outbox_send *queue,
    bool listening, int64_t now_ms, int64_t for_ms);

/* How many ms the next look may wait at most: until it is over, or for a
 * while, in case that the doorbell is silent. Pauses without it double. */
int64_t send_wait_pause(struct send_wait *w, int64_t now_ms);

/* What the doorbell said, as doorbell_wait returns it; connected: it can say
 * more. */
void send_wait_heard(struct send_wait *w, enum doorbell_verb verb,
    bool connected);

/* One look at the account. *over: nothing more is waited for. */
const struct err *send_wait_look(const struct send_context *c,
    const struct send_wait *w, struct send_counters *account, bool *over);

/* All of the above, until it is over or stop says so. */
const struct err *send_await(const struct send_context *c,
    struct send_wait *w, struct send_counters *account);

#endif
