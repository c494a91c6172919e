/* SPDX-License-Identifier: MIT */
/*
 * For LD_PRELOAD: the time of day of the program is CLOCK_SHIFT seconds
 * ahead of the machine's (behind, when negative), as after a clock was set
 * wrong. Its steady clocks go right, as they do then.
 */
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static time_t
shift(void)
{
	const char *text = getenv("CLOCK_SHIFT");

	return text != NULL ? (time_t)strtoll(text, NULL, 10) : 0;
}

int
clock_gettime(clockid_t which, struct timespec *t)
{
	int got = (int)syscall(SYS_clock_gettime, which, t);

	if (got == 0 &&
	    (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE))
		t->tv_sec += shift();
	return got;
}

time_t
time(time_t *into)
{
	struct timespec t = {0, 0};

	(void)clock_gettime(CLOCK_REALTIME, &t);
	if (into != NULL)
		*into = t.tv_sec;
	return t.tv_sec;
}

int
gettimeofday(struct timeval *restrict tv, void *restrict zone)
{
	struct timespec t = {0, 0};
	int got = clock_gettime(CLOCK_REALTIME, &t);

	(void)zone;
	tv->tv_sec = t.tv_sec;
	tv->tv_usec = t.tv_nsec / 1000;
	return got;
}
