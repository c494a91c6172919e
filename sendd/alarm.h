/* SPDX-License-Identifier: MIT */
/*
 * Which causes of a credential have been told. An alarm is for a person: one
 * line for each cause and hour, however many messages meet it; and at most
 * eight of them, because causes are the provider's words.
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
		int64_t told_ms; /* monotonic */
	} told[ALARM_CAUSES];
	unsigned n;
};

/* Is this to be told now? Then it counts as told. */
bool alarm_is_news(struct alarms *a, const char *why, int64_t now_ms);

#endif
