/* SPDX-License-Identifier: MIT */
#include "lib/thread.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>

#include "lib/clock.h"
#include "lib/mem.h"

const struct err *
thread_start(pthread_t *thread, void *(*life)(void *), void *arg)
{
	sigset_t all, before;
	int why;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	why = pthread_create(thread, NULL, life, arg);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return why == 0 ? NULL : err_new(ERR_FAULT, "cannot start a thread: %s",
	    errno_text(why));
}

/* --- the end ---------------------------------------------------------- */

/* Those that were left and have not been joined. A thread that has ended keeps
 * its stack until it is joined: each that is left has those looked at. */
static pthread_t *left;
static size_t n_left;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

bool
thread_join(pthread_t thread, int64_t until_ms)
{
	const struct timespec until = clock_moment_after(1000 *
	    (until_ms - clock_mono_ms()));

	return pthread_clockjoin_np(thread, NULL, CLOCK_MONOTONIC, &until) == 0;
}

static void
join_ended(void)
{
	size_t n = 0;

	for (size_t i = 0; i < n_left; i++)
		if (pthread_tryjoin_np(left[i], NULL) != 0)
			left[n++] = left[i];
	n_left = n;
}

void
thread_leave(pthread_t thread)
{
	(void)pthread_mutex_lock(&lock);
	join_ended();
	left = xrealloc(left, (n_left + 1) * sizeof *left);
	left[n_left++] = thread;
	(void)pthread_mutex_unlock(&lock);
}

bool
thread_join_left(int64_t ms)
{
	int64_t until_ms = clock_mono_ms() + ms;
	bool all;

	(void)pthread_mutex_lock(&lock);
	while (n_left > 0 && thread_join(left[n_left - 1], until_ms))
		n_left--;
	if ((all = n_left == 0)) {
		free(left);
		left = NULL;
	}
	(void)pthread_mutex_unlock(&lock);
	return all;
}

/* --- waits ------------------------------------------------------------ */

void
thread_cond_init(pthread_cond_t *c)
{
	pthread_condattr_t steady;

	(void)pthread_condattr_init(&steady);
	(void)pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
	(void)pthread_cond_init(c, &steady);
	(void)pthread_condattr_destroy(&steady);
}

bool
thread_wait(pthread_cond_t *c, pthread_mutex_t *held, int64_t ms)
{
	const struct timespec until = clock_moment_after(1000 * ms);

	return pthread_cond_timedwait(c, held, &until) != ETIMEDOUT;
}
