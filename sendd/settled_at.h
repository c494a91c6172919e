/* SPDX-License-Identifier: MIT */
/*
 * At which node of a cluster outcomes were written, as a pure data structure.
 * The connection that writes and the one that reads may go to different nodes
 * for a moment, when one node leaves or returns. A row that was settled at one
 * node must not be read at another as if it waited: it would be sent again.
 */
#ifndef SENDD_SETTLED_AT_H
#define SENDD_SETTLED_AT_H

#include <stdbool.h>

#include "db/node.h"

/* All zero: nothing was written. */
struct settled_at {
	char node[NODE_NAME]; /* of the latest batch */
	bool moved; /* a batch that no reading has waited for, elsewhere */
};

/* A batch was written at that node. */
void settled_at_note(struct settled_at *s, const char *node);

/* Must a reading at that node wait first for what others have written? */
bool settled_at_is_elsewhere(const struct settled_at *s, const char *node);

/* A reading begins: it has a copy of what was noted, and waits if it must. And
 * when it has failed, which may be before it has waited. */
struct settled_at settled_at_read(struct settled_at *s);
void settled_at_not_read(struct settled_at *s, const struct settled_at *had);

#endif
