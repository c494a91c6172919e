/* SPDX-License-Identifier: MIT */
/*
 * Threads that take no signal: those are for the threads that wait for them.
 * And waits for a time, which are measured on a steady clock.
 */
#ifndef LIB_THREAD_H
#define LIB_THREAD_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/err.h"

/* Run life(arg) in a new thread, in which all signals are blocked. ERR_FAULT:
 * the system has no thread for us. */
const struct err *thread_start(pthread_t *thread, void *(*life)(void *),
    void *arg);

/* Wait for its end, up to the moment until_ms of clock_mono_ms. False: it still
 * runs. */
bool thread_join(pthread_t thread, int64_t until_ms);

/* Nobody will wait for this thread before the process ends: it may wait for
 * something that hangs. */
void thread_leave(pthread_t thread);

/* Before main returns: have all that were left ended, within ms? If not, the
 * process must leave by _exit, for what exit() frees is still in use by them:
 * that of the library for TLS, for one. */
bool thread_join_left(int64_t ms);

/* A condition for thread_wait. */
void thread_cond_init(pthread_cond_t *c);

/* With the lock: wait until somebody signals, or for ms. False: for ms. */
bool thread_wait(pthread_cond_t *c, pthread_mutex_t *held, int64_t ms);

#endif
