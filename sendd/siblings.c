/* SPDX-License-Identifier: MIT */
#include "sendd/siblings.h"

#include <string.h>

static const struct sibling *
find_sibling(const struct siblings *p, uint64_t incarnation)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->list[i].seen.incarnation == incarnation)
			return &p->list[i];
	return NULL;
}

static bool
is_same_node(const struct siblings *p, const struct sibling *before,
    const struct heartbeats *seen, const struct heartbeat *h)
{
	return strcmp(before->seen.node, h->node) == 0 &&
	    strcmp(p->node, seen->node) == 0;
}

/* One that appears after the first look has just begun. */
static void
follow(struct sibling *x, const struct siblings *p,
    const struct heartbeats *seen, int64_t now_ms, int64_t within_ms)
{
	const struct sibling *before = find_sibling(p, x->seen.incarnation);

	if (before == NULL) {
		x->moved_ms = p->clock_ms != 0 ? now_ms : 0;
		return;
	}
	if (is_same_node(p, before, seen, &x->seen))
		x->skew = before->skew;
	if (before->seen.beats != x->seen.beats) {
		x->moved_ms = now_ms;
		skew_note(&x->skew, x->seen.clock_ms, p->clock_ms,
		    seen->clock_ms);
	} else if (now_ms - before->moved_ms < within_ms) {
		x->moved_ms = before->moved_ms;
	}
}

void
siblings_see(struct siblings *p, const struct heartbeats *seen, int64_t now_ms,
    int64_t within_ms)
{
	struct siblings now = {.n = seen->n, .clock_ms = seen->clock_ms};

	memcpy(now.node, seen->node, sizeof now.node);
	for (size_t i = 0; i < seen->n; i++) {
		now.list[i].seen = seen->list[i];
		follow(&now.list[i], p, seen, now_ms, within_ms);
	}
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

/* --- clocks ----------------------------------------------------------- */

static bool
measures_node(const struct sibling *x, const char *node)
{
	return x->moved_ms != 0 && x->skew.known &&
	    strcmp(x->seen.node, node) == 0;
}

/* The first of each node speaks for it; ours is no other's. */
static bool
speaks_for_node(const struct siblings *p, size_t i)
{
	const char *node = p->list[i].seen.node;

	if (!measures_node(&p->list[i], node) || strcmp(node, p->node) == 0)
		return false;
	for (size_t k = 0; k < i; k++)
		if (measures_node(&p->list[k], node))
			return false;
	return true;
}

int64_t
siblings_skew(const struct siblings *p)
{
	int64_t list[1 + HEARTBEATS_MAX];
	size_t n = 0;

	if (p->node[0] == '\0')
		return 0;
	list[n++] = 0; /* our own */
	for (size_t i = 0; i < p->n; i++)
		if (speaks_for_node(p, i))
			list[n++] = skew_sure(&p->list[i].skew);
	return -skew_middle(list, n);
}
