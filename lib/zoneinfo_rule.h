/* SPDX-License-Identifier: MIT */
/* The rule of a time zone, as POSIX has it in TZ: "CET-1CEST,M3.5.0,M10.5.0/3".
 */
#ifndef LIB_ZONEINFO_RULE_H
#define LIB_ZONEINFO_RULE_H

#include <stdbool.h>
#include <stdint.h>

/* A day of each year, and seconds behind its midnight. */
struct zoneinfo_day {
	char kind; /* M: weekday of a week of a month, J: 1 to 365 without
		      29 February, N: 0 to 365 */
	int month, week, day;
	int64_t time;
};

struct zoneinfo_rule {
	int64_t offset; /* seconds ahead of UTC */
	bool changes;	/* it has a summer time: */
	int64_t summer_offset;
	/* in the local time before the change */
	struct zoneinfo_day begin, end;
};

bool zoneinfo_rule_parse(const char *s, struct zoneinfo_rule *out);

/* Seconds ahead of UTC at that moment (seconds since 1970 UTC). */
int64_t zoneinfo_rule_offset(const struct zoneinfo_rule *r, int64_t second);

#endif
