/* SPDX-License-Identifier: MIT */
/*
 * Waiting for the first answers to the rows of a send. Each function but
 * send_await returns at once; send_await calls them in a loop and sleeps in
 * its thread. Moments are monotonic, in ms. Users that are looked up later are
 * not waited for: none of their devices is counted yet.
 */
#ifndef CORE_SEND_WAIT_H
#define CORE_SEND_WAIT_H

#include "core/send.h"
#include "db/send_status.h"

struct send_wait {
	uint64_t send;
	int64_t until_ms;
	int64_t pause_ms; /* between two queries without the doorbell */
	bool listening;	  /* sendd will reply at the doorbell */
};

/* Start to wait, for up to for_ms from now_ms. listening is what send_ring
 * returned. */
void send_wait_begin(struct send_wait *w, const struct outbox_send *queue,
    bool listening, int64_t now_ms, int64_t for_ms);

/* How many ms to wait at most before the next query of the database: until the
 * end of the wait, or less, in case the doorbell stays silent. Without the
 * doorbell the pause doubles each time. */
int64_t send_wait_pause(struct send_wait *w, int64_t now_ms);

/* Record a message of the doorbell, as doorbell_wait returned it. connected:
 * more may follow. */
void send_wait_heard(struct send_wait *w, enum doorbell_verb verb,
    bool connected);

/* Read the account once. *over: there is nothing more to wait for. */
const struct err *send_wait_look(const struct send_context *c,
    const struct send_wait *w, struct send_counters *account, bool *over);

/* Ring for the rows of the send, and wait for their first answers in this
 * thread, in a waiting room of its own: for a process that has one call.
 * program: whose database user looks. by: the account, as it stands then. */
const struct err *send_wait_alone(const struct settings *s,
    const char *program, const struct outbox_send *queue, int64_t for_ms,
    struct send_counts by[PLATFORM__COUNT]);

/* Wait in this thread, until the wait is over or c->stop returns true. */
const struct err *send_await(const struct send_context *c,
    struct send_wait *w, struct send_counters *account);

#endif
