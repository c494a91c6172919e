/* SPDX-License-Identifier: MIT */
/*
 * Which shards are ours, and which are free, as a data structure alone:
 * leases.c speaks to the database and notes here what it heard; the time is an
 * argument. Each instance aims at its even part of the shards. One that has too
 * few takes what is free; one that has too many gives a shard back once nothing
 * of it is in hand.
 *
 * A lease is over when its row has not changed for as long as it lasts, by our
 * own steady clock. What any database's clock says plays no part, for a
 * cluster has as many as nodes. The owner counts from before it has asked for a
 * renewal, and we from after we have seen it: so it stops before we begin.
 *
 * Times are monotonic, in ms.
 */
#ifndef SENDD_SHARDS_H
#define SENDD_SHARDS_H

#include "db/shard.h"

struct shard {
	bool mine;
	bool leaving; /* one too many: no more of its rows are read */
	uint64_t epoch;
	int64_t until_ms; /* sending stops here */
	struct shard_state seen; /* as the database had it last */
	int64_t changed_ms;	 /* since then it has it so, as we know */
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

/* A bit for each shard that is ours and whose lease has not ended, the lowest
 * for the first one. */
uint64_t shards_mask(const struct shards *s, int64_t now_ms);

/* The even part of the shards for each instance that shares them, rounded up,
 * at most `max`. One that is draining has none while others are there, and all
 * of them else: what is due is delivered by somebody. */
unsigned shards_fair_part(const struct instance_peers *peers, unsigned max);

/* Note what the database has; now_ms: after the answer. */
void shards_see(struct shards *s, const struct shard_state seen[OUTBOX_SHARDS],
    int64_t now_ms);

/* Who asks, and when. */
struct taker {
	uint64_t self;	  /* our incarnation */
	uint64_t earlier; /* an ended one of this sendd; 0: there is none */
	int64_t lease_ms; /* of a lease that does not tell how long it lasts */
	int64_t now_ms;
};

/* Is the shard free, as it was seen: released, or its lease is over? */
bool shards_is_free(const struct shards *s, unsigned shard,
    const struct taker *t);

/* Must this shard be taken? Yes while we have fewer than `want`, if it is free,
 * or the database has it as ours (the answer to its taking was lost), or as our
 * earlier incarnation's. */
bool shards_should_take(const struct shards *s, unsigned shard, unsigned want,
    const struct taker *t);

/* Mark those above `want` as leaving, and no others. List the ones of which
 * nothing is in hand: they can be given back. */
size_t shards_surplus(struct shards *s, unsigned want,
    const unsigned in_hand[OUTBOX_SHARDS], struct lease list[OUTBOX_SHARDS]);

/* List all that are ours. */
size_t shards_leases(const struct shards *s, struct lease list[OUTBOX_SHARDS]);

/* Does another sendd own this shard of ours by now, as it was seen? */
bool shards_is_lost(const struct shards *s, unsigned shard, uint64_t self);

/* --- answers of the database ------------------------------------------ */

void shards_taken(struct shards *s, unsigned shard, uint64_t epoch,
    int64_t until_ms);

/* Record a renewal, unless a later one is known. A shard that was taken over
 * meanwhile is not renewed. */
void shards_renewed(struct shards *s, const struct lease *list, size_t n,
    int64_t until_ms);

/* The shard was released, or taken over. */
void shards_gone(struct shards *s, unsigned shard);

#endif
