/* SPDX-License-Identifier: MIT */
#include "sendd/admit.h"

#include <stdlib.h>
#include <string.h>

#include "core/carried_row.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "sendd/body_read.h"
#include "sendd/compare.h"

#define LANES_AT_ONCE 4 /* that are read without asking first */
#define READING_MS 1000 /* a reading takes longer if nobody answers */
#define CROWDED_BATCHES 4 /* of outcomes: what two writers take at once */

/* A row as it arrives: its item is not in the queue yet. */
struct arrival {
	struct item *item; /* NULL: placed, or freed */
	const char *node;  /* where it was read */
	struct device_now now;
};

/* The part of a reading that reads one lane. */
struct reading_part {
	struct scan_part asked;
	int64_t asked_ms; /* monotonic; the rows are as of then, or later */
	unsigned n;	  /* number of its arrivals */
	bool left;	  /* out: to another reading */
};

/* One job: parts in, arrivals out; and the present devices of items that were
 * in memory for long. */
struct reading {
	struct comparing comparing;
	struct body_reading bodies;
	struct reading_part parts[OUTBOX_SHARDS * OUTBOX_LANES];
	unsigned n_parts;
	size_t enough; /* rows of campaigns: no more parts are read then */
	uint64_t epoch; /* of the part that is being read */
	unsigned slice; /* rows of campaigns that one statement reads */
	const atomic_bool *hurry; /* as in struct admission */
	bool taken_over; /* a shard is read for the first time */
	bool clustered;	 /* out: by a node of a cluster */
	struct done_at settled_at;
	const struct db *db;
	struct done_at read_at; /* out: where the rows were read */
	uint64_t send;	/* as in struct admission */
	bool users;	/* of campaigns, too */
	struct arena *memory; /* of the texts */
	struct arrival *list;
	size_t n, size;
};

/* --- the worker's part ------------------------------------------------ */

static const char *
keep_text(struct arena *a, const char *text)
{
	return text != NULL ? arena_text(a, text, strlen(text)) : NULL;
}

static void
keep_found(const struct outbox_found *found, void *arg)
{
	struct reading *r = arg;
	struct arrival *x;

	if (r->n == r->size) {
		r->size = r->size > 0 ? 2 * r->size : 1024;
		r->list = xrealloc(r->list, r->size * sizeof *r->list);
	}
	x = &r->list[r->n++];
	x->item = item_new(found, r->epoch);
	/* a statement that reads may have gone to another node than the last */
	x->node = db_where(r->db);
	done_at_note(&r->read_at, x->node);
	if (x->item->body == NULL && found->row.platform != OUTBOX_USER)
		body_reading_want(&r->bodies, found->row.body_id);
	x->now = found->now;
	x->now.platform = keep_text(r->memory, found->now.platform);
	x->now.environment = keep_text(r->memory, found->now.environment);
	x->now.token = keep_text(r->memory, found->now.token);
}

static struct outbox_cursor
cursor_behind(const struct arrival *x)
{
	const struct outbox_key *k = &x->item->row.key;

	return (struct outbox_cursor){k->due_ms, k->id};
}

/* A poll asks for every lane, and most are empty: one statement tells which.
 * The few lanes of a ring or of a backlog are read at once. */
static const struct err *
find_due(struct db *db, const struct reading *r,
    bool due[OUTBOX_SHARDS * OUTBOX_LANES])
{
	struct outbox_lane lanes[OUTBOX_SHARDS * OUTBOX_LANES] = {{0}};
	const struct err *e;

	for (unsigned i = 0; i < r->n_parts; i++) {
		const struct scan_part *asked = &r->parts[i].asked;

		lanes[i] = (struct outbox_lane){asked->shard, asked->lane,
		    true};
	}
	e = r->n_parts > LANES_AT_ONCE ? outbox_lanes(db, lanes, r->n_parts)
				       : NULL;
	for (unsigned i = 0; i < r->n_parts; i++)
		due[i] = lanes[i].due;
	return e;
}

/* Rows of campaigns, until somebody rings: what is left then is as if it had
 * not been asked for. */
