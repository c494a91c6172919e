/* SPDX-License-Identifier: MIT */
#include "sendd/leases.h"

#include "lib/clock.h"
#include "lib/log.h"

#define TICK_MAX_MS 2000

static void
lose_shard(struct leases *l, unsigned shard)
{
	log_warn("shard %u was taken over", shard);
	shards_gone(l->shards, shard);
	queue_drop_shard(l->queue, shard);
}

const struct err *
leases_check(struct leases *l)
{
	struct shard_state seen[OUTBOX_SHARDS];
	const struct err *e = shard_list(l->db, l->identity->self.id, seen);

	if (e != NULL)
		return e;
	for (unsigned i = 0; i < OUTBOX_SHARDS; i++)
		if (shards_is_lost(
			l->shards, i, &seen[i], l->identity->self.id))
			lose_shard(l, i);
	return NULL;
}

static const struct err *
renew_leases(struct leases *l)
{
	struct lease list[OUTBOX_SHARDS];
	int64_t before = clock_mono_ms();
	size_t kept, n = shards_leases(l->shards, list);
	const struct err *e;

	if (n == 0)
		return NULL;
	e = shard_renew(l->db, l->identity->self.id,
	    l->settings->sendd.lease_ms, list, n, &kept);
	if (e == NULL && kept != n)
		e = leases_check(l);
	if (e == NULL)
		shards_renewed(l->shards, list, n,
		    before + l->settings->sendd.lease_ms);
	return e;
}

static const struct err *
take_shard(struct leases *l, unsigned shard, uint64_t epoch)
{
	int64_t before = clock_mono_ms();
	bool taken = false;
	const struct err *e = shard_take(l->db, &l->identity->self,
	    l->settings->sendd.lease_ms, shard, epoch, &taken);

	if (e != NULL || !taken)
		return e;
	shards_taken(l->shards, shard, epoch + 1,
	    before + l->settings->sendd.lease_ms);
	scan_look(l->scan, shard);
	return NULL;
}

static const struct err *
take_shards(struct leases *l, unsigned want)
{
	struct shard_state seen[OUTBOX_SHARDS];
	const struct err *e = shard_list(l->db, l->identity->self.id, seen);
	unsigned had = l->shards->n_mine;

	for (unsigned i = 0; e == NULL && i < OUTBOX_SHARDS; i++)
		if (shards_should_take(l->shards, i, want, &seen[i],
			l->identity->earlier))
			e = take_shard(l, i, seen[i].epoch);
	if (l->shards->n_mine != had)
		log_notice("shards %u of %u", l->shards->n_mine,
		    OUTBOX_SHARDS);
	return e;
}

const struct err *
leases_take(struct leases *l, const bool wanted[OUTBOX_SHARDS])
{
	struct shard_state seen[OUTBOX_SHARDS];
	const struct err *e = shard_list(l->db, l->identity->self.id, seen);

	for (unsigned i = 0; e == NULL && i < OUTBOX_SHARDS; i++)
		if (wanted[i] && shards_should_take(l->shards, i,
			OUTBOX_SHARDS, &seen[i], 0))
			e = take_shard(l, i, seen[i].epoch);
	return e;
}

static const struct err *
give_shards(struct leases *l, unsigned want)
{
	struct lease list[OUTBOX_SHARDS];
	unsigned in_hand[OUTBOX_SHARDS];
	const struct err *e;
	size_t n;

	for (unsigned i = 0; i < OUTBOX_SHARDS; i++)
		in_hand[i] = queue_in_shard(l->queue, i);
	n = shards_surplus(l->shards, want, in_hand, list);
	if ((e = shard_free(l->db, l->identity->self.id, list, n)) != NULL)
		return e;
	for (size_t i = 0; i < n; i++)
		shards_gone(l->shards, list[i].shard);
	if (n > 0)
		log_notice("shards %u of %u", l->shards->n_mine,
		    OUTBOX_SHARDS);
	return NULL;
}

static int64_t
alive_ms(const struct leases *l)
{
	return l->alive_ms > 0 ? l->alive_ms : l->settings->sendd.lease_ms;
}

/* If this sendd was silent until another sendd has taken its name, it must end:
 * two of them may never work under one name. */
static const struct err *
beat(struct leases *l, const char *figures, struct instance_peers *peers)
{
	bool lost = false;
	const struct err *e = instance_beat(l->db, &l->identity->self, figures,
	    alive_ms(l), &lost, peers);

	if (lost && !l->usurped)
		log_err("another sendd works as \"%s\" now: this one ends",
		    QUOTED(l->identity->self.name));
	l->usurped |= lost;
	return e;
}

bool
leases_are_due(const struct leases *l)
{
	return clock_mono_ms() >= l->due_ms;
}

/* Often enough that a lost shard is seen and a free one found. */
static void
tick_again(struct leases *l, int64_t now_ms)
{
	int64_t part = l->settings->sendd.lease_ms / 5;

	l->due_ms = now_ms + (part < TICK_MAX_MS ? part : TICK_MAX_MS);
}

const struct err *
leases_renew(struct leases *l)
{
	int64_t now = clock_mono_ms();
	const struct err *e = renew_leases(l);

	if (e == NULL)
		tick_again(l, now);
	return e;
}

const struct err *
leases_tick(struct leases *l, const char *figures)
{
	int64_t now = clock_mono_ms();
	const struct err *e;
	struct instance_peers peers = {.sharing = 1};
	unsigned want;

	if ((e = renew_leases(l)) == NULL)
		e = beat(l, figures, &peers);
	want = shards_fair_part(&peers,
	    (unsigned)l->settings->sendd.shards_max);
	if (e == NULL)
		e = give_shards(l, want);
	if (e == NULL && l->shards->n_mine < want)
		e = take_shards(l, want);
	if (e == NULL)
		tick_again(l, now);
	return e;
}

const struct err *
leases_leave(struct leases *l)
{
	struct lease list[OUTBOX_SHARDS];
	const struct err *e = shard_free(l->db, l->identity->self.id, list,
	    shards_leases(l->shards, list));

	return e != NULL ? e : instance_leave(l->db, &l->identity->self,
	    alive_ms(l));
}
