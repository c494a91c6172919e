/* SPDX-License-Identifier: MIT */
/*
 * The only reader of clocks. Time of day is milliseconds since 1970 UTC; it
 * may jump. Waiting is measured on the monotonic clock. Database time, not
 * this, decides leases and dues.
 */
#ifndef LIB_CLOCK_H
#define LIB_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

int64_t clock_now_ms(void);  /* time of day */
int64_t clock_mono_ms(void); /* for waiting */
int64_t clock_mono_us(void);

/* Tests only: both clocks stand at this until set again; 0 frees them. */
void clock_set(int64_t ms);

#define CLOCK_TEXT 32

/* "2022-08-25T22:34:58.702+00:00"; zone is the suffix to use. */
void clock_iso(int64_t ms, const char *zone, char out[CLOCK_TEXT]);

/* "2016-10-12T11:20:04Z"; a fraction only when it is not zero. */
void clock_instant(int64_t ms, char out[CLOCK_TEXT]);

/* An ISO 8601 date and time with zone: Z, +hh:mm, +hhmm; fraction optional.
 * False when it is anything else, a date without zone included. */
bool clock_parse(const char *s, int64_t *ms);

/* "2022-08-25 22:34:58.702" as MariaDB writes DATETIME(3), to and from. */
void clock_sql(int64_t ms, char out[CLOCK_TEXT]);

#endif
