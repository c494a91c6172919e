/* SPDX-License-Identifier: MIT */
#include "sendd/queue.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"

void
queue_init(struct queue *q, unsigned room)
{
	memset(q, 0, sizeof *q);
	q->room = room;
	q->table_size = 1024;
	while (q->table_size < (size_t)room * 2)
		q->table_size *= 2;
	q->table = xcalloc(q->table_size, sizeof(struct item *));
	items_init(&q->aside);
	items_init(&q->due);
	items_init(&q->tombstones);
}

void
queue_done(struct queue *q)
{
	for (size_t k = 0; k < q->table_size; k++)
		while (q->table[k] != NULL) {
			struct item *i = q->table[k];

			q->table[k] = i->next_hash;
			item_free(i);
		}
	free(q->table);
	memset(q, 0, sizeof *q);
}

void
queue_line_init(struct queue_line *l, struct credential *owner)
{
	memset(l, 0, sizeof *l);
	l->credential = owner;
	for (unsigned lane = 0; lane < OUTBOX_LANES; lane++)
		items_init(&l->waiting[lane]);
}

/* --- the table -------------------------------------------------------- */

static struct item **
bucket_of(const struct queue *q, uint64_t id)
{
	/* ids count up: the low bits spread well enough */
	return &q->table[id & (q->table_size - 1)];
}

struct item *
queue_find(const struct queue *q, uint64_t id)
{
	struct item *i = *bucket_of(q, id);

	while (i != NULL && i->row.key.id != id)
		i = i->next_hash;
	return i;
}

struct item *
queue_find_row(const struct queue *q, const struct outbox_row *row)
{
	struct item *i = *bucket_of(q, row->key.id);

	while (i != NULL &&
	    (i->row.key.id != row->key.id || i->row.send != row->send))
		i = i->next_hash;
	return i;
}

static void
table_add(struct queue *q, struct item *i)
{
	struct item **b = bucket_of(q, i->row.key.id);

	i->next_hash = *b;
	*b = i;
	q->n++;
	q->added++;
	q->n_of[i->row.key.shard][i->row.key.lane]++;
}

/* Out of the table and the counts, and freed. */
static void
table_remove(struct queue *q, struct item *i)
{
	struct item **at = bucket_of(q, i->row.key.id);

	while (*at != i)
		at = &(*at)->next_hash;
	*at = i->next_hash;
	q->n--;
	q->n_of[i->row.key.shard][i->row.key.lane]--;
	item_free(i);
}

/* --- lookup ----------------------------------------------------------- */

unsigned
queue_room(const struct queue *q, unsigned lane)
{
	unsigned room = lane > 0 ? q->room - q->room / 4 : q->room;

	return q->n < room ? room - q->n : 0;
}

unsigned
queue_in_lane(const struct queue *q, unsigned shard, unsigned lane)
{
	return q->n_of[shard][lane];
}

unsigned
queue_in_shard(const struct queue *q, unsigned shard)
{
	unsigned n = 0;

	for (unsigned lane = 0; lane < OUTBOX_LANES; lane++)
		n += q->n_of[shard][lane];
	return n;
}

struct item *
queue_peek(const struct queue_line *l, unsigned lane)
{
	return l->waiting[lane].first;
}

/* --- the rings: a line is in one exactly while something waits there --- */

static void
ring_add(struct queue *q, struct queue_line *l, unsigned lane)
{
	struct queue_ring *r = &q->busy[lane];

	l->prev[lane] = r->last;
	l->next[lane] = NULL;
	if (r->last != NULL)
		r->last->next[lane] = l;
	else
		r->first = l;
	r->last = l;
	r->n++;
}

static void
ring_remove(struct queue *q, struct queue_line *l, unsigned lane)
{
	struct queue_ring *r = &q->busy[lane];
	struct queue_line *before = l->prev[lane], *behind = l->next[lane];

	*(before != NULL ? &before->next[lane] : &r->first) = behind;
	*(behind != NULL ? &behind->prev[lane] : &r->last) = before;
	r->n--;
}

unsigned
queue_lines(const struct queue *q, unsigned lane)
{
	return q->busy[lane].n;
}

struct queue_line *
queue_next_line(struct queue *q, unsigned lane)
{
	struct queue_line *l = q->busy[lane].first;

	if (l == NULL)
		return NULL;
	ring_remove(q, l, lane);
	ring_add(q, l, lane);
	return l;
}

/* --- the life of an item ---------------------------------------------- */

static void
enter(struct queue *q, struct item *i, enum item_state state)
{
	bool flew = i->state == ITEM_IN_FLIGHT;
	bool flies = state == ITEM_IN_FLIGHT;
	bool message = i->row.key.lane == 0;

	q->in_flight += (unsigned)flies - (unsigned)flew;
	q->messages_in_flight +=
	    message ? (unsigned)flies - (unsigned)flew : 0;
	i->state = state;
}

static bool
is_aside(const struct item *i)
{
	return i->state == ITEM_ASIDE || i->state == ITEM_COMPARING;
}

static void
wait_in(struct queue *q, struct queue_line *l, struct item *i,
    void (*put)(struct items *, struct item *))
{
	unsigned lane = i->row.key.lane;

	i->line = l;
	enter(q, i, ITEM_WAITING);
	put(&l->waiting[lane], i);
	if (l->waiting[lane].n == 1)
		ring_add(q, l, lane);
}

