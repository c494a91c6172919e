/* SPDX-License-Identifier: MIT */
/*
 * Rows into hand: lane 0 of every shard before lane 1 of any, bounded by
 * room, of which campaigns may take three quarters. Reading goes on behind
 * the latest place; a poll, a ring or the moment at which rows that were put
 * off fall due starts again at the beginning, where rows that were committed
 * late or came due again are found. What is in hand already is skipped by id.
 *
 * A db_worker reads while the wires work. A row that is settled between the
 * read and its reaping would look new: the queue keeps a tombstone of it until
 * then.
 */
#include "sendd/admit.h"

#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/mem.h"
#include "sendd/compare.h"
#include "sendd/expand.h"

#define LANES_A_READ (OUTBOX_SHARDS * OUTBOX_LANES)

struct wanted {
	unsigned shard, lane, limit, n;
	int64_t asked_ms; /* monotonic; what is found was so then, or later */
	uint64_t epoch;
	struct outbox_cursor from;
};

/* One reading job: places in, rows out; and what the devices of items are
 * that were in hand for long. */
struct reading {
	struct comparing comparing;
	struct wanted lanes[LANES_A_READ];
	unsigned n_lanes;
	struct arena *memory; /* of the rows */
	struct outbox_found *rows;
	size_t n, size;
};

/* --- the db_worker's part ------------------------------------------------- */

static const char *
keep_text(struct arena *a, const char *text)
{
	return text != NULL ? arena_text(a, text, strlen(text)) : NULL;
}

static void
keep_found(const struct outbox_found *found, void *arg)
{
	struct reading *r = arg;
	struct outbox_found *copy;

	if (r->n == r->size) {
		r->size = r->size > 0 ? 2 * r->size : 1024;
		r->rows = xrealloc(r->rows, r->size * sizeof *r->rows);
	}
	copy = &r->rows[r->n++];
	*copy = *found;
	copy->token = keep_text(r->memory, found->token);
	copy->now.platform = keep_text(r->memory, found->now.platform);
	copy->now.environment = keep_text(r->memory, found->now.environment);
	copy->now.token = keep_text(r->memory, found->now.token);
	if (found->body != NULL)
		copy->body =
		    arena_text(r->memory, found->body, found->body_len);
}

/* What devices are is asked last: the answer must not have grown old in a
 * long job. */
const struct err *
admit_read(struct db *db, void *job)
{
	struct reading *r = job;
	const struct err *e = NULL;

	for (unsigned i = 0; e == NULL && i < r->n_lanes; i++) {
		struct wanted *w = &r->lanes[i];

		w->asked_ms = clock_mono_ms();
		e = outbox_read(db, w->shard, w->lane, &w->from, w->limit,
		    keep_found, r, &w->n);
	}
	return e != NULL ? e : compare_read(db, r->memory, &r->comparing);
}

static void
reading_free(struct reading *r)
{
	arena_free(r->memory);
	free(r->rows);
	free(r);
}

/* --- placing ---------------------------------------------------------- */

static const struct err *
find_body(struct sendd *s, const struct outbox_found *found, struct body **body)
{
	const char *json = "";
	const struct err *e;
	struct arena *a;
	size_t len = 0;

	if (found->body != NULL) {
		*body = bodies_add(s->bodies, found->row.body_id, found->body,
		    found->body_len, false);
		return NULL;
	}
	if ((*body = bodies_find(s->bodies, found->row.body_id)) != NULL)
		return NULL;
	a = arena_new();
	e = outbox_body(s->db, a, found->row.body_id, &json, &len);
	/* a body that is gone is told as the refusal of an empty one */
	if (e == NULL || e->code == ERR_MISSING) {
		*body =
		    bodies_add(s->bodies, found->row.body_id, json, len, true);
		e = NULL;
	}
	arena_free(a);
	return e;
}

static const struct err *
place_row(struct sendd *s, const struct outbox_found *found, uint64_t epoch,
    int64_t asked_ms)
{
	struct credential *c;
	struct body *body;
	struct item *i;
	const struct err *e;

	if ((i = queue_find(&s->queue, found->row.key.id)) != NULL)
		return compare_again(s, i, &found->now, asked_ms);
	if (found->row.platform == OUTBOX_USER)
		expand_later(s, found, epoch);
	if (found->row.platform >= PLATFORM__COUNT)
		return NULL;
	if ((e = find_body(s, found, &body)) != NULL)
		return e;
	i = item_new(found, epoch, body);
	if ((e = compare_item(s, i, &found->now, asked_ms, &c)) != NULL) {
		item_free(i);
		return e;
	}
	queue_add(&s->queue, &c->line, i);
	s->figures.admitted++;
	return NULL;
}

/* Up to the room there is; the rest is read again behind what was placed. */
static const struct err *
place_lane(struct sendd *s, struct wanted *w, const struct outbox_found *rows)
{
	struct lane_cursor *l = &s->admission.lanes[w->shard][w->lane];
	const struct err *e;
	unsigned k;

	for (k = 0; k < w->n && queue_room(&s->queue, w->lane) > 0; k++) {
		e = place_row(s, &rows[k], w->epoch, w->asked_ms);
		if (e != NULL) {
			s->admission.look[w->shard] = true;
			return e;
		}
		l->place = (struct outbox_cursor){rows[k].row.key.due_ms,
		    rows[k].row.key.id};
	}
	l->backlog = w->n == w->limit;
	l->more = l->backlog || k < w->n;
	l->passes += !l->more && !l->left_some;
	return NULL;
}

