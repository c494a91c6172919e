/* SPDX-License-Identifier: MIT */
/*
 * Outcomes into the database: many in one transaction, soon for what someone
 * may wait for, in batches for campaigns. A db_worker writes while the wires
 * work. What cannot be written stays here and is tried again; what is of a
 * shard no longer ours is dropped: its new owner sends it again.
 */
#include "sendd/settle.h"

#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/mem.h"
#include "sendd/admit.h"
#include "sendd/report.h"

#define PATIENCE_MS 20 /* a campaign's outcomes wait so long for company */

/* One writing job. */
struct batch {
	uint64_t incarnation;
	int64_t lease_ms, posted_ms;
	bool stored;
	struct lease leases[OUTBOX_SHARDS];
	size_t n_leases, n;
	struct outcome *list;
	struct item **items;
};

/* --- noting ----------------------------------------------------------- */

static void
grow(struct verdicts *v, size_t more)
{
	if (v->n + more <= v->size)
		return;
	while (v->n + more > v->size)
		v->size = v->size > 0 ? 2 * v->size : 1024;
	v->list = xrealloc(v->list, v->size * sizeof *v->list);
	v->items = xrealloc(v->items, v->size * sizeof *v->items);
}

void
note(struct sendd *s, struct item *i, enum outcome_kind kind, bool counted,
    int64_t pause_ms, const char *reason)
{
	struct verdicts *v = &s->verdicts;

	grow(v, 1);
	if (v->n == 0)
		v->since_ms = clock_mono_ms();
	v->list[v->n] = (struct outcome){.kind = kind, .row = i->row,
	    .counted = counted, .pause_ms = pause_ms,
	    .reason = reason != NULL ? xstrdup(reason) : NULL,
	    .token = i->token};
	v->items[v->n++] = i;
	v->urgent |= i->row.key.lane == 0;
}

static void
outcome_done(struct outcome *o)
{
	free((void *)(uintptr_t)o->reason);
	free((void *)(uintptr_t)o->provider_id);
}

/* --- the db_worker's part ------------------------------------------------- */

const struct err *
settle_write(struct db *db, void *job)
{
	const struct batch *b = job;

	return outbox_settle(db, b->incarnation, b->lease_ms, b->leases,
	    b->n_leases, b->list, b->n, b->stored);
}

static void
batch_free(struct batch *b)
{
	free(b->list);
	free(b->items);
	free(b);
}

/* --- reaping ---------------------------------------------------------- */

static void
count_figures(struct figures *f, const struct outcome *o)
{
	uint64_t *counters[OUTCOME__COUNT] = {[OUTCOME_SENT] = &f->sent,
	    [OUTCOME_FAILED] = &f->failed, [OUTCOME_EXPIRED] = &f->expired,
	    [OUTCOME_DEFERRED] = &f->deferred, [OUTCOME_REMOVED] = &f->failed,
	    [OUTCOME_INACTIVE] = &f->failed};

	++*counters[o->kind];
}

static void
written(struct sendd *s, struct batch *b)
{
	for (size_t i = 0; i < b->n_leases; i++) {
		struct shard_hand *h = &s->shards[b->leases[i].shard];

		if (h->mine && h->epoch == b->leases[i].epoch)
			h->until_ms = b->posted_ms + b->lease_ms;
	}
	for (size_t k = 0; k < b->n; k++) {
		struct outcome *o = &b->list[k];

		count_figures(&s->figures, o);
		report_count(s, o);
		if (o->kind == OUTCOME_DEFERRED)
			admit_look(s, o->pause_ms);
		if (o->row.attempts == 0 && o->row.key.lane == 0)
			doorbell_server_answered(s, o->row.send);
		outcome_done(o);
		hand_bury(s, b->items[k]);
	}
}