static const struct err *
read_slices(struct db *db, struct reading *r, struct reading_part *p)
{
	struct scan_part *asked = &p->asked;
	struct outbox_cursor behind = asked->behind;
	const struct err *e = NULL;
	unsigned n, size;

	do {
		size = asked->limit - p->n;
		if (size > r->slice)
			size = r->slice;
		e = outbox_read(db, asked->shard, asked->lane, r->users,
		    &behind, size, keep_found, r, &n);
		if (e != NULL)
			return e;
		p->n += n;
		if (n == size)
			behind = cursor_behind(&r->list[r->n - 1]);
		if (n == size && atomic_load(r->hurry))
			asked->limit = p->n;
	} while (n == size && p->n < asked->limit);
	return NULL;
}

static const struct err *
read_part(struct db *db, struct reading *r, struct reading_part *p)
{
	const struct scan_part *asked = &p->asked;

	p->asked_ms = clock_mono_ms();
	r->epoch = asked->epoch;
	if (r->send != 0)
		return outbox_read_send(db, asked->shard, r->send,
		    &asked->behind, asked->limit, keep_found, r, &p->n);
	if (asked->lane > 0)
		return read_slices(db, r, p);
	return outbox_read(db, asked->shard, asked->lane, r->users,
	    &asked->behind, asked->limit, keep_found, r, &p->n);
}

/* What the earlier owner of a shard, or our own writer, has settled at another
 * node must not be read here as if it waited. */
static const struct err *
wait_for_settled(struct db *db, const struct reading *r)
{
	return r->taken_over ||
		done_at_is_elsewhere(&r->settled_at, db_where(db))
	    ? db_catch_up(db) : NULL;
}

/* A run that was just queued has rows in lanes that were asked for as empty
 * ones: only so many are read of them as of others, for the next ring waits.
 * Devices are read last, so that their state is fresh even after a long job. */
const struct err *
admit_read(struct db *db, void *job)
{
	bool due[OUTBOX_SHARDS * OUTBOX_LANES] = {false};
	struct reading *r = job;
	const struct err *e = wait_for_settled(db, r);
	size_t n = 0; /* of campaigns */

	r->db = db;
	if (e == NULL)
		e = find_due(db, r, due);
	r->clustered = db_is_clustered(db);
	for (unsigned i = 0; e == NULL && i < r->n_parts; i++) {
		struct reading_part *p = &r->parts[i];
		bool campaign = p->asked.lane > 0;

		p->left = due[i] && campaign && (n >= r->enough ||
		    (n > 0 && atomic_load(r->hurry)));
		if (due[i] && !p->left && (r->send == 0 || !campaign))
			e = read_part(db, r, p);
		n += campaign ? p->n : 0;
	}
	if (e == NULL)
		e = body_reading_run(db, &r->bodies);
	return e != NULL ? e : compare_read(db, r->memory, &r->comparing);
}

static void
reading_free(struct reading *r)
{
	for (size_t i = 0; i < r->n; i++)
		item_free(r->list[i].item);
	body_reading_done(&r->bodies);
	arena_free(r->memory);
	free(r->list);
	free(r);
}

/* --- placing ---------------------------------------------------------- */

/* Add a user's row to the queue's list of them, unless that is full. */
static void
place_user(struct admission *a, struct arrival *x)
{
	if (!queue_has_due_room(a->queue)) {
		scan_leave_user(a->scan, &x->item->row.key);
		return;
	}
	queue_add_due(a->queue, x->item);
	x->item = NULL;
}

static void
note_placed(struct admission *a, const struct item *i)
{
	if (i->row.key.lane > 0)
		return;
	a->placed_ms[i->row.key.shard] = clock_mono_ms();
	doorbell_server_read(a->doorbell, i->row.send);
}

static void
log_read(const struct item *i, const char *node)
{
	if (log_level() >= LOG_L_DEBUG)
		log_debug("read message=%llu row=%llu shard=%u epoch=%llu "
		    "node=%s", (unsigned long long)i->row.send,
		    (unsigned long long)i->row.key.id, i->row.key.shard,
		    (unsigned long long)i->epoch, node);
}

