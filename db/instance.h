/* SPDX-License-Identifier: MIT */
/*
 * The sendd instances: each has a row under its name, with heartbeat and
 * figures. The row belongs to one incarnation of the instance, identified by a
 * random number that is drawn at its start. Two machines with one name would
 * deliver each other's shards in turns; so a name is taken while the counter
 * of its heartbeat grows. The counter decides, no clock does.
 */
#ifndef DB_INSTANCE_H
#define DB_INSTANCE_H

#include "db/db.h"
#include "db/ring_keys.h"
#include "lib/arena.h"

#define INSTANCE_NAME 65 /* bytes with NUL */
#define INSTANCE_HOST 256
#define INSTANCE_ERRAND SQL_ERRAND /* in the name of an errand */
#define INSTANCE_FIGURES_DEPTH 8 /* of their JSON, at most */

struct incarnation {
	char name[INSTANCE_NAME];
	uint64_t id; /* 0: none */
	uint64_t beats;
	char host[INSTANCE_HOST];
	unsigned pid;
	unsigned char ring_key[RING_KEY]; /* known of ourselves only */
};

/* The incarnation that has this name now; id 0: none. */
const struct err *instance_look(struct db *db, const char *name,
    struct incarnation *out);

/* Take the name over from that incarnation (id 0: from none). *done is false
 * when another incarnation has taken it meanwhile. */
const struct err *instance_claim(struct db *db,
    const struct incarnation *self, uint64_t instead, bool *done);

/* Who shares the shards: of the instances that run, those that are not
 * draining, with this one or, if it is draining, without it. */
struct instance_peers {
	unsigned sharing;
	bool draining;
};

/* Write the heartbeat with figures (JSON text), and how far the clock of this
 * node is ahead (sendd/skew.h). *lost: another incarnation has the name. */
const struct err *instance_beat(struct db *db, const struct incarnation *self,
    const char *figures, int64_t skew_ms, bool *lost);

/* The latest heartbeats of the incarnations that have not ended. Whoever reads
 * them twice sees which of them still move (sendd/siblings.h). */
#define HEARTBEATS_MAX 256
_Static_assert(HEARTBEATS_MAX == SQL_BEATS_READ, "as in sql.h");
struct heartbeat {
	uint64_t incarnation, beats;
	bool draining;
	int64_t clock_ms;   /* of its node, when it was written */
	char node[DB_NODE]; /* "": there is no cluster */
};
struct heartbeats {
	struct heartbeat list[HEARTBEATS_MAX];
	size_t n;
	int64_t clock_ms; /* of our node, when they were read */
	char node[DB_NODE];
};
const struct err *instance_beats(struct db *db, struct heartbeats *out);

/* Mark the instance as ended and free its name. It stays in the list for a
 * day, so that monitoring sees that it has ended. */
const struct err *instance_leave(struct db *db,
    const struct incarnation *self, int64_t lease_ms);

/* Was a sendd that is no errand seen within a lease, by the clock of this
 * node? */
const struct err *instance_daemon(struct db *db, int64_t lease_ms,
    bool *alive);

/* An operator wants the instance to give its shards to the others, and to take
 * none, until he says otherwise or it starts anew. *found: it has a row. */
const struct err *instance_drain(struct db *db, const char *name,
    bool draining, bool *found);

/* --- looking ---------------------------------------------------------- */

struct instance {
	const char *name, *figures;
	int64_t started_ms, seen_ms, now_ms; /* database time */
	unsigned shards;
	bool draining;
	bool runs; /* it has not said that it ends */
	const char *host;
};

/* How long heartbeats may be missing, by the lease: well before others may take
 * what is leased, and not for a mere hiccup. */
int64_t instance_silent_after_ms(int64_t lease_ms);

/* Have they been missing for so long? It is cut off from the database since
 * seen_ms then, or hangs, or has been killed. */
bool instance_is_silent(const struct instance *i, int64_t lease_ms);

const struct err *instance_list(struct db *db, struct arena *a,
    struct instance **list, size_t *n);

#endif
