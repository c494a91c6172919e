/* SPDX-License-Identifier: MIT */
/* The database's side of our leases; which ones to take and to give back is
 * decided in shards.c. */
#include "sendd/sendd.h"

#include <stdio.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "sendd/report.h"

static void
lose(struct sendd *s, unsigned shard)
{
	log_warn("shard %u was taken over", shard);
	shards_gone(&s->shards, shard);
	queue_drop_shard(&s->queue, shard);
}

const struct err *
leases_check(struct sendd *s)
{
	struct shard_state seen[OUTBOX_SHARDS];
	const struct err *e = shard_list(s->db, s->self.id, seen);

	if (e != NULL)
		return e;
	for (unsigned i = 0; i < OUTBOX_SHARDS; i++)
		if (shards_is_lost(&s->shards, i, &seen[i], s->self.id))
			lose(s, i);
	return NULL;
}

static const struct err *
renew(struct sendd *s)
{
	struct lease list[OUTBOX_SHARDS];
	int64_t before = clock_mono_ms();
	size_t kept, n = shards_leases(&s->shards, list);
	const struct err *e;

	if (n == 0)
		return NULL;
	e = shard_renew(s->db, s->self.id, s->settings.sendd.lease_ms, list, n,
	    &kept);
	if (e == NULL && kept != n)
		e = leases_check(s);
	if (e == NULL)
		shards_renewed(&s->shards, list, n,
		    before + s->settings.sendd.lease_ms);
	return e;
}

static const struct err *
take(struct sendd *s, unsigned shard, uint64_t epoch)
{
	int64_t before = clock_mono_ms();
	bool taken = false;
	const struct err *e = shard_take(s->db, &s->self,
	    s->settings.sendd.lease_ms, shard, epoch, &taken);

	if (e != NULL || !taken)
		return e;
	shards_taken(&s->shards, shard, epoch + 1,
	    before + s->settings.sendd.lease_ms);
	scan_look(&s->scan, shard);
	return NULL;
}

static const struct err *
take_some(struct sendd *s, unsigned want)
{
	struct shard_state seen[OUTBOX_SHARDS];
	const struct err *e = shard_list(s->db, s->self.id, seen);
	unsigned had = s->shards.n_mine;

	for (unsigned i = 0; e == NULL && i < OUTBOX_SHARDS; i++)
		if (shards_should_take(&s->shards, i, want, &seen[i],
			s->earlier))
			e = take(s, i, seen[i].epoch);
	if (s->shards.n_mine != had)
		log_notice("shards %u of %u", s->shards.n_mine,
		    OUTBOX_SHARDS);
	return e;
}

static const struct err *
give_some(struct sendd *s, unsigned want)
{
	struct lease list[OUTBOX_SHARDS];
	unsigned in_hand[OUTBOX_SHARDS];
	const struct err *e;
	size_t n;

	for (unsigned i = 0; i < OUTBOX_SHARDS; i++)
		in_hand[i] = queue_in_shard(&s->queue, i);
	n = shards_surplus(&s->shards, want, in_hand, list);
	if ((e = shard_free(s->db, s->self.id, list, n)) != NULL)
		return e;
	for (size_t i = 0; i < n; i++)
		shards_gone(&s->shards, list[i].shard);
	if (n > 0)
		log_notice("shards %u of %u", s->shards.n_mine,
		    OUTBOX_SHARDS);
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
	unsigned alive = 1, want;

	if (now < s->leases_due_ms)
		return NULL;
	if ((e = renew(s)) == NULL)
		e = beat(s, &alive);
	want = shards_fair_part(alive, (unsigned)s->settings.sendd.shards_max);
	if (e != NULL || (e = give_some(s, want)) != NULL ||
	    (e = report_write(s)) != NULL)
		return e;
	if (s->shards.n_mine < want && (e = take_some(s, want)) != NULL)
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
		e = shard_free(s->db, s->self.id, list,
		    shards_leases(&s->shards, list));
	if (e == NULL)
		e = instance_leave(s->db, &s->self,
		    s->settings.sendd.lease_ms);
	if (e != NULL)
		log_warn("cannot give the shards back: %s", e->text);
}