static void
place_new(struct admission *a, struct reading *r, struct arrival *x,
    int64_t asked_ms)
{
	struct item *i = x->item;
	struct credential *c;

	log_read(i, x->node);
	if (i->body == NULL)
		i->body = body_reading_place(&r->bodies, a->bodies,
		    i->row.body_id);
	c = compare_item(a->credentials, i, &x->now, asked_ms);
	queue_add(a->queue, &c->line, i);
	note_placed(a, i);
	x->item = NULL;
}

static void
place_arrival(struct admission *a, struct reading *r, struct arrival *x,
    int64_t asked_ms)
{
	const struct outbox_row *row = &x->item->row;
	struct item *i = queue_find_row(a->queue, row);

	if (i != NULL)
		compare_again(a->credentials, i, &x->now, asked_ms);
	else if (row->platform == OUTBOX_USER)
		place_user(a, x);
	else if (row->platform < PLATFORM__COUNT)
		place_new(a, r, x, asked_ms);
}

/* Is it a message that somebody may have rung for? Not a later try, nor one of
 * the users whose devices are looked up now. */
static bool
is_fresh(const struct arrival *x)
{
	return x->item->row.attempts == 0 &&
	    x->item->row.platform != OUTBOX_USER;
}

/* Place as many arrivals as there is room for; the rest is read again behind
 * the last placed one. */
static void
place_part(struct admission *a, struct reading *r,
    const struct reading_part *p, struct arrival *list)
{
	unsigned k, fresh = 0;

	for (k = 0; k < p->n && queue_room(a->queue, p->asked.lane) > 0; k++) {
		struct outbox_key key = list[k].item->row.key;
		bool is_new = is_fresh(&list[k]);

		place_arrival(a, r, &list[k], p->asked_ms);
		scan_taken(a->scan, &key);
		fresh += is_new && list[k].item == NULL;
	}
	scan_read(a->scan, &p->asked, p->n, k);
	scan_found(a->scan, &p->asked, fresh, r->clustered, clock_mono_ms());
}

static void
note_epoch(struct admission *a, const struct scan_part *asked)
{
	if (a->read_epochs[asked->shard] == asked->epoch)
		return;
	a->read_epochs[asked->shard] = asked->epoch;
	a->epochs_ms[asked->shard] = clock_mono_ms();
}

/* Arrivals that are not placed stay in the database and are read again. */
static void
place_all(struct admission *a, struct reading *r)
{
	struct arrival *list = r->list;

	for (unsigned i = 0; i < r->n_parts; i++) {
		const struct scan_part *asked = &r->parts[i].asked;

		if (r->parts[i].left)
			continue;
		note_epoch(a, asked);
		if (shards_hold(a->shards, asked->shard, asked->epoch))
			place_part(a, r, &r->parts[i], list);
		else
			scan_look(a->scan, asked->shard);
		list += r->parts[i].n;
	}
}

static const struct err *
collect_read(struct admission *a)
{
	const struct err *e;
	struct reading *r;

	if ((r = db_worker_collect(a->reader, &e)) == NULL)
		return NULL;
	if (e != NULL) {
		for (unsigned k = 0; k < r->n_parts; k++)
			scan_look(a->scan, r->parts[k].asked.shard);
		compare_take_back(a->queue, &r->comparing);
		done_at_not_taken(a->settled_at, &r->settled_at);
	} else {
		done_at_add(&a->read_at, &r->read_at);
		place_all(a, r);
		compare_end(a->credentials, a->queue, &r->comparing);
	}
	reading_free(r);
	queue_read_ends(a->queue);
	return e;
}

/* --- rows that are carried --------------------------------------------- */

/* Has nobody but this reader had the row, nor this one by a reading? Since its
 * device was looked up, which was before the row was written, the shard has
 * been ours, and nothing was found in it. And is nothing to be read there that
 * may go before it? */
