/* SPDX-License-Identifier: MIT */
/* Threads that take no signal: those are for the threads that wait for them. */
#ifndef LIB_THREAD_H
#define LIB_THREAD_H

#include <pthread.h>

#include "lib/err.h"

/* Run life(arg) in a new thread, in which all signals are blocked. ERR_FAULT:
 * the system has no thread for us. */
const struct err *thread_start(pthread_t *thread, void *(*life)(void *),
    void *arg);

#endif
