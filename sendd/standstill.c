/* SPDX-License-Identifier: MIT */
#include "sendd/standstill.h"

#include "lib/log.h"

/* Together with the second between two looks at what is cancelled, this is
 * less than what others count on. */
#define STANDSTILL_MS 500

bool
standstill_ended(struct standstill *s, int64_t now_ms)
{
	if (s->by_ms == 0 || now_ms - s->by_ms < STANDSTILL_MS)
		return false;
	log_notice("stood still for %lld ms", (long long)(now_ms - s->by_ms));
	s->by_ms = s->since_ms = now_ms;
	return true;
}

void
standstill_expect(struct standstill *s, int64_t now_ms, int wait_ms)
{
	(void)standstill_ended(s, now_ms); /* it can happen in a round, too */
	s->by_ms = now_ms + wait_ms;
}
