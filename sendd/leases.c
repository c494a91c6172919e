/* SPDX-License-Identifier: MIT */
#include "sendd/leases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/crypto.h"
#include "lib/log.h"
#include "lib/mem.h"

#define TICK_MAX_MS 2000
#define LATE_MS 3000 /* a look that was due is not answered */

/* What both kinds of task work with. */
struct lease_task {
	struct db_task task;
	struct leases *l;
	struct incarnation self;
	int64_t lease_ms, alive_ms;
	struct lease list[OUTBOX_SHARDS]; /* to renew, or to release */
	size_t n;
};

/* Renew, write the heartbeat, and see who has which shard. */
struct lease_look {
	struct lease_task is;
	char *figures; /* NULL: no heartbeat */
	bool *wanted;  /* NULL: as many as is fair */
	bool checks;   /* doubted when it began */
	unsigned max;
	int64_t asked_ms; /* and from here on: out */
	size_t kept;
	char node[NODE_NAME]; /* that has answered */
	bool lost, listed;
	int64_t skew_ms; /* to write with the heartbeat */
	struct heartbeats beats;
	struct shard_state seen[OUTBOX_SHARDS];
	int64_t heard_ms; /* after the answer: see shards.h */
};

/* A shard to take, as it was seen. */
struct lease_wanted {
	unsigned shard;
	struct shard_state seen;
	bool taken; /* out */
	int64_t asked_ms;
};

/* Release some shards and take others. */
struct lease_change {
	struct lease_task is;
	struct lease_wanted wanted[OUTBOX_SHARDS];
	size_t n_wanted;
	bool leaves;
};

/* --- the db_worker's part --------------------------------------------- */

/* With each heartbeat, also while no shard is wanted: what is not watched is
 * not known to have stopped. */
static bool
needs_list(const struct lease_look *k)
{
	return k->wanted != NULL || k->kept != k->is.n || k->figures != NULL;
}

/* Write our heartbeat, and read those of the others. */
static const struct err *
exchange_beats(struct db *db, struct lease_look *k)
{
	const struct err *e = instance_beat(db, &k->is.self, k->figures,
	    k->skew_ms, &k->lost);

	return e != NULL ? e : instance_beats(db, &k->beats);
}

static const struct err *
look_at_leases(struct db *db, void *task)
{
	struct lease_look *k = task;
	const struct lease_task *is = &k->is;
	const struct err *e = NULL;

	k->asked_ms = clock_mono_ms();
	k->kept = 0;
	if (is->n > 0)
		e = shard_renew(db, is->self.id, is->lease_ms, is->list, is->n,
		    &k->kept);
	if (e == NULL && k->figures != NULL)
		e = exchange_beats(db, k);
	(void)snprintf(k->node, sizeof k->node, "%s", db_where(db));
	if (e == NULL && (k->listed = needs_list(k)))
		e = shard_list(db, k->seen);
	k->heard_ms = clock_mono_ms();
	return e;
}

static const struct err *
change_leases(struct db *db, void *task)
{
	struct lease_change *k = task;
	const struct lease_task *is = &k->is;
	const struct err *e = shard_free(db, is->self.id, is->list, is->n);

	for (size_t i = 0; e == NULL && i < k->n_wanted; i++) {
		struct lease_wanted *w = &k->wanted[i];

		w->asked_ms = clock_mono_ms();
		e = shard_take(db, &is->self, is->lease_ms, w->shard, &w->seen,
		    &w->taken);
	}
	return e == NULL && k->leaves
	    ? instance_leave(db, &is->self, is->alive_ms) : e;
}

/* --- shards that come and go ------------------------------------------ */

static void
lose_shard(struct leases *l, unsigned shard)
{
	log_warn("shard %u was taken over", shard);
	shards_gone(l->shards, shard);
	queue_drop_shard(l->queue, shard);
}

static void
lose_shards(struct leases *l)
{
	for (unsigned i = 0; i < OUTBOX_SHARDS; i++)
		if (shards_is_lost(l->shards, i, l->identity->self.id))
			lose_shard(l, i);
}

static void
log_number(const struct leases *l, bool changed)
{
	if (changed)
		log_notice("shards %u of %u", l->shards->n_mine,
		    OUTBOX_SHARDS);
}

static void
begin(struct leases *l, struct lease_task *t, db_worker_fn *work,
    db_task_fn *done)
{
	t->task.work = work;
	t->task.done = done;
	t->l = l;
	t->self = l->identity->self;
	t->lease_ms = l->settings->sendd.lease_ms;
	t->alive_ms = l->alive_ms > 0 ? l->alive_ms : t->lease_ms;
	db_tasks_give(&l->tasks, &t->task);
}

