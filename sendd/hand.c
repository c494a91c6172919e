/* SPDX-License-Identifier: MIT */
/* What is in hand, found by id: a row that is read again while it is here
 * must not be sent twice. */
#include "sendd/sendd.h"

#include <stdlib.h>

#include "lib/clock.h"
#include "lib/mem.h"

static struct item **
bucket(const struct sendd *s, uint64_t id)
{
	/* ids count up: the low bits spread well enough */
	return &s->table[id & (s->table_size - 1)];
}

struct item *
hand_find(const struct sendd *s, uint64_t id)
{
	struct item *i = *bucket(s, id);

	while (i != NULL && i->row.key.id != id)
		i = i->next_hash;
	return i;
}

bool
hand_has(const struct sendd *s, uint64_t id)
{
	return hand_find(s, id) != NULL;
}

void
hand_wait(struct credential *c, struct item *i)
{
	items_add(&c->waiting[i->row.key.lane], i);
	i->waits = true;
}

void
hand_wait_again(struct credential *c, struct item *i)
{
	items_push(&c->waiting[i->row.key.lane], i);
	i->waits = true;
}

struct item *
hand_next(struct credential *c, unsigned lane)
{
	struct item *i = items_take(&c->waiting[lane]);

	if (i != NULL)
		i->waits = false;
	return i;
}

void
hand_add(struct sendd *s, struct item *i)
{
	struct item **b = bucket(s, i->row.key.id);

	i->next_hash = *b;
	*b = i;
	s->in_hand++;
	s->shards[i->row.key.shard].in_hand++;
	s->shards[i->row.key.shard].lanes[i->row.key.lane].in_hand++;
}

void
hand_drop(struct sendd *s, struct item *i)
{
	struct item **at = bucket(s, i->row.key.id);

	while (*at != i)
		at = &(*at)->next_hash;
	*at = i->next_hash;
	s->in_hand--;
	s->shards[i->row.key.shard].in_hand--;
	s->shards[i->row.key.shard].lanes[i->row.key.lane].in_hand--;
	item_free(i);
}

void
hand_bury(struct sendd *s, struct item *i)
{
	if (db_worker_is_idle(s->reader))
		hand_drop(s, i);
	else
		items_add(&s->graves, i);
}

/* Those of a shard, or all (-1). */
static void
drop_listed(struct sendd *s, struct items *list, int shard)
{
	struct items kept = *list;
	struct item *i;

	items_init(list);
	if (kept.first == NULL)
		return;
	while ((i = items_take(&kept)) != NULL)
		if (shard < 0 || i->row.key.shard == (unsigned)shard)
			hand_drop(s, i);
		else
			items_add(list, i);
}

void
hand_drop_waiting(struct sendd *s, int shard)
{
	for (struct credential *c = s->credentials.first; c != NULL;
	     c = c->next)
		for (int lane = 0; lane < OUTBOX_LANES; lane++)
			drop_listed(s, &c->waiting[lane], shard);
	drop_listed(s, &s->due, shard);
	/* else those are dropped when they have been compared, and counted
	 * as such by their credentials until then */
	if (shard < 0)
		drop_listed(s, &s->aside, shard);
}

bool
hand_owns(const struct sendd *s, const struct item *i)
{
	const struct shard_hand *h = &s->shards[i->row.key.shard];

	return h->mine && h->epoch == i->epoch &&
	    clock_mono_ms() < h->until_ms;
}
