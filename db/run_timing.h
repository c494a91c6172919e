/* SPDX-License-Identifier: MIT */
/* When a campaign's run begins, and how fast it sends. */
#ifndef DB_RUN_TIMING_H
#define DB_RUN_TIMING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RUN_ZONE_MAX 64 /* bytes of a zone's name */
#define RUN_DAY_MIN 1440 /* minutes of a day */

struct run_timing {
	int64_t start_ms;  /* not before that time of day; 0: at once */
	int64_t spread_ms; /* evenly over so long; 0: not */
	int64_t spread_from_ms; /* from then, or from the start if later */
	int64_t rate; /* messages a second, all sendd together; 0: no limit */
	/* Quiet hours: it rests from the one to the other, minutes of the day
	 * in that zone of the system's zoneinfo; zone NULL: it never rests. */
	int64_t quiet_from, quiet_to;
	const char *quiet_zone;
};

/* The moment from which the spread counts. */
static inline int64_t
run_timing_spread_from(const struct run_timing *t)
{
	return t->spread_from_ms > t->start_ms ? t->spread_from_ms
					       : t->start_ms;
}

/* Does sendd have to hold messages back? */
static inline bool
run_timing_is_paced(const struct run_timing *t)
{
	return t->spread_ms > 0 || t->rate > 0 || t->quiet_zone != NULL;
}

#endif
