/* SPDX-License-Identifier: MIT */
/*
 * Whether the main thread stood still, because the process or its machine was
 * stopped for a while. Others count on a cancelled send or a hold being known
 * after SQL_SOON_MS; whoever goes on after a standstill knows older ones, and
 * looks before it sends.
 */
#ifndef SENDD_STANDSTILL_H
#define SENDD_STANDSTILL_H

#include <stdbool.h>
#include <stdint.h>

/* After that time it sends by what it knows, if the database answers at all: a
 * table that somebody has locked does not keep the messages of everybody. */
#define STANDSTILL_PATIENCE_MS 3000

struct standstill {
	int64_t by_ms;	  /* monotonic: its wait is over by then; 0: none yet */
	int64_t since_ms; /* monotonic: the end of the latest one; 0: none */
};

/* Take note of a standstill: time that passed after a wait. More of them within
 * STANDSTILL_PATIENCE_MS are one. Then the main thread works. */
void standstill_note(struct standstill *s, int64_t now_ms);

/* It waits for wait_ms at most. */
void standstill_expect(struct standstill *s, int64_t now_ms, int wait_ms);

/* Is what was read at asked_ms too old to send by? It is when the main thread
 * stood still after that, or the next reading takes too long. heard_ms: the
 * latest heartbeat that the database has answered. */
bool standstill_outdates(const struct standstill *s, int64_t now_ms,
    int64_t asked_ms, int64_t heard_ms);

#endif
