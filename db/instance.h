/* SPDX-License-Identifier: MIT */
/*
 * The sendd instances: a row each, under its name, with heartbeat and
 * figures. The row belongs to one life of the instance, told by a number
 * drawn at its start: its incarnation. Two machines with one name would
 * deliver each other's shards in turns; so a name is another's while that
 * one's heartbeat is seen to move. By the row's values, not by any clock.
 */
#ifndef DB_INSTANCE_H
#define DB_INSTANCE_H

#include "db/db.h"
#include "lib/arena.h"

#define INSTANCE_NAME 65 /* bytes with NUL */
#define INSTANCE_HOST 256

struct incarnation {
	char name[INSTANCE_NAME];
	uint64_t id; /* 0: none */
	uint64_t beats;
	char host[INSTANCE_HOST];
	unsigned pid;
};

/* Who has that name now; id 0: nobody. */
const struct err *instance_look(struct db *db, const char *name,
    struct incarnation *out);

/* Put self in the place of that life, or of nobody (0). *done is false when
 * somebody else has it by now. */
const struct err *instance_claim(struct db *db,
    const struct incarnation *self, uint64_t instead, bool *done);

/* Heartbeat with figures (JSON text). *lost: the name is another's now.
 * *alive counts instances seen within a lease, this one included. */
const struct err *instance_beat(struct db *db, const struct incarnation *self,
    const char *figures, int64_t lease_ms, bool *lost, unsigned *alive);

/* It is not alive from now on and its name nobody's; it stays in the list for a
 * day, so that one who watches it sees that it is not. */
const struct err *instance_leave(struct db *db,
    const struct incarnation *self, int64_t lease_ms);

/* --- looking ---------------------------------------------------------- */

struct instance {
	const char *name, *figures;
	int64_t started_ms, seen_ms, now_ms; /* database time */
	unsigned shards;
};

const struct err *instance_list(struct db *db, struct arena *a,
    struct instance **list, size_t *n);

#endif
