/* SPDX-License-Identifier: MIT */
#include "sendd/siblings.h"

static const struct sibling *
find_sibling(const struct siblings *p, uint64_t incarnation)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->list[i].seen.incarnation == incarnation)
			return &p->list[i];
	return NULL;
}

/* One that appears after the first look has just begun. */
static int64_t
moved_ms(const struct siblings *p, const struct heartbeat *h, int64_t now_ms,
    int64_t within_ms)
{
	const struct sibling *before = find_sibling(p, h->incarnation);

	if (before == NULL)
		return p->looked ? now_ms : 0;
	if (before->seen.beats != h->beats)
		return now_ms;
	return now_ms - before->moved_ms < within_ms ? before->moved_ms : 0;
}

void
siblings_see(struct siblings *p, const struct heartbeat *list, size_t n,
    int64_t now_ms, int64_t within_ms)
{
	struct siblings now = {.n = n, .looked = true};

	for (size_t i = 0; i < n; i++)
		now.list[i] = (struct sibling){list[i],
		    moved_ms(p, &list[i], now_ms, within_ms)};
	*p = now;
}

static bool
owns_shard(const struct shards *s, const struct taker *t, uint64_t incarnation)
{
	for (unsigned i = 0; i < OUTBOX_SHARDS; i++)
		if (s->all[i].seen.incarnation == incarnation &&
		    !shards_is_free(s, i, t))
			return true;
	return false;
}

struct instance_peers
siblings_share(const struct siblings *p, const struct shards *s,
    const struct taker *t)
{
	struct instance_peers peers = {0, false};
	bool is_known = false;

	for (size_t i = 0; i < p->n; i++) {
		const struct sibling *x = &p->list[i];
		bool is_self = x->seen.incarnation == t->self;

		is_known |= is_self;
		peers.draining |= is_self && x->seen.draining;
		peers.sharing += !x->seen.draining && (is_self ||
		    x->moved_ms != 0 ||
		    owns_shard(s, t, x->seen.incarnation));
	}
	peers.sharing += !is_known;
	return peers;
}