static bool
is_unread(const struct admission *a, const struct carried_row *c)
{
	const struct outbox_key *k = &c->found.row.key;
	const struct scan *s = a->scan;

	return a->read_epochs[k->shard] == a->shards->all[k->shard].epoch &&
	    a->epochs_ms[k->shard] < c->looked_ms &&
	    a->placed_ms[k->shard] < c->looked_ms &&
	    !s->lanes[k->shard][0].more && !s->look[k->shard] &&
	    !s->rang[k->shard] &&
	    queue_find_row(a->queue, &c->found.row) == NULL;
}

/* Could it be read now? Where the database does not answer, its outcome could
 * not be written either, and whoever takes its shard would send it again. */
static bool
may_be_read(const struct admission *a, int64_t now_ms)
{
	return !leases_are_late(a->leases, now_ms) &&
	    (db_worker_is_idle(a->reader) ||
		now_ms - a->asked_ms < READING_MS);
}

static bool
may_carry(const struct admission *a, const struct carried_row *c)
{
	int64_t now_ms = clock_mono_ms(), age_ms = now_ms - c->looked_ms;

	return !a->ending && a->send == 0 && age_ms >= 0 &&
	    age_ms < CARRIED_MS && may_be_read(a, now_ms) &&
	    queue_room(a->queue, 0) > 0 &&
	    shards_may_read(a->shards, c->found.row.key.shard) &&
	    is_unread(a, c);
}

bool
admit_carried(const struct carried_row *c, void *arg)
{
	struct admission *a = arg;
	unsigned shard = c->found.row.key.shard;
	struct credential *of;
	struct item *i;

	if (!may_carry(a, c))
		return false;
	i = item_new(&c->found, a->shards->all[shard].epoch);
	i->awaited = true;
	i->expected_ms = clock_mono_ms() + a->settings->database.timeout_ms;
	log_read(i, "carried");
	of = compare_item(a->credentials, i, &c->found.now, c->looked_ms);
	queue_add(a->queue, &of->line, i);
	note_placed(a, i);
	scan_rang(a->scan, shard, clock_mono_ms());
	return true;
}

/* --- submitting ------------------------------------------------------- */

static unsigned
ask_parts(struct admission *a, struct reading *r)
{
	struct scan_part list[OUTBOX_SHARDS * OUTBOX_LANES];
	unsigned n = scan_next(a->scan, a->shards, a->queue,
	    (unsigned)a->settings->sendd.batch, list);

	r->enough = 2 * (size_t)a->settings->sendd.batch;
	r->slice = a->scan->slice;
	r->hurry = &a->hurry;
	for (unsigned k = 0; k < n; k++) {
		r->parts[k].asked = list[k];
		r->taken_over |=
		    a->read_epochs[list[k].shard] != list[k].epoch;
	}
	return n;
}

static void
submit_read(struct admission *a)
{
	struct reading *r = xcalloc(1, sizeof *r);

	r->n_parts = ask_parts(a, r);
	if (r->n_parts == 0 && a->queue->aside.n == 0) {
		free(r);
		return;
	}
	r->send = a->send;
	r->settled_at = done_at_take(a->settled_at);
	r->users = a->settings->campaign.history &&
	    a->settings->message.history_ms > 0;
	r->memory = arena_new();
	compare_take(a->queue, r->memory, &r->comparing);
	queue_read_begins(a->queue);
	atomic_store(&a->hurry, false);
	a->asked_ms = clock_mono_ms();
	db_worker_submit(a->reader, r);
}

const struct err *
admit(struct admission *a, bool ending)
{
	const struct err *e = collect_read(a);

	a->ending = ending;
	if (e != NULL || ending)
		return e;
	if (!db_worker_is_idle(a->reader)) {
		if (doorbell_server_is_rung(a->doorbell))
			atomic_store(&a->hurry, true);
		return NULL;
	}
	doorbell_server_look(a->doorbell);
	a->scan->crowded = a->pending->n >
	    CROWDED_BATCHES * (size_t)a->settings->sendd.batch;
	scan_begin(a->scan, a->shards, a->queue,
	    a->settings->sendd.poll_ms, clock_mono_ms());
	submit_read(a);
	return NULL;
}
