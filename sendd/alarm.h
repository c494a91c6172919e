/* SPDX-License-Identifier: MIT */
/*
 * The alarms of a credential. An alarm is for a person, so the log has one
 * line for each cause and hour, however many messages meet the cause; and at
 * most eight causes, because they are the provider's words.
 */
#ifndef SENDD_ALARM_H
#define SENDD_ALARM_H

#include <stdbool.h>
#include <stdint.h>

#define ALARM_CAUSES 8
#define ALARM_AGAIN_MS 3600000

struct alarms {
	struct {
		char why[80];
		int64_t raised_ms; /* monotonic */
	} raised[ALARM_CAUSES];
	unsigned n;
};

/* Is this cause to be logged now? Then it counts as logged. */
bool alarm_is_news(struct alarms *a, const char *why, int64_t now_ms);

#endif
