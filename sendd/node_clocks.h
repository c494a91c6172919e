/* SPDX-License-Identifier: MIT */
/*
 * How far the clock of each node of the cluster is ahead of the time that they
 * agree on; pure. sendd asks the nodes of its settings now and then. The time
 * that they agree on is that of the middle one: of three clocks, one that is
 * wrong does not matter. If an even number of nodes is known, this machine's
 * clock is one more. Heartbeats tell the result to all programs, which take it
 * off (db/db_clock.c).
 */
#ifndef SENDD_NODE_CLOCKS_H
#define SENDD_NODE_CLOCKS_H

#include <stdbool.h>

#include "db/db.h"
#include "lib/buf.h"

/* From one measurement to the next; the longer after one in which a node was
 * waited for in vain. One that refuses at once costs no time. */
#define NODE_CLOCKS_MS 5000
#define NODE_CLOCKS_LONG_MS 15000
#define NODE_CLOCKS_TOOK_MS 500

/* A difference that is smaller is none: the measurement is not more exact on a
 * busy machine, and it does no harm. */
#define NODE_CLOCKS_MIN_MS 500

struct node_clocks {
	struct node_clock all[DB_NODES_MAX]; /* each as it was told last */
	size_t n;
	int64_t ahead_ms[DB_NODES_MAX];
	int64_t due_ms;	  /* the next measurement */
	unsigned returns; /* of nodes, when the latest one began */
};

/* Is it time to measure? Also at once when a node serves again: it may have
 * another clock now. returns: as of node_returns. True: it begins. */
bool node_clocks_begin(struct node_clocks *c, int64_t now_ms,
    unsigned returns);

/* It has ended, and took that long; so many have answered. */
void node_clocks_end(struct node_clocks *c, int64_t now_ms,
    int64_t took_ms, size_t n_said);

/* What the nodes that have answered say now. own_ms: this machine's clock,
 * above its steady clock. */
void node_clocks_see(struct node_clocks *c, const struct node_clock *said,
    size_t n, int64_t own_ms);

/* As a member of the heartbeat's figures, behind another one; nothing as long
 * as there is only one node to be known. */
void node_clocks_write(const struct node_clocks *c, struct buf *into);

#endif
