/* SPDX-License-Identifier: MIT */
/*
 * Calls to their end, with a database that holds anything: handlers leave
 * nothing open, repeat what must be repeated and answer JSON. Input: the
 * first line of call.h, a line of db_stand.h, the rest of call.h.
 */
#include <time.h>

#include "tests/fuzz/call.h"
#include "tests/fuzz/db_stand.h"

/* Waiting is for the clock only. */
int
nanosleep(const struct timespec *t, struct timespec *left)
{
	(void)left;
	clock_set(clock_mono_ms() + t->tv_sec * 1000 +
	    t->tv_nsec / 1000000 + 1);
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};
	const char *line = input_line(&in);

	clock_set(FUZZ_NOW_MS);
	stand_open(input_line(&in));
	call(&in, line, true);
	stand_check();
	input_done(&in);
	return 0;
}