/* What was taken before a failure is ours. */
static const struct err *
end_change(void *task, const struct err *e)
{
	struct lease_change *k = task;
	struct leases *l = k->is.l;
	unsigned had = l->shards->n_mine;

	for (size_t i = 0; i < k->n_wanted; i++) {
		const struct lease_wanted *w = &k->wanted[i];

		if (!w->taken)
			continue;
		shards_taken(l->shards, w->shard, w->seen.epoch + 1,
		    w->asked_ms + k->is.lease_ms);
		scan_look(l->scan, w->shard);
	}
	log_number(l, l->shards->n_mine != had);
	free(k);
	return e;
}

/* A shard that is given back is not ours from here on: of nothing that is read
 * from it now may anything be sent. If the database does not hear of it, it is
 * seen as ours there, and taken again. */
static void
give_shards(struct leases *l, struct lease_change *change, unsigned want)
{
	unsigned in_hand[OUTBOX_SHARDS];
	struct lease_task *t = &change->is;

	for (unsigned i = 0; i < OUTBOX_SHARDS; i++)
		in_hand[i] = queue_in_shard(l->queue, i);
	t->n = shards_surplus(l->shards, want, in_hand, t->list);
	for (size_t i = 0; i < t->n; i++)
		shards_gone(l->shards, t->list[i].shard);
	log_number(l, t->n > 0);
}

static void
choose_shards(struct leases *l, const struct lease_look *k,
    struct lease_change *change, unsigned want, const struct taker *t)
{
	unsigned room = want > l->shards->n_mine ? want - l->shards->n_mine : 0;

	for (unsigned i = 0; k->listed && i < OUTBOX_SHARDS; i++)
		if (change->n_wanted < room &&
		    (k->wanted == NULL || k->wanted[i]) &&
		    shards_should_take(l->shards, i, want, t))
			change->wanted[change->n_wanted++] =
			    (struct lease_wanted){.shard = i,
				.seen = l->shards->all[i].seen};
}

static struct taker
taker_of(const struct leases *l, const struct lease_look *k)
{
	return (struct taker){k->is.self.id,
	    k->wanted == NULL ? l->identity->earlier : 0, k->is.lease_ms,
	    k->heard_ms};
}

/* Log once when the clock of our node is not as the others', and once when it
 * is again. The next heartbeat tells it to everybody. */
static void
note_skew(struct leases *l, int64_t skew_ms)
{
	const char *node = l->siblings->node;

	if (skew_ms != 0 && l->skew_ms == 0)
		log_err("alarm node=\"%s\" clock=%s by=%.1fs why=\"the clock "
		    "of this node of the database is not as the others'\"",
		    QUOTED(node), skew_ms > 0 ? "ahead" : "behind",
		    (double)llabs(skew_ms) / 1000);
	if (skew_ms == 0 && l->skew_ms != 0)
		log_notice("node=\"%s\" clock=right: as the others' again",
		    QUOTED(node));
	l->skew_ms = skew_ms;
}

/* How many shards are our part, by the heartbeats. */
static unsigned
our_part(struct leases *l, const struct lease_look *k, const struct taker *t)
{
	struct instance_peers peers;

	siblings_see(l->siblings, &k->beats, k->heard_ms, k->is.alive_ms);
	note_skew(l, siblings_skew(l->siblings));
	peers = siblings_share(l->siblings, l->shards, t);
	return shards_fair_part(&peers, k->max);
}

/* Give and take, by what was seen. */
static void
change_shards(struct leases *l, const struct lease_look *k)
{
	struct lease_change *change = xcalloc(1, sizeof *change);
	struct taker t = taker_of(l, k);
	unsigned want;

	if (k->wanted != NULL) {
		choose_shards(l, k, change, OUTBOX_SHARDS, &t);
	} else if (k->figures != NULL) {
		want = our_part(l, k, &t);
		give_shards(l, change, want);
		choose_shards(l, k, change, want, &t);
	}
	if (change->is.n > 0 || change->n_wanted > 0)
		begin(l, &change->is, change_leases, end_change);
	else
		free(change);
}

/* --- looking ---------------------------------------------------------- */

static void
look_free(struct lease_look *k)
{
	free(k->figures);
	free(k->wanted);
	free(k);
}

/* If this sendd was silent until another sendd has taken its name, it must end:
 * two of them may never work under one name. */
static void
take_name(struct leases *l, const struct lease_look *k)
{
	if (k->lost && !l->usurped)
		log_err("another sendd works as \"%s\" now: this one ends",
		    QUOTED(l->identity->self.name));
	l->usurped |= k->lost;
}

/* Often enough that a lost shard is seen and a free one found; and not evenly,
 * so that the looks fall at all places between two heartbeats of another, which
 * measures the clock of its node (skew.h). */
