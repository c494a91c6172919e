/* SPDX-License-Identifier: MIT */
/*
 * What became of messages in each minute, of all applications together, by
 * platform: for charts, kept a week. sendd adds to the minute in which it
 * writes, some seconds after what it counts.
 */
#ifndef DB_MINUTE_H
#define DB_MINUTE_H

#include "db/db.h"

/* Of the column what; stored, so a number is never used again. From
 * MINUTE_ANSWERS on: answers of the provider, by the buckets of
 * histogram_answers (core/histogram.h). */
enum minute_what {
	MINUTE_SENT,
	MINUTE_FAILED,
	MINUTE_EXPIRED,
	MINUTE_ANSWERS = 16
};

struct minute_count {
	int64_t at_ms; /* when read: the begin of its step */
	unsigned platform, what;
	uint64_t n;
};

/* Add each n to the present minute. */
const struct err *minute_add(struct db *db, const struct minute_count *list,
    size_t n);

/* The counts of steps of so many minutes, those that are not 0, in the order of
 * their times. */
typedef void minute_take(const struct minute_count *count, void *arg);
const struct err *minute_list(struct db *db, int64_t since_ms,
    int64_t step_minutes, minute_take *take, void *arg);

#endif
