/* SPDX-License-Identifier: MIT */
#include "sendd/shards.h"

#include <assert.h>

bool
shards_hold(const struct shards *s, unsigned shard, uint64_t epoch)
{
	return s->all[shard].mine && s->all[shard].epoch == epoch;
}

bool
shards_may_send(const struct shards *s, unsigned shard, uint64_t epoch,
    int64_t now_ms)
{
	return shards_hold(s, shard, epoch) && now_ms < s->all[shard].until_ms;
}

bool
shards_may_read(const struct shards *s, unsigned shard)
{
	return s->all[shard].mine && !s->all[shard].leaving;
}

unsigned
shards_fair_part(const struct instance_peers *peers, unsigned max)
{
	unsigned n = peers->sharing > 0 ? peers->sharing : 1;
	unsigned part = (OUTBOX_SHARDS + n - 1) / n;

	if (peers->draining && peers->sharing > 0)
		return 0;
	return part < max ? part : max;
}

bool
shards_should_take(const struct shards *s, unsigned shard, unsigned want,
    const struct shard_state *seen, uint64_t earlier)
{
	if (s->all[shard].mine || s->n_mine >= want)
		return false;
	return seen->free || seen->mine ||
	    (earlier != 0 && seen->incarnation == earlier);
}

size_t
shards_surplus(struct shards *s, unsigned want,
    const unsigned in_hand[OUTBOX_SHARDS], struct lease list[OUTBOX_SHARDS])
{
	unsigned over = s->n_mine > want ? s->n_mine - want : 0;
	size_t n = 0;

	for (unsigned i = OUTBOX_SHARDS; i-- > 0;) {
		struct shard *h = &s->all[i];

		h->leaving = h->mine && over > 0;
		if (!h->leaving)
			continue;
		over--;
		if (in_hand[i] == 0)
			list[n++] = (struct lease){i, h->epoch};
	}
	return n;
}

size_t
shards_leases(const struct shards *s, struct lease list[OUTBOX_SHARDS])
{
	size_t n = 0;

	for (unsigned i = 0; i < OUTBOX_SHARDS; i++)
		if (s->all[i].mine)
			list[n++] = (struct lease){i, s->all[i].epoch};
	return n;
}

bool
shards_is_lost(const struct shards *s, unsigned shard,
    const struct shard_state *seen, uint64_t incarnation)
{
	return s->all[shard].mine && (seen->incarnation != incarnation ||
	    seen->epoch != s->all[shard].epoch);
}

/* --- answers of the database ------------------------------------------ */

void
shards_taken(struct shards *s, unsigned shard, uint64_t epoch,
    int64_t until_ms)
{
	assert(!s->all[shard].mine);
	s->all[shard] = (struct shard){.mine = true, .epoch = epoch,
	    .until_ms = until_ms};
	s->n_mine++;
}

void
shards_renewed(struct shards *s, const struct lease *list, size_t n,
    int64_t until_ms)
{
	for (size_t i = 0; i < n; i++)
		if (shards_hold(s, list[i].shard, list[i].epoch))
			s->all[list[i].shard].until_ms = until_ms;
}

void
shards_gone(struct shards *s, unsigned shard)
{
	assert(s->all[shard].mine);
	s->all[shard].mine = s->all[shard].leaving = false;
	s->n_mine--;
	s->losses++;
}
