/* SPDX-License-Identifier: MIT */
/* How busy a process of a responder is. Counted by its crew, for /metrics. */
#ifndef FCGI_LOAD_H
#define FCGI_LOAD_H

#include <stdatomic.h>
#include <stddef.h>

struct load {
	atomic_size_t waiting; /* calls that wait for answers to their send */
	atomic_size_t queued;  /* calls that wait for a worker */
	atomic_size_t refused; /* calls that got none, since the start */
};

#endif
