/* SPDX-License-Identifier: MIT */
/* When to try again. Pure arithmetic. */
#ifndef LIB_BACKOFF_H
#define LIB_BACKOFF_H

#include <stdint.h>

/* Pause in ms before the try after "tries" failed ones (1 or more): min
 * doubled each time up to max, less up to a quarter by random (any number),
 * never below floor_ms (the provider's wish). */
int64_t backoff_ms(unsigned tries, int64_t min_ms, int64_t max_ms,
    int64_t floor_ms, uint32_t random);

/* Pause in ms of one of many who got into each other's way, after "failures"
 * (1 or more) in a row: drawn by random (any number) from 1 to 8, then from
 * 1 to twice as much each time, up to 256. */
int64_t backoff_crowd_ms(unsigned failures, uint32_t random);

#endif
