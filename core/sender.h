/* SPDX-License-Identifier: MIT */
/*
 * The sending program as a child, for one send: where no sendd runs, who waits
 * for a send has it delivered so. The child has the keys and the network; the
 * caller only starts it. It has no standard input or output of its own, gets
 * no environment (that of CGI has a caller's secret), and ends in its time by
 * itself; killed at any moment it loses nothing.
 */
#ifndef CORE_SENDER_H
#define CORE_SENDER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/settings.h"

struct sender {
	pid_t pid;
	int fd; /* ends when the child does */
};

/* Start it for the rows of that send, for at most for_ms, from 2 seconds on.
 * ERR_MISSING: there is no such program; ERR_BUSY: the system has no process
 * for it. */
const struct err *sender_start(struct sender *p, const struct settings *s,
    uint64_t send, int64_t for_ms);

/* Wait for its end, at most wait_ms. True: it has ended, and *done says whether
 * well; the sender is gone. */
bool sender_wait(struct sender *p, int wait_ms, bool *done);

/* Do not wait for it any longer: kill it. */
void sender_kill(struct sender *p);

#endif
