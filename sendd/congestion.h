/* SPDX-License-Identifier: MIT */
/*
 * How many requests in flight are enough: more of them only wait at the
 * provider, or in our own loop, and a message for which somebody waits would
 * wait behind them. It shows in the time that answers take: compared with when
 * few are in flight, that time grows with what is in flight as soon as
 * something on the way is busy all the time, and stays the same before that.
 *
 * Pure: times are arguments, microseconds of the steady clock.
 */
#ifndef SENDD_CONGESTION_H
#define SENDD_CONGESTION_H

#include <stdbool.h>
#include <stdint.h>

/* So many in flight are few: they are never too many. */
#define CONGESTION_FEW 32
/* Answers may take so much longer than twice the time of when few fly. */
#define CONGESTION_LATE_US 1000
#define CONGESTION_START 128 /* while it is not known */
#define CONGESTION_MAX 2000

struct congestion {
	double few_us;	/* that an answer takes while few fly; 0: unknown */
	double mean_us; /* of late; 0: unknown */
	double most;	/* that are enough in flight; 0: unknown */
	int64_t cut_us; /* when that became less; those before it do not show
			 * the effect yet */
};

/* A request was answered; few: at most CONGESTION_FEW flew when it began.
 * in_flight: now. */
void congestion_answered(struct congestion *g, int64_t took_us, bool few,
    unsigned in_flight, int64_t now_us);

/* How many of n requests may begin, while so many fly. */
unsigned congestion_room(const struct congestion *g, unsigned in_flight,
    unsigned n);

#endif
