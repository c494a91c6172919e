/* SPDX-License-Identifier: MIT */
#include "lib/backoff.h"

int64_t
backoff_ms(unsigned tries, int64_t min_ms, int64_t max_ms, int64_t floor_ms,
    uint32_t random)
{
	int64_t pause = min_ms;

	for (unsigned i = 1; i < tries && pause < max_ms; i++)
		pause *= 2;
	if (pause > max_ms)
		pause = max_ms;
	/* jitter: calls that failed together return at different times */
	pause -= pause / 4 * (random % 1024) / 1024;
	return pause > floor_ms ? pause : floor_ms;
}

int64_t
backoff_crowd_ms(unsigned failures, uint32_t random)
{
	unsigned doublings = failures < 6 ? failures - 1 : 5;

	return 1 + random % (8U << doublings);
}
