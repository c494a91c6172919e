/* SPDX-License-Identifier: MIT */
/*
 * Pacing of a credential: whether it may send, and how fast:
 *
 *   window      an AIMD window of requests in flight: a provider that wants
 *               less halves it, each accepted message adds one to it
 *   allowance   a token bucket of messages; a second's worth is its size
 *   suspension  a circuit breaker: after a fault of ours nothing is sent for
 *               a time, longer with each suspension in a row; it ends in a
 *               probe, and that request's answer decides
 *   cure        a new token or connection is tried once before that
 *
 * Pure: time is an argument, monotonic milliseconds unless said otherwise.
 */
#ifndef SENDD_PACE_H
#define SENDD_PACE_H

#include <stdbool.h>
#include <stdint.h>

#define PACE_SUSPEND_MIN_MS 15000
#define PACE_SUSPEND_MAX_MS 120000
#define PACE_WINDOW_MAX 2000 /* beyond it there is no window */
#define PACE_SILENT_MS 3000  /* far above what an answer takes */
#define PACE_PROBES_MAX 4

struct pace {
	unsigned in_flight; /* requests */
	unsigned window;    /* maximum of in_flight; 0: no limit */
	int64_t started_ms; /* the latest request */
	double allowance;   /* messages; below 0 after a large request */
	int64_t filled_ms;
	bool suspended, probing;
	int64_t suspended_until_ms;
	unsigned hold_count; /* suspensions in a row */
	bool cured;	     /* a cure is being tried ... */
	int64_t cured_ms;    /* ... since this time of day */
};

/* The meaning of an answer for the credential. */
enum pace_event {
	PACE_NOTHING,  /* it proves nothing */
	PACE_ANSWERED, /* the provider accepts the credential */
	PACE_ACCEPTED  /* the provider accepts credential and message */
};

/* The next step after the provider refused a message by our fault. */
enum pace_step {
	PACE_CURE,   /* try the cure, and the message again */
	PACE_AGAIN,  /* it was sent before the cure: send it again */
	PACE_SUSPEND /* no cure is left: suspend the credential */
};

/* How many requests may be started now, within room: at most rate messages go
 * in a second, and a request has one at least. */
unsigned pace_may_send(struct pace *p, int64_t rate, unsigned room,
    int64_t now_ms);

/* Have the requests since then used up the allowance? The last request may have
 * taken more than was left: the debt is paid before the next request. */
bool pace_is_spent(const struct pace *p);

/* A request with that many messages has begun; one has ended. */
void pace_started(struct pace *p, unsigned messages, int64_t now_ms);
void pace_ended(struct pace *p);

void pace_on(struct pace *p, enum pace_event event);

/* The provider wants less, or is silent: the window becomes half of the
 * requests in flight. */
void pace_slower(struct pace *p);

/* A message that was asked for at asked_ms is refused for our fault; curable:
 * a cure is known, and the credential is in use. Both are times of day. */
enum pace_step pace_refused(struct pace *p, bool curable, int64_t asked_ms,
    int64_t time_ms);

/* Suspend, for at least after_s. Returns for how long, in ms; 0: it is
 * suspended already, and that one goes on. */
int64_t pace_suspend(struct pace *p, unsigned after_s, int64_t now_ms);

/* Is a suspension over by now? Then a probe comes next. True once for each. */
bool pace_resumes(struct pace *p, int64_t now_ms);

/* A suspension ends now, with its probe. */
void pace_end_suspension(struct pace *p);

/* The remaining suspension in ms; 0: none, or nearly over. */
int64_t pace_left_ms(const struct pace *p, int64_t now_ms);

/* The credential has changed: its suspensions and cure are forgotten. Requests
 * in flight, the window and the allowance stay. */
void pace_reset(struct pace *p);

#endif
