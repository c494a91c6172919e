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

uint64_t
shards_mask(const struct shards *s, int64_t now_ms)
{
	uint64_t mask = 0;

	for (unsigned i = 0; i < OUTBOX_SHARDS; i++)
		if (shards_may_send(s, i, s->all[i].epoch, now_ms))
			mask |= UINT64_C(1) << i;
	return mask;
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

/* --- watching --------------------------------------------------------- */

/* until_ms: programs of before version 18 move nothing else. */
static bool
is_unmoved(const struct shard_state *a, const struct shard_state *b)
{
	return a->incarnation == b->incarnation && a->epoch == b->epoch &&
	    a->renewals == b->renewals && a->until_ms == b->until_ms;
}

void
shards_see(struct shards *s, const struct shard_state seen[OUTBOX_SHARDS],
    int64_t now_ms)
{
	for (unsigned i = 0; i < OUTBOX_SHARDS; i++) {
		struct shard *h = &s->all[i];

		if (!is_unmoved(&h->seen, &seen[i]))
			h->changed_ms = now_ms;
		h->seen = seen[i];
	}
}

/* Steady clocks of two machines may differ by far less than a hundredth. */
bool
shards_is_free(const struct shards *s, unsigned shard, const struct taker *t)
{
	const struct shard *h = &s->all[shard];
	int64_t ms = h->seen.lease_ms > 0 ? h->seen.lease_ms : t->lease_ms;

	return h->seen.incarnation == 0 ||
	    t->now_ms - h->changed_ms >= ms + ms / 100;
}

bool
shards_should_take(const struct shards *s, unsigned shard, unsigned want,
    const struct taker *t)
{
	uint64_t owner = s->all[shard].seen.incarnation;

	if (s->all[shard].mine || s->n_mine >= want)
		return false;
	return owner == t->self || (t->earlier != 0 && owner == t->earlier) ||
	    shards_is_free(s, shard, t);
}

/* --- giving back, losing ---------------------------------------------- */

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
shards_is_lost(const struct shards *s, unsigned shard, uint64_t self)
{
	const struct shard *h = &s->all[shard];

	return h->mine && (h->seen.incarnation != self ||
	    h->seen.epoch != h->epoch);
}

/* --- answers of the database ------------------------------------------ */

void
shards_taken(struct shards *s, unsigned shard, uint64_t epoch,
    int64_t until_ms)
{
	struct shard *h = &s->all[shard];

	assert(!h->mine);
	h->mine = true;
	h->leaving = false;
	h->epoch = epoch;
	h->until_ms = until_ms;
	s->n_mine++;
}

void
shards_renewed(struct shards *s, const struct lease *list, size_t n,
    int64_t until_ms)
{
	for (size_t i = 0; i < n; i++)
		if (shards_hold(s, list[i].shard, list[i].epoch) &&
		    s->all[list[i].shard].until_ms < until_ms)
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
