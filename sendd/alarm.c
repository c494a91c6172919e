/* SPDX-License-Identifier: MIT */
#include "sendd/alarm.h"

#include <stdio.h>
#include <string.h>

bool
alarm_is_news(struct alarms *a, const char *why, int64_t now_ms)
{
	char cause[sizeof a->raised[0].why];
	unsigned i = 0, place = a->n;

	(void)snprintf(cause, sizeof cause, "%.79s", why);
	for (; i < a->n && strcmp(a->raised[i].why, cause) != 0; i++)
		if (now_ms - a->raised[i].raised_ms >= ALARM_AGAIN_MS)
			place = i; /* replace an old alarm */
	if (i < a->n) {
		if (now_ms - a->raised[i].raised_ms < ALARM_AGAIN_MS)
			return false;
		place = i;
	}
	if (place == ALARM_CAUSES)
		return false;
	memcpy(a->raised[place].why, cause, sizeof cause);
	a->raised[place].raised_ms = now_ms;
	a->n += place == a->n;
	return true;
}
