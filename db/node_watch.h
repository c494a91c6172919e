/* SPDX-License-Identifier: MIT */
/*
 * A watcher: a thread that knows whether the database serves, whatever hangs.
 * It has the node asked that the connections of this process are at
 * (db/node.h), by a connection of its own (db/node_asker.h): where there are
 * several nodes, every second; and when somebody wants to know. While that node
 * does not serve, or is slow to answer, all others are asked, at the same time.
 *
 * Where there are several nodes, it also has all connections leave a node that
 * is silent, read-only, behind or apart, while another one serves: each before
 * its next transaction. Those that wait for an answer of a silent node are cut,
 * as if it had died; so are those that are still at another one a moment later,
 * if that does not serve then, either.
 */
#ifndef DB_NODE_WATCH_H
#define DB_NODE_WATCH_H

#include <stdint.h>

#include "lib/err.h"

#include "db/db.h"

struct node_watch;

/* Begin to watch the database of the settings, which are copied, by the login
 * of that program. */
const struct err *node_watch_open(const struct db_settings *s,
    const char *program, struct node_watch **out);

/* Takes NULL. Does not wait: a thread that waits for an answer is left
 * (lib/thread.h). */
void node_watch_close(struct node_watch *w);

/* Does the database serve? Asks it now, and waits for its answer for up to
 * wait_ms; not at all while an earlier question has waited for longer. NULL: it
 * does, also if it takes no more connections for now and this process has one
 * there; or there are several nodes, and it is not yet known whether one has
 * died. Else ERR_BUSY, and why.
 */
const struct err *node_watch_ask(struct node_watch *w, int64_t wait_ms);

#endif
