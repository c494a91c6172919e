/* SPDX-License-Identifier: MIT */
/* The nodes of a Galera cluster: does each one that the settings name serve,
 * and do their clocks agree? */
#include "core/doctor_part.h"

#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"

#include "db/node.h"
#include "db/server.h"

#define SKEW_MS 1000 /* between the clocks of two nodes */
#define WS_BYTES (64 << 20)

#define KEEP_TIME "Let the machines of all nodes keep time: timedatectl "      \
	"set-ntp true."

/* What was seen of a node; where it is, for people. */
struct node_seen {
	const char *where, *name;
	int64_t ahead_ms; /* of our steady clock, whose zero means nothing */
};

/* --- one node --------------------------------------------------------- */

static void
judge_state(struct doctor *d, const struct server_values *v,
    const struct node_seen *s)
{
	const char *state = server_value(v, "wsrep_local_state_comment");
	long size = strtol(server_value(v, "wsrep_cluster_size"), NULL, 10);

	if (strcmp(server_value(v, "wsrep_cluster_status"), "Primary") != 0)
		doctor_find(d, FINDING_ERROR, "Start the other nodes, or see "
		    "why it does not reach them.", "node %s (%s) is not part "
		    "of the cluster", s->name, s->where);
	else if (strcmp(state, "Synced") != 0)
		doctor_find(d, FINDING_WARNING, "Wait until it has caught up; "
		    "see its log when it does not.", "node %s (%s) does not "
		    "serve: %s", s->name, s->where, state);
	else
		doctor_find(d, FINDING_OK, NULL, "node %s (%s) serves, in a "
		    "cluster of %ld", s->name, s->where, size);
	if (size == 2)
		doctor_find(d, FINDING_WARNING, "Add a third node, or an "
		    "arbitrator (garbd).", "the cluster has two nodes: when "
		    "one is lost, the other stops");
}

/* With any limit of rows MariaDB refuses each UPDATE that joins a list (4165),
 * however short it is: of outcomes, of leases. And transactions of many bytes
 * would be refused again and again: rows of campaigns, what is removed. */
static void
judge_limits(struct doctor *d, const struct server_values *v,
    const struct node_seen *s)
{
	const char *rows = server_value(v, "wsrep_max_ws_rows");
	const char *size = server_value(v, "wsrep_max_ws_size");

	if (strtoll(rows, NULL, 10) != 0)
		doctor_find(d, FINDING_ERROR, "Set wsrep_max_ws_rows to 0.",
		    "node %s (%s) has a limit of rows, %s, and so refuses "
		    "leases and outcomes", s->name, s->where, rows);
	if (*size != '\0' && strtoll(size, NULL, 10) < WS_BYTES)
		doctor_find(d, FINDING_WARNING, "Set wsrep_max_ws_size to "
		    "2147483647.", "node %s (%s) takes no transaction of more "
		    "than %s bytes", s->name, s->where, size);
}

/* False: the server is no node of a cluster, or does not answer. */
static bool
examine(struct doctor *d, struct db *db, struct node_seen *s)
{
	struct server_values v;
	const struct err *e;

	if ((e = server_values_read(db, d->mem, &v)) != NULL ||
	    (e = server_ahead(db, &s->ahead_ms)) != NULL) {
		doctor_unanswered(d, e);
		return false;
	}
	s->where = arena_text(d->mem, db_where(db), strlen(db_where(db)));
	s->name = server_value(&v, "wsrep_node_name");
	if (*server_value(&v, "wsrep_cluster_size") == '\0' ||
	    strcmp(server_value(&v, "wsrep_on"), "ON") != 0)
		return false;
	judge_state(d, &v, s);
	judge_limits(d, &v, s);
	return true;
}

/* --- all of them ------------------------------------------------------ */

/* Each has a connection of its own, to it alone. */
static bool
visit(struct doctor *d, const struct node *node, struct node_seen *s)
{
	struct db_settings alone = d->settings->database;
	char host[NODE_NAME];
	enum db_refusal why;
	const struct err *e;
	struct db *db;
	bool seen;

	memcpy(host, node->name, sizeof host);
	alone.socket = node->port == 0 ? host : NULL;
	alone.host = host;
	if ((e = db_try(&alone, d->program, DB_QUICK, &db, &why)) != NULL) {
		doctor_find(d, FINDING_WARNING, "Start MariaDB there, or take "
		    "it off [database] host.", "%s: %s", node->name, e->text);
		return false;
	}
	seen = examine(d, db, s);
	db_close(db);
	return seen;
}

static void
compare_clocks(struct doctor *d, const struct node_seen *list, size_t n)
{
	const struct node_seen *first = &list[0], *last = &list[0];

	for (size_t i = 1; i < n; i++) {
		if (list[i].ahead_ms < first->ahead_ms)
			first = &list[i];
		if (list[i].ahead_ms > last->ahead_ms)
			last = &list[i];
	}
	if (n > 1 && last->ahead_ms - first->ahead_ms > SKEW_MS)
		doctor_find(d, FINDING_ERROR, KEEP_TIME, "the clock of node "
		    "%s is %.1fs ahead of that of node %s", last->name,
		    (double)(last->ahead_ms - first->ahead_ms) / 1000,
		    first->name);
	else if (n > 1)
		doctor_find(d, FINDING_OK, NULL, "the clocks of the nodes "
		    "agree");
}

static void
examine_own(struct doctor *d)
{
	struct node_seen s;

	if (examine(d, d->db, &s) && !d->is_call)
		doctor_find(d, FINDING_NOTE, "Name the other nodes in "
		    "[database] host, too, the nearest first.", "the settings "
		    "name one node: while it does not serve, nor does this "
		    "machine");
}

/* Not for a call: a responder that went to each node would take the time of
 * all of them. */
void
doctor_check_nodes(struct doctor *d)
{
	const struct db_settings *set = &d->settings->database;
	struct node_seen seen[NODES_MAX];
	struct node_list list;
	size_t n = 0;

	if (d->is_call || set->socket != NULL ||
	    node_list_read(set->host, (unsigned)set->port, &list) != NULL ||
	    list.n == 1) {
		examine_own(d);
		return;
	}
	for (size_t i = 0; i < list.n; i++)
		n += visit(d, &list.all[i], &seen[n]);
	compare_clocks(d, seen, n);
}
