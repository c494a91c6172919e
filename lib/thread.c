/* SPDX-License-Identifier: MIT */
#include "lib/thread.h"

#include <signal.h>

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
