/* SPDX-License-Identifier: MIT */
/*
 * Which shards are ours, as a data structure alone: leases.c speaks to the
 * database and notes here what it heard; the time is an argument. Each
 * instance aims at its even part of the shards. One that has too few takes
 * what is free; one that has too many gives a shard back once nothing of it
 * is in hand.
 *
 * Times are monotonic, in ms. By our own clock a lease ends earlier than by
 * the database's: it is counted from before the renewal was asked for.
 */
#ifndef SENDD_SHARDS_H
#define SENDD_SHARDS_H

#include "db/shard.h"

struct shard {
	bool mine;
	bool leaving; /* one too many: no more of its rows are read */
	uint64_t epoch;
	int64_t until_ms; /* sending stops here */
};

struct shards {
	struct shard all[OUTBOX_SHARDS];
	unsigned n_mine;
	uint64_t losses; /* how often one of ours was given back or lost */
};

/* Is the shard ours, under that epoch? */
bool shards_hold(const struct shards *s, unsigned shard, uint64_t epoch);

/* The same, and the lease has not ended: rows read under it may be sent. */
bool shards_may_send(const struct shards *s, unsigned shard, uint64_t epoch,
    int64_t now_ms);

/* May rows be read from the shard: is it ours, and not leaving? */
bool shards_may_read(const struct shards *s, unsigned shard);

/* The even part of the shards for each instance that shares them, rounded up,
 * at most `max`. One that is draining has none while others are there, and all
 * of them else: what is due is delivered by somebody. */
unsigned shards_fair_part(const struct instance_peers *peers, unsigned max);

/* Must this shard, as the database has returned it, be taken? Yes while we have
 * fewer than `want`, if it is free, or the database has it as ours (the answer
 * to its taking was lost), or `earlier`, an ended incarnation of this sendd,
 * has left it (0: there is none). */
bool shards_should_take(const struct shards *s, unsigned shard, unsigned want,
    const struct shard_state *seen, uint64_t earlier);

/* Mark those above `want` as leaving, and no others. List the ones of which
 * nothing is in hand: they can be given back. */
size_t shards_surplus(struct shards *s, unsigned want,
    const unsigned in_hand[OUTBOX_SHARDS], struct lease list[OUTBOX_SHARDS]);

/* List all that are ours. */
size_t shards_leases(const struct shards *s, struct lease list[OUTBOX_SHARDS]);

/* Does another sendd own this shard of ours by now, as the database has it? */
bool shards_is_lost(const struct shards *s, unsigned shard,
    const struct shard_state *seen, uint64_t incarnation);

/* --- answers of the database ------------------------------------------ */

void shards_taken(struct shards *s, unsigned shard, uint64_t epoch,
    int64_t until_ms);

/* Record a renewal. A shard that was taken over meanwhile is not renewed. */
void shards_renewed(struct shards *s, const struct lease *list, size_t n,
    int64_t until_ms);

/* The shard was released, or taken over. */
void shards_gone(struct shards *s, unsigned shard);

#endif
