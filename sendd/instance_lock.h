/* SPDX-License-Identifier: MIT */
/*
 * The incarnations of a program on one machine, recorded in a file beside its
 * socket. Only the running one holds the lock of the file, so every other
 * incarnation in the file has ended, even after a crash. A record from before
 * the machine's last boot proves nothing: the disk may have been copied, while
 * that incarnation runs on another machine.
 */
#ifndef SENDD_INSTANCE_LOCK_H
#define SENDD_INSTANCE_LOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/err.h"

struct instance_lock {
	int fd; /* -1: not open */
	uint64_t now, before; /* incarnations, as recorded; 0: none */
	uint64_t refused_for; /* the other one, at the latest refused start */
};

/* Lock the file PATH.lock until this process ends. ERR_CONFLICT when another
 * process holds the lock. */
const struct err *instance_lock_open(struct instance_lock *l, const char *path);
void instance_lock_close(struct instance_lock *l);

/* Is it proven that this incarnation ran on this machine and has ended? */
bool instance_lock_is_over(const struct instance_lock *l, uint64_t id);

/* Record this incarnation; call it before others can see the incarnation. */
const struct err *instance_lock_begin(struct instance_lock *l, uint64_t id);

/* A start is refused because another incarnation has the name. Must it be
 * logged? Yes, once for each other incarnation, over any number of starts. */
bool instance_lock_refusal_is_new(struct instance_lock *l, uint64_t other);

#endif
