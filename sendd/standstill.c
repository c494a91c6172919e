/* SPDX-License-Identifier: MIT */
#include "sendd/standstill.h"

#include "lib/log.h"

#include "db/sql.h"

/* Together with the second between two looks at what is cancelled, this is
 * less than what others count on. */
#define STANDSTILL_MS 500

void
standstill_note(struct standstill *s, int64_t now_ms)
{
	if (s->by_ms == 0 || now_ms - s->by_ms < STANDSTILL_MS)
		return;
	log_notice("stood still for %lld ms", (long long)(now_ms - s->by_ms));
	s->by_ms = now_ms;
	if (s->since_ms == 0 ||
	    now_ms - s->since_ms >= STANDSTILL_PATIENCE_MS)
		s->since_ms = now_ms;
}

void
standstill_expect(struct standstill *s, int64_t now_ms, int wait_ms)
{
	standstill_note(s, now_ms); /* it can happen in a round, too */
	s->by_ms = now_ms + wait_ms;
}

bool
standstill_outdates(const struct standstill *s, int64_t now_ms,
    int64_t asked_ms, int64_t heard_ms)
{
	int64_t age_ms = now_ms - asked_ms;

	if (asked_ms < s->since_ms)
		return heard_ms < s->since_ms ||
		    now_ms - s->since_ms < STANDSTILL_PATIENCE_MS;
	return age_ms >= SQL_SOON_MS &&
	    age_ms < SQL_SOON_MS + STANDSTILL_PATIENCE_MS;
}
