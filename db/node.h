/* SPDX-License-Identifier: MIT */
/*
 * The MariaDB servers of [database] host: one, or the nodes of a cluster, the
 * nearest first. A connection goes to the first of them that serves. What one
 * connection finds out about a node, all connections of the process know: a
 * node that could not serve is avoided for a while, and then one connection
 * tries it again.
 */
#ifndef DB_NODE_H
#define DB_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"
#include "lib/net.h"

#define NODES_MAX 16
#define NODE_NAME (NET_ITEM + 8)

struct node {
	char host[NET_ITEM];  /* a name, an address, or the path of a socket */
	unsigned port;	      /* 0: a socket */
	char name[NODE_NAME]; /* for people: "db1:3306" */
};

struct node_list {
	struct node all[NODES_MAX];
	size_t n;
};

/* Read "db1, db2:3307, [fd00::1]:3306, /run/mysqld/mysqld.sock". port: of an
 * item that names none. ERR_INVALID says which item is wrong. */
const struct err *node_list_read(const char *text, unsigned port,
    struct node_list *out);

/* The list of one server, at this socket. */
void node_of_socket(const char *path, struct node_list *out);

/* The order, by places in the list, in which a connection tries the nodes:
 * those that serve, then of these those whose place has its bit in last, then
 * those that are avoided. Returns how many are not avoided. */
size_t node_order(const struct node_list *l, unsigned last,
    size_t order[NODES_MAX]);

/* A connection is about to try this node. If it could not serve the last time,
 * the other connections avoid it until this one knows more, for up to wait_ms.
 */
void node_trying(const struct node *node, int64_t wait_ms);

/* The same for a watcher, which comes before the connections do: true if the
 * node has failed, and is avoided for less than early_ms more. */
bool node_try_early(const struct node *node, int64_t early_ms,
    int64_t wait_ms);

/* It serves. True: it did not before. */
bool node_serves(const struct node *node);

/* The same, and says so in the log. */
void node_take(const struct node *node);

/* How often a node has served again that had not, of all nodes. */
unsigned node_returns(void);

/* It does not serve: avoid it for NODE_AVOID_MS, and for twice as long each
 * time in a row that this is found after a try, up to NODE_AVOID_MAX_MS. True:
 * it served before. */
#define NODE_AVOID_MS 2000
#define NODE_AVOID_MAX_MS 30000
bool node_fails(const struct node *node);

/* The same, and says so in the log, with the reason. */
void node_leave(const struct node *node, const char *why);

/* Has it failed, and not served since? */
bool node_has_failed(const struct node *node);

/* The place where connections are, as far as this process knows: the first node
 * that has not failed since it served last; 0 when all have. */
size_t node_first(const struct node_list *l);

/* What a server says of itself. */
enum node_fitness {
	NODE_FIT,
	NODE_FULL,	/* it serves, but takes no more connections for now */
	NODE_BEHIND,	/* of a cluster: it gives its files to another node, or
			   has not caught up; what is asked of it may wait */
	NODE_READ_ONLY, /* a standby */
	NODE_APART	/* not part of its cluster: it refuses */
};
const char *node_words(enum node_fitness how); /* for people */

/* How far its clock is ahead of the time that the nodes agree on, as this
 * process has heard last; 0 at first. A change that may be the inexactness of
 * the measurement is none. */
int64_t node_ahead_ms(const struct node *node);
void node_set_ahead(const struct node *node, int64_t ms);

/* A connection to a node begins; returns a second descriptor of its socket, by
 * which node_cut can end it while the client library uses the first, or -1. It
 * must be given back before the connection is closed. */
int node_line_open(const struct node *node, int fd);
void node_line_close(int line); /* takes -1 */

/* Statements may run by it. Has this process any such connection to the node
 * that is still open? The worker of a closed connection notices only at its
 * next use, which may be long after. */
void node_line_serves(int line);
bool node_has_connections(const struct node *node);

/* The node does not serve, and another one does: end the connections that
 * exist, for whoever waits there for an answer may wait in vain. */
void node_cut(const struct node *node);

/* Is there a node to go to from that place: one before it that is not avoided
 * (any more), or any that is not, while that of the place is? The place behind
 * the last one: any. None whose place has its bit in without is one. */
bool node_is_nearer(const struct node_list *l, size_t place,
    unsigned without);

#endif