/* Outcomes of shards that are not ours any more. */
static void
drop_lost(struct sendd *s)
{
	struct verdicts *v = &s->verdicts;
	size_t kept = 0;

	for (size_t k = 0; k < v->n; k++) {
		unsigned shard = v->list[k].row.key.shard;
		const struct shard_hand *h = &s->shards[shard];

		if (!h->mine || h->epoch != v->items[k]->epoch) {
			s->figures.lost++;
			outcome_done(&v->list[k]);
			hand_bury(s, v->items[k]);
			continue;
		}
		v->list[kept] = v->list[k];
		v->items[kept++] = v->items[k];
	}
	v->n = kept;
}

/* Not written: back among the noted ones. */
static void
take_back(struct sendd *s, struct batch *b)
{
	struct verdicts *v = &s->verdicts;

	for (size_t k = 0; k < b->n; k++)
		b->list[k].again = true;
	grow(v, b->n);
	memcpy(v->list + v->n, b->list, b->n * sizeof *v->list);
	memcpy(v->items + v->n, b->items, b->n * sizeof *v->items);
	v->n += b->n;
	v->urgent = true;
}

static const struct err *
reap(struct sendd *s)
{
	struct batch *b;
	bool failed;
	struct err why;

	if ((b = db_worker_collect(s->writer, &failed, &why)) == NULL)
		return NULL;
	if (failed)
		take_back(s, b);
	else
		written(s, b);
	batch_free(b);
	if (!failed)
		return NULL;
	/* a shard was taken over: see which, drop its outcomes, go on */
	return why.code == ERR_CONFLICT ? leases_check(s)
					: err_new(why.code, "%s", why.text);
}

/* --- handing over ----------------------------------------------------- */

static bool
is_time(const struct sendd *s)
{
	const struct verdicts *v = &s->verdicts;

	return v->n >= (size_t)s->settings.sendd.batch || v->urgent ||
	    s->in_flight == 0 ||
	    clock_mono_ms() - v->since_ms >= PATIENCE_MS;
}

static void
add_leases(const struct sendd *s, struct batch *b)
{
	bool seen[OUTBOX_SHARDS] = {false};

	for (size_t k = 0; k < b->n; k++) {
		unsigned shard = b->list[k].row.key.shard;

		if (!seen[shard])
			b->leases[b->n_leases++] =
			    (struct lease){shard, s->shards[shard].epoch};
		seen[shard] = true;
	}
}

static void
hand_over(struct sendd *s)
{
	struct verdicts *v = &s->verdicts;
	struct batch *b = xcalloc(1, sizeof *b);

	b->n = v->n < 2 * (size_t)s->settings.sendd.batch
	    ? v->n
	    : 2 * (size_t)s->settings.sendd.batch;
	b->incarnation = s->self.id;
	b->lease_ms = s->settings.sendd.lease_ms;
	b->posted_ms = clock_mono_ms();
	b->stored = s->settings.message.storage;
	b->list = xmalloc(b->n * sizeof *b->list);
	b->items = xmalloc(b->n * sizeof *b->items);
	memcpy(b->list, v->list, b->n * sizeof *b->list);
	memcpy(b->items, v->items, b->n * sizeof *b->items);
	v->n -= b->n;
	memmove(v->list, v->list + b->n, v->n * sizeof *v->list);
	memmove(v->items, v->items + b->n, v->n * sizeof *v->items);
	v->since_ms = b->posted_ms;
	v->urgent = v->urgent && v->n > 0;
	add_leases(s, b);
	db_worker_submit(s->writer, b);
}

const struct err *
settle(struct sendd *s, bool now)
{
	const struct err *e = reap(s);

	drop_lost(s);
	if (e == NULL && s->verdicts.n > 0 && db_worker_is_idle(s->writer) &&
	    (now || is_time(s)))
		hand_over(s);
	return e;
}

bool
settle_is_empty(struct sendd *s)
{
	return s->verdicts.n == 0 && db_worker_is_idle(s->writer);
}
