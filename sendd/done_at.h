/* SPDX-License-Identifier: MIT */
/*
 * At which node of a cluster rows were read, or settled, as a pure data
 * structure. The connection that reads and the one that settles may go to
 * different nodes, when one leaves or returns, or takes no writes. Each must
 * wait for what the other has seen: a row that was settled at one node may be
 * at another as if it waited, and would be sent again; and one that was read
 * at one may not be at another yet, where it would be taken for settled.
 */
#ifndef SENDD_DONE_AT_H
#define SENDD_DONE_AT_H

#include <stdbool.h>

#include "db/node.h"

/* All zero: nothing was done. */
struct done_at {
	char node[NODE_NAME]; /* of the latest job */
	bool moved; /* jobs before it, for which nobody has waited, elsewhere */
};

/* A job was done at that node. */
void done_at_note(struct done_at *s, const char *node);

/* A job has noted for itself where its parts were done. */
void done_at_add(struct done_at *s, const struct done_at *job);

/* Must a job of the other connection, at that node, wait first for what others
 * have written? */
bool done_at_is_elsewhere(const struct done_at *s, const char *node);

/* Such a job begins: it has a copy of what was noted, and waits if it must. And
 * when it has failed, which may be before it has waited. */
struct done_at done_at_take(struct done_at *s);
void done_at_not_taken(struct done_at *s, const struct done_at *had);

#endif
