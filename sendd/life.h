/* SPDX-License-Identifier: MIT */
/*
 * The lives of a program on one machine, in a file beside its socket. Whoever
 * holds the file's lock is the only one alive, so every other life that the
 * file notes is over, however it ended. A note from before the machine's last
 * start proves nothing: the file may have been copied with the disk, while
 * that life goes on elsewhere.
 */
#ifndef SENDD_LIFE_H
#define SENDD_LIFE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/err.h"

struct life {
	int fd; /* -1: not open */
	uint64_t now, before; /* as noted; 0: none */
	uint64_t refused_for; /* the life for which a start was refused last */
};

/* Lock the file PATH.lock, for as long as this process lives. ERR_CONFLICT
 * when another one holds it. */
const struct err *life_open(struct life *l, const char *path);
void life_close(struct life *l);

/* Is that life one of this machine's, and over? */
bool life_is_over(const struct life *l, uint64_t id);

/* This life begins; call it before others can see the life. */
const struct err *life_begin(struct life *l, uint64_t id);

/* A start is refused because that other life has the name. Is the refusal to
 * be logged? It is once for each other life, over any number of starts. */
bool life_refusal_is_new(struct life *l, uint64_t other);

#endif