static void
tick_again(struct leases *l, int64_t now_ms)
{
	int64_t part = l->settings->sendd.lease_ms / 5;
	uint32_t random;

	crypto_random(&random, sizeof random);
	if (part > TICK_MAX_MS)
		part = TICK_MAX_MS;
	l->due_ms = now_ms + part - random % (uint32_t)(part / 4 + 1);
}

static void
hear_database(struct leases *l, int64_t asked_ms)
{
	int64_t silent_ms = cut_off_ends(&l->cut_off, asked_ms,
	    clock_mono_ms());

	if (silent_ms > 0)
		log_notice("cut off from the database for %.1f s: it is back",
		    (double)silent_ms / 1000);
}

static void
take_look(struct leases *l, struct lease_look *k)
{
	hear_database(l, k->asked_ms);
	memcpy(l->node, k->node, sizeof l->node);
	if (k->listed) {
		shards_see(l->shards, k->seen, k->heard_ms);
		lose_shards(l);
	}
	if (k->checks)
		l->doubted = false;
	shards_renewed(l->shards, k->is.list, k->is.n,
	    k->asked_ms + k->is.lease_ms);
	take_name(l, k);
	change_shards(l, k);
	if (!l->doubted)
		tick_again(l, k->asked_ms);
}

/* The leases may be renewed though the heartbeat is not written. */
static void
look_failed(struct leases *l, const struct lease_look *k, const struct err *e)
{
	if (e->code == ERR_CONTENTION) /* it has answered all the same */
		hear_database(l, k->asked_ms);
	if (k->kept == k->is.n)
		shards_renewed(l->shards, k->is.list, k->is.n,
		    k->asked_ms + k->is.lease_ms);
}

static const struct err *
end_look(void *task, const struct err *e)
{
	struct lease_look *k = task;

	if (e == NULL)
		take_look(k->is.l, k);
	else
		look_failed(k->is.l, k, e);
	look_free(k);
	return e;
}

static void
look(struct leases *l, const char *figures, const bool *wanted)
{
	struct lease_look *k = xcalloc(1, sizeof *k);
	const size_t size = OUTBOX_SHARDS * sizeof *wanted;

	k->figures = figures != NULL ? xstrdup(figures) : NULL;
	if (wanted != NULL)
		k->wanted = memcpy(xmalloc(size), wanted, size);
	k->checks = l->doubted;
	k->skew_ms = l->skew_ms;
	k->max = (unsigned)l->settings->sendd.shards_max;
	k->is.n = shards_leases(l->shards, k->is.list);
	begin(l, &k->is, look_at_leases, end_look);
}

void
leases_renew(struct leases *l)
{
	look(l, NULL, NULL);
}

void
leases_take(struct leases *l, const bool wanted[OUTBOX_SHARDS])
{
	look(l, NULL, wanted);
}

void
leases_beat(struct leases *l, const char *figures)
{
	look(l, figures, NULL);
}

void
leases_check(struct leases *l)
{
	l->doubted = true;
	l->due_ms = 0;
}

bool
leases_are_known(const struct leases *l)
{
	return !l->doubted;
}

bool
leases_are_due(const struct leases *l)
{
	return !db_tasks_are_left(&l->tasks) && clock_mono_ms() >= l->due_ms;
}

static int64_t
cut_off_due_ms(const struct leases *l)
{
	return l->cut_off.now ? INT64_MAX
	    : l->cut_off.heard_ms +
		instance_silent_after_ms(l->settings->sendd.lease_ms);
}

int64_t
leases_due_ms(const struct leases *l)
{
	int64_t due = db_tasks_are_left(&l->tasks) ? INT64_MAX : l->due_ms;

	if (db_tasks_are_due(&l->tasks))
		return 0;
	return due < cut_off_due_ms(l) ? due : cut_off_due_ms(l);
}

bool
leases_are_late(const struct leases *l, int64_t now_ms)
{
	return now_ms - l->cut_off.heard_ms >= LATE_MS;
}

static void
watch_cut_off(struct leases *l)
{
	int64_t now_ms = clock_mono_ms();
	char since[CLOCK_TEXT];

	if (!cut_off_begins(&l->cut_off,
		instance_silent_after_ms(l->settings->sendd.lease_ms), now_ms))
		return;
	clock_iso(clock_now_ms() - (now_ms - l->cut_off.heard_ms), "Z", since);
	log_err("cut off from the database since %s", since);
}

const struct err *
leases_run(struct leases *l)
{
	const struct err *e = db_tasks_run(&l->tasks);

	watch_cut_off(l);
	return e;
}

/* --- the end ---------------------------------------------------------- */

void
leases_leave(struct leases *l)
{
	struct lease_change *k = xcalloc(1, sizeof *k);

	k->leaves = true;
	k->is.n = shards_leases(l->shards, k->is.list);
	begin(l, &k->is, change_leases, end_change);
}
