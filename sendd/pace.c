/* SPDX-License-Identifier: MIT */
#include "sendd/pace.h"

#include <limits.h>

#include "lib/backoff.h"

#define OVER_MS 1000 /* with no more left, a suspension is as good as over */

/* Fill the bucket by the time that has gone by. */
static void
pace_refill(struct pace *p, double rate, int64_t now_ms)
{
	p->allowance += rate * (double)(now_ms - p->filled_ms) / 1000;
	p->filled_ms = now_ms;
	if (p->allowance > rate)
		p->allowance = rate;
}

/* The number of requests that may be in flight: one probe, else the window. If
 * they get no answer for a while, the reason may be their own devices: then one
 * more is allowed, so that they do not block others until their timeout. */
static unsigned
pace_most_in_flight(const struct pace *p, int64_t now_ms)
{
	unsigned most = p->window > 0 ? p->window : UINT_MAX;

	if (p->probing)
		most = 1;
	if (p->in_flight < most || now_ms - p->started_ms < PACE_SILENT_MS ||
	    (p->probing && p->in_flight >= PACE_PROBES_MAX))
		return most;
	return p->in_flight + 1;
}

unsigned
pace_may_send(struct pace *p, int64_t rate, unsigned room, int64_t now_ms)
{
	unsigned most = pace_most_in_flight(p, now_ms), allowed;

	pace_refill(p, (double)rate, now_ms);
	if (p->suspended || pace_is_spent(p))
		return 0;
	allowed = p->allowance < UINT_MAX ? (unsigned)p->allowance : UINT_MAX;
	most = most > p->in_flight ? most - p->in_flight : 0;
	if (room > most)
		room = most;
	return room < allowed ? room : allowed;
}

bool
pace_is_spent(const struct pace *p)
{
	return p->allowance < 1;
}

void
pace_started(struct pace *p, unsigned messages, int64_t now_ms)
{
	p->in_flight++;
	p->started_ms = now_ms;
	p->allowance -= messages;
}

void
pace_ended(struct pace *p)
{
	p->in_flight--;
}

void
pace_on(struct pace *p, enum pace_event event)
{
	if (event == PACE_NOTHING)
		return;
	p->probing = false;
	if (event != PACE_ACCEPTED)
		return;
	p->cured = false;
	p->hold_count = 0;
	if (p->window > 0 && ++p->window > PACE_WINDOW_MAX)
		p->window = 0;
}

void
pace_slower(struct pace *p)
{
	p->window = p->in_flight / 2 + 1;
}

enum pace_step
pace_refused(struct pace *p, bool curable, int64_t asked_ms, int64_t time_ms)
{
	if (p->suspended)
		return PACE_SUSPEND;
	if (curable && !p->cured) {
		p->cured = true;
		p->cured_ms = time_ms;
		return PACE_CURE;
	}
	return p->cured && asked_ms <= p->cured_ms ? PACE_AGAIN
						   : PACE_SUSPEND;
}

int64_t
pace_suspend(struct pace *p, unsigned after_s, int64_t now_ms)
{
	int64_t pause;

	if (p->suspended)
		return 0;
	pause = backoff_ms(++p->hold_count, PACE_SUSPEND_MIN_MS,
	    PACE_SUSPEND_MAX_MS, (int64_t)after_s * 1000, 0);
	p->suspended = true;
	p->suspended_until_ms = now_ms + pause;
	return pause;
}

bool
pace_resumes(struct pace *p, int64_t now_ms)
{
	if (!p->suspended || now_ms < p->suspended_until_ms)
		return false;
	p->suspended = false;
	p->probing = true;
	p->cured = false;
	return true;
}

void
pace_end_suspension(struct pace *p)
{
	p->suspended_until_ms = 0;
}

int64_t
pace_left_ms(const struct pace *p, int64_t now_ms)
{
	int64_t left = p->suspended ? p->suspended_until_ms - now_ms : 0;

	return left > OVER_MS ? left : 0;
}

void
pace_reset(struct pace *p)
{
	p->suspended = p->cured = false;
	p->hold_count = 0;
}