/* What cannot be placed stays in the database and is read again. */
static const struct err *
place_all(struct sendd *s, struct reading *r)
{
	const struct outbox_found *row = r->rows;
	const struct err *e = NULL;

	for (unsigned i = 0; i < r->n_lanes; i++) {
		struct wanted *w = &r->lanes[i];

		if (e == NULL && shards_hold(&s->shards, w->shard, w->epoch))
			e = place_lane(s, w, row);
		else
			s->admission.look[w->shard] = true;
		row += w->n;
	}
	return e;
}

static const struct err *
reap(struct sendd *s)
{
	const struct err *e, *compared;
	struct reading *r;

	if ((r = db_worker_collect(s->reader, &e)) == NULL)
		return NULL;
	if (e != NULL) {
		for (unsigned k = 0; k < r->n_lanes; k++)
			s->admission.look[r->lanes[k].shard] = true;
		compare_take_back(s, &r->comparing);
	} else {
		e = place_all(s, r);
		compared = compare_reap(s, &r->comparing);
		e = e != NULL ? e : compared;
	}
	reading_free(r);
	queue_read_ends(&s->queue);
	return e;
}

/* --- asking ----------------------------------------------------------- */

static void
from_start(struct lane_cursor *l)
{
	l->place = (struct outbox_cursor){0, 0};
	l->more = true;
	l->left_some = false;
}

/* One bit for each of the seconds ahead: a look at every shard costs too much
 * for each row's own moment. */
void
admit_look(struct sendd *s, int64_t in_ms)
{
	struct admission *a = &s->admission;
	int64_t now = clock_mono_ms();

	if (a->looks == 0)
		a->looked_s = now / 1000;
	if (in_ms <= 0)
		a->look_all = true;
	else if (in_ms <= ADMIT_LOOK_MAX_MS)
		a->looks |= UINT64_C(1) << ((now + in_ms + 999) / 1000 % 64);
}

/* Has one of those seconds come since the last time? */
static bool
look_is_due(struct admission *a, int64_t now_s)
{
	bool due = a->look_all;

	a->look_all = false;
	for (; a->looks != 0 && a->looked_s < now_s; a->looked_s++) {
		uint64_t bit = UINT64_C(1) << ((a->looked_s + 1) % 64);

		due |= (a->looks & bit) != 0;
		a->looks &= ~bit;
	}
	return due;
}

static void
start_again(struct sendd *s)
{
	struct admission *a = &s->admission;
	int64_t now = clock_mono_ms();
	bool poll = now >= a->poll_due_ms;

	if (poll)
		a->poll_due_ms = now + s->settings.sendd.poll_ms;
	poll |= look_is_due(a, now / 1000);
	for (unsigned i = 0; i < OUTBOX_SHARDS; i++) {
		if (!s->shards.all[i].mine)
			continue;
		if (a->look[i] || a->rang[i] || poll)
			from_start(&a->lanes[i][0]);
		if (a->look[i] || poll)
			from_start(&a->lanes[i][1]);
		a->look[i] = a->rang[i] = false;
	}
}

/* From the start, what is in hand comes first, and a lane gets only its part
 * of the room: all of them may be full. */
static void
want(const struct sendd *s, struct reading *r, unsigned shard, unsigned lane,
    unsigned limit)
{
	unsigned part = s->queue.room /
	    (s->shards.n_mine > 0 ? s->shards.n_mine : 1);
	struct wanted *w = &r->lanes[r->n_lanes++];

	w->shard = shard;
	w->lane = lane;
	w->epoch = s->shards.all[shard].epoch;
	w->from = s->admission.lanes[shard][lane].place;
	w->limit = limit;
	if (w->from.id != 0)
		return;
	if (w->limit > part + 1)
		w->limit = part + 1;
	w->limit += queue_in_lane(&s->queue, shard, lane);
}

/* Each job brings about two batches, so that a ring is heard soon. */
static void
fill(struct sendd *s, struct reading *r)
{
	unsigned batch = (unsigned)s->settings.sendd.batch, asked = 0;
	struct admission *a = &s->admission;

	for (unsigned lane = 0; lane < OUTBOX_LANES; lane++)
		for (unsigned k = 0; k < OUTBOX_SHARDS; k++) {
			unsigned i = (a->next_shard + k) % OUTBOX_SHARDS;
			const struct lane_cursor *l = &a->lanes[i][lane];
			unsigned room = queue_room(&s->queue, lane);

			if (!shards_may_read(&s->shards, i) || !l->more)
				continue;
			if (room <= asked)
				break;
			room -= asked;
			want(s, r, i, lane, room < batch ? room : batch);
			/* a lane that was empty is most often empty again */
			if (l->backlog)
				asked += batch;
			if (asked >= 2 * batch) {
				a->next_shard = i;
				return;
			}
		}
}

const struct err *
admit(struct sendd *s)
{
	const struct err *e = reap(s);
	struct reading *r;

	if (e != NULL || s->stopping || !db_worker_is_idle(s->reader))
		return e;
	start_again(s);
	r = xcalloc(1, sizeof *r);
	fill(s, r);
	if (r->n_lanes == 0 && s->queue.aside.n == 0) {
		free(r);
		return NULL;
	}
	r->memory = arena_new();
	compare_take(s, r->memory, &r->comparing);
	queue_read_begins(&s->queue);
	db_worker_submit(s->reader, r);
	return NULL;
}
