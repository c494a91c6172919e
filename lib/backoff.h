/* SPDX-License-Identifier: MIT */
/* When to try again. Pure arithmetic. */
#ifndef LIB_BACKOFF_H
#define LIB_BACKOFF_H

#include <stdint.h>

/* Pause in ms before the next try after "tries" failed ones (1 or more):
 * exponential from min to max, minus up to a quarter as jitter. random is any
 * number. The pause is never below floor_ms (the time that the provider asks
 * for). */
int64_t backoff_ms(unsigned tries, int64_t min_ms, int64_t max_ms,
    int64_t floor_ms, uint32_t random);

/* Pause in ms after "failures" (1 or more) collisions in a row with others
 * that compete for the same thing. random is any number; it draws from 1 to 8
 * ms at first, then from 1 to twice as much each time, up to 256. */
int64_t backoff_crowd_ms(unsigned failures, uint32_t random);

#endif
