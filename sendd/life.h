/* SPDX-License-Identifier: MIT */
/*
 * The incarnations of a program on one machine, recorded in a file beside its
 * socket. Only the running one holds the lock of the file, so every other
 * incarnation in the file has ended, even after a crash. A record from before
 * the machine's last boot proves nothing: the disk may have been copied, while
 * that incarnation runs on another machine.
 */
#ifndef SENDD_LIFE_H
#define SENDD_LIFE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/err.h"

struct life {
	int fd; /* -1: not open */
	uint64_t now, before; /* incarnations, as recorded; 0: none */
	uint64_t refused_for; /* the other one, at the latest refused start */
};

/* Lock the file PATH.lock until this process ends. ERR_CONFLICT when another
 * process holds the lock. */
const struct err *life_open(struct life *l, const char *path);
void life_close(struct life *l);

/* Is it proven that this incarnation ran on this machine and has ended? */
bool life_is_over(const struct life *l, uint64_t id);

/* Record this incarnation; call it before others can see the incarnation. */
const struct err *life_begin(struct life *l, uint64_t id);

/* A start is refused because another incarnation has the name. Must it be
 * logged? Yes, once for each other incarnation, over any number of starts. */
bool life_refusal_is_new(struct life *l, uint64_t other);

#endif
