/* SPDX-License-Identifier: MIT */
/*
 * Failed logins, counted by source in a table of fixed size that all threads of
 * the process share. A source is an IPv4 address or an IPv6 network (/64: one
 * machine can use all its addresses). Ten failures a minute are answered at
 * once; further ones get a time to wait. A call with the right secret never
 * comes here, so nobody can lock out another caller, not even from the same
 * address.
 */
#ifndef FCGI_THROTTLE_H
#define FCGI_THROTTLE_H

#include <stdint.h>

#define THROTTLE_FAILURES 10	 /* failures answered at once, within ... */
#define THROTTLE_WINDOW_MS 60000 /* ... this time, and then one by one */
#define THROTTLE_WAIT_MAX_MS 60000
#define THROTTLE_SOURCES 1024 /* the oldest makes room */
/* What a failure adds to a bucket, and what it holds with room for one more. */
#define THROTTLE_STEP_MS (THROTTLE_WINDOW_MS / THROTTLE_FAILURES)
#define THROTTLE_FULL_MS (THROTTLE_WINDOW_MS - THROTTLE_STEP_MS)

struct throttle;

enum throttle_stage {
	THROTTLE_FREE,
	THROTTLE_SLOWED,
	THROTTLE_MOST /* the wait does not grow any more */
};

struct throttle_verdict {
	int wait_s; /* 0: not slowed */
	/* stage reached for the first time since the source was free;
	 * THROTTLE_FREE when there is nothing new to log */
	enum throttle_stage news;
};

struct throttle *throttle_new(void);
void throttle_free(struct throttle *t); /* takes NULL */

/* Record a failure from this address. A text that is not an address is one
 * source of its own. t NULL: never slowed. now_ms: monotonic */
struct throttle_verdict throttle_fail(struct throttle *t, const char *address,
    int64_t now_ms);

/* For a bucket that is kept elsewhere, and that is empty after left_ms now that
 * the failure is in it. No second stage is told: that needs a memory. */
struct throttle_verdict throttle_judge(int64_t left_ms);

/* The number, below groups, of the group that the source of this address is
 * in. */
unsigned throttle_group(const char *address, unsigned groups);

#endif
