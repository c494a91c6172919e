/* SPDX-License-Identifier: MIT */
/*
 * The alarms of a credential. An alarm is for an operator, so the log has one
 * line for each cause and hour, however many messages fail by the cause. There
 * are at most eight causes, because providers choose the texts.
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

/* Must this cause be logged now? If so, it is recorded as logged. */
bool alarm_is_news(struct alarms *a, const char *why, int64_t now_ms);

#endif
