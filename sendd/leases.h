/* SPDX-License-Identifier: MIT */
/*
 * The database part of our leases: renew, take, release, and the heartbeat.
 * shards.c decides which shards to take and to release. A db_worker of their
 * own asks the database, so that no other work keeps a lease from its renewal:
 * one task looks, and another one then changes what is to be changed.
 */
#ifndef SENDD_LEASES_H
#define SENDD_LEASES_H

#include "core/settings.h"
#include "db/node.h"
#include "sendd/claim.h"
#include "sendd/cut_off.h"
#include "sendd/db_tasks.h"
#include "sendd/scan.h"
#include "sendd/siblings.h"

struct leases {
	const struct settings *settings;
	struct db_tasks tasks;
	const struct identity *identity;
	struct shards *shards;
	struct siblings *siblings;
	struct queue *queue; /* items of a lost shard are dropped */
	struct scan *scan;   /* a shard that was taken is read */
	struct cut_off cut_off;
	char node[NODE_NAME]; /* that has answered last, for people */
	int64_t skew_ms; /* how far our node's clock is ahead of the others' */
	int64_t due_ms;	     /* monotonic */
	/* how long others take us for alive after a heartbeat; 0: a lease */
	int64_t alive_ms;
	bool doubted; /* a fence has found one lost: no look has found which */
	bool usurped; /* another sendd has the name: this one must end */
};

/* Is a renewal due, and none under way? */
bool leases_are_due(const struct leases *l);

/* When leases_run or leases_are_due has something to do: monotonic, in ms. */
int64_t leases_due_ms(const struct leases *l);

/* Renew our leases; the next renewal is due in time. */
void leases_renew(struct leases *l);

/* Renew, and take those of the wanted shards that are free. */
void leases_take(struct leases *l, const bool wanted[OUTBOX_SHARDS]);

/* Renew, release and take leases, and write the heartbeat with these figures.
 */
void leases_beat(struct leases *l, const char *figures);

/* Take in what the database has answered. */
const struct err *leases_run(struct leases *l);

/* The fence of a transaction has found that a shard is lost: look which. */
void leases_check(struct leases *l);

/* Is it known which shards are ours? Until then a fence would fail again. */
bool leases_are_known(const struct leases *l);

/* Has no look been answered that began within three seconds, though there is
 * one every two? now_ms is monotonic. */
bool leases_are_late(const struct leases *l, int64_t now_ms);

/* Release all leases at the end of the process. */
void leases_leave(struct leases *l);

#endif
