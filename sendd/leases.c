/* SPDX-License-Identifier: MIT */
/*
 * Which shards are ours. Each instance aims at its even part of those alive;
 * a free shard is taken by whoever has too few, one who has too many gives
 * some back once nothing of them is in hand. By our own clock a lease ends
 * earlier than by the database's: we count from before the renewal.
 */
#include "sendd/sendd.h"

#include <stdio.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "sendd/report.h"

static size_t
ours(const struct sendd *s, struct lease list[OUTBOX_SHARDS])
{
	size_t n = 0;

	for (unsigned i = 0; i < OUTBOX_SHARDS; i++)
		if (s->shards[i].mine)
			list[n++] = (struct lease){i, s->shards[i].epoch};
	return n;
}

static void
lose(struct sendd *s, unsigned shard)
{
	log_warn("shard %u was taken over", shard);
	s->shards[shard].mine = false;
	s->shards[shard].leaving = false;
	s->n_mine--;
	hand_drop_waiting(s, (int)shard);
}

const struct err *
leases_check(struct sendd *s)
{
	struct shard_state list[OUTBOX_SHARDS];
	const struct err *e = shard_list(s->db, s->self.id, list);

	if (e != NULL)
		return e;
	for (unsigned i = 0; i < OUTBOX_SHARDS; i++)
		if (s->shards[i].mine &&
		    (list[i].incarnation != s->self.id ||
			list[i].epoch != s->shards[i].epoch))
			lose(s, i);
	return NULL;
}

static const struct err *
renew(struct sendd *s)
{
	struct lease list[OUTBOX_SHARDS];
	int64_t before = clock_mono_ms();
	size_t kept, n = ours(s, list);
	const struct err *e;

	if (n == 0)
		return NULL;
	e = shard_renew(s->db, s->self.id, s->settings.sendd.lease_ms, list, n,
	    &kept);
	if (e == NULL && kept != n)
		e = leases_check(s);
	if (e != NULL)
		return e;
	for (size_t i = 0; i < n; i++)
		s->shards[list[i].shard].until_ms =
		    before + s->settings.sendd.lease_ms;
	return NULL;
}

/* Our even part, rounded up, within shards_max. */
static unsigned
fair_part(const struct sendd *s, unsigned alive)
{
	unsigned part = (OUTBOX_SHARDS + alive - 1) / (alive > 0 ? alive : 1);

	return part < (unsigned)s->settings.sendd.shards_max
	    ? part
	    : (unsigned)s->settings.sendd.shards_max;
}

static const struct err *
take(struct sendd *s, unsigned shard, uint64_t epoch)
{
	int64_t before = clock_mono_ms();
	struct shard_hand *h = &s->shards[shard];
	bool taken = false;
	const struct err *e = shard_take(s->db, &s->self,
	    s->settings.sendd.lease_ms, shard, epoch, &taken);

	if (e != NULL || !taken)
		return e;
	h->mine = true;
	h->leaving = false;
	h->look = true;
	h->epoch = epoch + 1;
	h->until_ms = before + s->settings.sendd.lease_ms;
	s->n_mine++;
	return NULL;
}

/* Also one that we do not know to hold: the answer to its taking was lost;
 * and what an earlier life has left that is certainly over. */
static const struct err *
take_some(struct sendd *s, unsigned want)
{
	struct shard_state list[OUTBOX_SHARDS];
	const struct err *e = shard_list(s->db, s->self.id, list);
	unsigned had = s->n_mine;

	for (unsigned i = 0; e == NULL && i < OUTBOX_SHARDS; i++)
		if (!s->shards[i].mine && s->n_mine < want &&
		    (list[i].free || list[i].mine ||
			(s->earlier != 0 &&
			    list[i].incarnation == s->earlier)))
			e = take(s, i, list[i].epoch);
	if (s->n_mine != had)
		log_notice("shards %u of %u", s->n_mine, OUTBOX_SHARDS);
	return e;
}

static const struct err *
give_some(struct sendd *s, unsigned want)
{
	struct lease list[OUTBOX_SHARDS];
	unsigned over = s->n_mine > want ? s->n_mine - want : 0;
	const struct err *e;
	size_t n = 0;

	for (int i = OUTBOX_SHARDS - 1; i >= 0; i--) {
		struct shard_hand *h = &s->shards[i];

		h->leaving = h->mine && over > 0;
		if (!h->leaving)
			continue;
		over--;
		if (h->in_hand == 0)
			list[n++] = (struct lease){(unsigned)i, h->epoch};
	}
	if ((e = shard_free(s->db, s->self.id, list, n)) != NULL)
		return e;
	for (size_t i = 0; i < n; i++) {
		s->shards[list[i].shard].mine = false;
		s->shards[list[i].shard].leaving = false;
		s->n_mine--;
	}
	if (n > 0)
		log_notice("shards %u of %u", s->n_mine, OUTBOX_SHARDS);
	return NULL;
}

/* Who was silent for so long that another took its name ends: two that go on
 * under one name are what this is against. */
static const struct err *
beat(struct sendd *s, unsigned *alive)
{
	struct buf figures = BUF(4096);
	const struct err *e;
	bool lost = false;

	report_figures(s, &figures);
	e = instance_beat(s->db, &s->self, buf_str(&figures),
	    s->settings.sendd.lease_ms, &lost, alive);
	buf_done(&figures);
	if (lost && !s->usurped)
		log_err("another sendd works as \"%s\" now: this one ends",
		    QUOTED(s->self.name));
	s->usurped |= lost;
	s->stopping |= lost;
	return e;
}

const struct err *
leases_tick(struct sendd *s)
{
	int64_t now = clock_mono_ms(), lease = s->settings.sendd.lease_ms;
	const struct err *e;
	unsigned alive = 1;

	if (now < s->leases_due_ms)
		return NULL;
	if ((e = renew(s)) == NULL)
		e = beat(s, &alive);
	if (e != NULL || (e = give_some(s, fair_part(s, alive))) != NULL ||
	    (e = report_write(s)) != NULL)
		return e;
	if (s->n_mine < fair_part(s, alive) &&
	    (e = take_some(s, fair_part(s, alive))) != NULL)
		return e;
	/* often enough that a lost shard is seen and a free one found */
	s->leases_due_ms = now + (lease / 5 < 2000 ? lease / 5 : 2000);
	return NULL;
}

void
leases_leave(struct sendd *s)
{
	struct lease list[OUTBOX_SHARDS];
	const struct err *e = report_write(s);

	if (e == NULL)
		e = shard_free(s->db, s->self.id, list, ours(s, list));
	if (e == NULL)
		e = instance_leave(s->db, &s->self,
		    s->settings.sendd.lease_ms);
	if (e != NULL)
		log_warn("cannot give the shards back: %s", e->text);
}