void
queue_add(struct queue *q, struct queue_line *l, struct item *i)
{
	assert(i->state == ITEM_NEW);
	table_add(q, i);
	wait_in(q, l, i, items_add);
}

struct item *
queue_next(struct queue *q, struct queue_line *l, unsigned lane)
{
	struct item *i = items_take(&l->waiting[lane]);

	if (i == NULL)
		return NULL;
	assert(i->state == ITEM_WAITING);
	if (l->waiting[lane].n == 0)
		ring_remove(q, l, lane);
	enter(q, i, ITEM_TAKEN);
	return i;
}

void
queue_fly(struct queue *q, struct item *i)
{
	assert(i->state == ITEM_TAKEN);
	enter(q, i, ITEM_IN_FLIGHT);
}

void
queue_requeue(struct queue *q, struct item *i)
{
	assert(i->state == ITEM_TAKEN || i->state == ITEM_IN_FLIGHT);
	wait_in(q, i->line, i, items_push);
}

void
queue_settle(struct queue *q, struct item *i)
{
	assert(i->state == ITEM_TAKEN || i->state == ITEM_IN_FLIGHT);
	item_forget_body(i);
	enter(q, i, ITEM_SETTLING);
}

void
queue_finish(struct queue *q, struct item *i)
{
	assert(i->state == ITEM_SETTLING);
	if (!q->reading) {
		table_remove(q, i);
		return;
	}
	enter(q, i, ITEM_TOMBSTONE);
	items_add(&q->tombstones, i);
}

void
queue_drop(struct queue *q, struct item *i)
{
	assert(i->state == ITEM_TAKEN || i->state == ITEM_COMPARING);
	if (is_aside(i))
		i->line->comparing--;
	table_remove(q, i);
}

/* --- dropping what waits ---------------------------------------------- */

#define ALL OUTBOX_SHARDS

static void
drop_listed(struct queue *q, struct items *list, unsigned shard)
{
	struct items had = *list;
	struct item *i;

	if (had.n == 0)
		return;
	items_init(list);
	while ((i = items_take(&had)) != NULL)
		if (shard != ALL && i->row.key.shard != shard) {
			items_add(list, i);
		} else {
			if (is_aside(i))
				i->line->comparing--;
			table_remove(q, i);
		}
}

static void
drop_in_lane(struct queue *q, unsigned lane, unsigned shard)
{
	struct queue_line *l = q->busy[lane].first, *behind;

	for (; l != NULL; l = behind) {
		behind = l->next[lane];
		drop_listed(q, &l->waiting[lane], shard);
		if (l->waiting[lane].n == 0)
			ring_remove(q, l, lane);
	}
}

static void
drop_waiting(struct queue *q, unsigned shard)
{
	for (unsigned lane = 0; lane < OUTBOX_LANES; lane++)
		drop_in_lane(q, lane, shard);
	drop_listed(q, &q->aside, shard);
	drop_listed(q, &q->due, shard);
}

void
queue_drop_shard(struct queue *q, unsigned shard)
{
	assert(shard < OUTBOX_SHARDS);
	drop_waiting(q, shard);
}

void
queue_drop_waiting(struct queue *q)
{
	drop_waiting(q, ALL);
}

/* --- comparing with the devices --------------------------------------- */

void
queue_set_aside(struct queue *q, struct item *i)
{
	assert(i->state == ITEM_TAKEN);
	i->line->comparing++;
	enter(q, i, ITEM_ASIDE);
	items_add(&q->aside, i);
}

struct item *
queue_compare(struct queue *q)
{
	struct item *i = items_take(&q->aside);

	if (i != NULL)
		enter(q, i, ITEM_COMPARING);
	return i;
}

void
queue_compared(struct queue *q, struct queue_line *l, struct item *i)
{
	assert(i->state == ITEM_COMPARING);
	i->line->comparing--;
	wait_in(q, l, i, items_push);
}

void
queue_not_compared(struct queue *q, struct item *i)
{
	assert(i->state == ITEM_COMPARING);
	enter(q, i, ITEM_ASIDE);
	items_push(&q->aside, i);
}

/* --- rows of users ---------------------------------------------------- */

bool
queue_has_due_room(const struct queue *q)
{
	return q->due.n < QUEUE_DUE_MAX;
}

void
queue_add_due(struct queue *q, struct item *i)
{
	assert(i->state == ITEM_NEW);
	table_add(q, i);
	enter(q, i, ITEM_DUE);
	items_add(&q->due, i);
}

struct item *
queue_next_due(struct queue *q)
{
	struct item *i = items_take(&q->due);

	if (i != NULL)
		enter(q, i, ITEM_SETTLING);
	return i;
}

void
queue_return_due(struct queue *q, struct item *i)
{
	assert(i->state == ITEM_SETTLING && i->line == NULL);
	enter(q, i, ITEM_DUE);
	items_push(&q->due, i);
}

/* --- reads ------------------------------------------------------------ */

void
queue_read_begins(struct queue *q)
{
	assert(!q->reading);
	q->reading = true;
}

void
queue_read_ends(struct queue *q)
{
	struct item *i;

	q->reading = false;
	while ((i = items_take(&q->tombstones)) != NULL)
		table_remove(q, i);
}
