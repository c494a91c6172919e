/* SPDX-License-Identifier: MIT */
/*
 * Outcomes into the database: many in one transaction, soon for what someone
 * may wait for, in batches for campaigns. What cannot be written stays here
 * and is tried again; what is of a shard no longer ours is dropped: its new
 * owner sends it again.
 */
#include "sendd/sendd.h"

#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"

#define PATIENCE_MS 20 /* a campaign's outcomes wait so long for company */

static void
grow(struct verdicts *v)
{
	if (v->n < v->size)
		return;
	v->size = v->size > 0 ? 2 * v->size : 1024;
	v->list = xrealloc(v->list, v->size * sizeof *v->list);
	v->items = xrealloc(v->items, v->size * sizeof *v->items);
}

void
note(struct sendd *s, struct item *i, enum outcome_kind kind, bool counted,
    int64_t pause_ms, const char *reason)
{
	struct verdicts *v = &s->verdicts;

	grow(v);
	if (v->n == 0)
		v->since_ms = clock_mono_ms();
	v->list[v->n] = (struct outcome){.kind = kind, .shard = i->shard,
	    .lane = i->lane, .platform = i->platform, .due_ms = i->due_ms,
	    .id = i->id, .send = i->send, .attempts = i->attempts,
	    .counted = counted, .pause_ms = pause_ms,
	    .reason = reason != NULL ? xstrdup(reason) : NULL,
	    .device = i->device, .token = i->token};
	v->items[v->n++] = i;
	v->urgent |= i->lane == 0;
}

static void
forget(struct sendd *s, size_t k, bool settled)
{
	struct outcome *o = &s->verdicts.list[k];
	uint64_t send = o->send;
	bool first = o->attempts == 0 && o->lane == 0;

	free((void *)(uintptr_t)o->reason);
	free((void *)(uintptr_t)o->provider_id);
	hand_drop(s, s->verdicts.items[k]);
	if (settled && first)
		doorbell_answered(s, send);
}

/* Outcomes of shards that are not ours any more. */
static void
drop_lost(struct sendd *s)
{
	struct verdicts *v = &s->verdicts;
	size_t kept = 0;

	for (size_t k = 0; k < v->n; k++) {
		const struct shard_hand *h = &s->shards[v->list[k].shard];

		if (!h->mine || h->epoch != v->items[k]->epoch) {
			s->figures.lost++;
			forget(s, k, false);
			continue;
		}
		v->list[kept] = v->list[k];
		v->items[kept++] = v->items[k];
	}
	v->n = kept;
}

static size_t
leases_of(const struct sendd *s, size_t n, struct lease list[OUTBOX_SHARDS])
{
	bool seen[OUTBOX_SHARDS] = {false};
	size_t count = 0;

	for (size_t k = 0; k < n; k++) {
		unsigned shard = s->verdicts.list[k].shard;

		if (!seen[shard])
			list[count++] =
			    (struct lease){shard, s->shards[shard].epoch};
		seen[shard] = true;
	}
	return count;
}

static void
count_figures(struct figures *f, const struct outcome *o)
{
	uint64_t *counters[] = {[OUTCOME_SENT] = &f->sent,
	    [OUTCOME_FAILED] = &f->failed, [OUTCOME_EXPIRED] = &f->expired,
	    [OUTCOME_DEFERRED] = &f->deferred};

	++*counters[o->kind];
}

static void
settled(struct sendd *s, size_t n)
{
	struct verdicts *v = &s->verdicts;

	for (size_t k = 0; k < n; k++) {
		count_figures(&s->figures, &v->list[k]);
		forget(s, k, true);
	}
	v->n -= n;
	memmove(v->list, v->list + n, v->n * sizeof *v->list);
	memmove(v->items, v->items + n, v->n * sizeof *v->items);
	v->since_ms = clock_mono_ms();
	if (v->n == 0)
		v->urgent = false;
}

static const struct err *
settle_some(struct sendd *s)
{
	struct verdicts *v = &s->verdicts;
	size_t n = v->n < (size_t)s->settings.sendd.batch
	    ? v->n
	    : (size_t)s->settings.sendd.batch;
	struct lease leases[OUTBOX_SHARDS];
	size_t n_leases = leases_of(s, n, leases);
	int64_t before = clock_mono_ms();
	const struct err *e = outbox_settle(s->db, s->owner,
	    s->settings.sendd.lease_ms, leases, n_leases, v->list, n,
	    s->settings.message.storage);

	if (e != NULL)
		return e;
	for (size_t i = 0; i < n_leases; i++)
		s->shards[leases[i].shard].until_ms =
		    before + s->settings.sendd.lease_ms;
	settled(s, n);
	return NULL;
}

static bool
is_time(const struct sendd *s)
{
	const struct verdicts *v = &s->verdicts;

	return v->n >= (size_t)s->settings.sendd.batch || v->urgent ||
	    s->in_flight == 0 ||
	    clock_mono_ms() - v->since_ms >= PATIENCE_MS;
}

const struct err *
settle(struct sendd *s, bool now)
{
	const struct err *e = NULL;

	drop_lost(s);
	while (e == NULL && s->verdicts.n > 0 && (now || is_time(s))) {
		e = settle_some(s);
		if (e != NULL && e->code == ERR_CONFLICT &&
		    (e = leases_check(s)) == NULL)
			drop_lost(s);
	}
	return e;
}
