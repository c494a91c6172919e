/* SPDX-License-Identifier: MIT */
/*
 * How far the clock of another node of the cluster is ahead of our node's, from
 * heartbeats; pure. A heartbeat carries the time that its node had when it was
 * written. That was between our latest two looks, whose times by our node's
 * clock we know. So each heartbeat bounds the difference from both sides, and
 * several of them, at different places between two looks, bound it closely.
 *
 * Times are of the nodes' clocks, in ms.
 */
#ifndef SENDD_SKEW_H
#define SENDD_SKEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A difference that is certainly smaller is none: it may be the way of a row
 * from node to node. */
#define SKEW_MIN_MS 1000

struct skew {
	int64_t low_ms, high_ms; /* it is between these */
	bool known;
};

/* A heartbeat says said_ms; it was not there yet at our look at before_ms, and
 * was there at after_ms. */
void skew_note(struct skew *s, int64_t said_ms, int64_t before_ms,
    int64_t after_ms);

/* The difference, if it is at least SKEW_MIN_MS for certain; else 0. */
int64_t skew_sure(const struct skew *s);

/* The middle one of n > 0 differences, which are put in order; of two, the
 * smaller: what is sent too early cannot be taken back. */
int64_t skew_middle(int64_t *list, size_t n);

#endif
