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

struct standstill {
	int64_t by_ms;	  /* monotonic: its wait is over by then; 0: none yet */
	int64_t since_ms; /* monotonic: the end of the latest one; 0: none */
};

/* Did one end just now? It is as long as what passed after the wait. */
bool standstill_ended(struct standstill *s, int64_t now_ms);

/* The main thread will wait for wait_ms at most. */
void standstill_expect(struct standstill *s, int64_t now_ms, int wait_ms);

#endif
