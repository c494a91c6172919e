/* SPDX-License-Identifier: MIT */
/*
 * Rows into hand: lane 0 of every shard before lane 1 of any, bounded by
 * room, of which campaigns may take three quarters. Reading goes on behind
 * the latest place; a poll or a ring starts again at the beginning, where
 * rows that were committed late or came due again are found. What is in hand
 * already is skipped by id.
 */
#include "sendd/sendd.h"

#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/log.h"

struct taking {
	struct sendd *s;
	struct items fresh;
	struct outbox_place last;
};

/* During the read only: a body or a credential is asked for afterwards,
 * when the connection is free again. */
static void
take_row(const struct outbox_row *row, void *arg)
{
	struct taking *t = arg;
	struct sendd *s = t->s;
	struct body *body = NULL;
	struct item *i;

	t->last = (struct outbox_place){row->due_ms, row->id};
	if (hand_has(s, row->id) || row->platform >= PLATFORM__COUNT)
		return;
	if (row->body != NULL)
		body = bodies_add(s->bodies, row->body_id, row->body,
		    row->body_len, false);
	i = item_new(row, s->shards[row->shard].epoch, body);
	i->send = row->send;
	/* until its body is found, remember which it is */
	if (body == NULL)
		i->asked_ms = (int64_t)row->body_id;
	items_add(&t->fresh, i);
}

static const struct err *
find_body(struct sendd *s, struct item *i)
{
	uint64_t id = (uint64_t)i->asked_ms;
	struct arena *a;
	const char *json;
	const struct err *e;
	size_t len;

	if (i->body != NULL || (i->body = bodies_find(s->bodies, id)) != NULL)
		return NULL;
	a = arena_new();
	e = outbox_body(s->db, a, id, &json, &len);
	if (e != NULL && e->code == ERR_MISSING) {
		/* nothing to send: told as the refusal of an empty body */
		json = "";
		len = 0;
		e = NULL;
	}
	if (e == NULL)
		i->body = bodies_add(s->bodies, id, json, len, true);
	arena_free(a);
	return e;
}

static const struct err *
place(struct sendd *s, struct item *i)
{
	struct credential *c;
	const struct err *e = find_body(s, i);

	if (e == NULL)
		e = credential_of(&s->book, s->db, i->app, i->platform,
		    i->platform == PLATFORM_APNS ? i->environment : 0, &c);
	if (e != NULL)
		return e;
	i->asked_ms = 0;
	hand_add(s, i);
	items_add(&c->waiting[i->lane], i);
	s->figures.admitted++;
	return NULL;
}

/* What could not be placed stays in the database and is read again. */
static const struct err *
place_all(struct sendd *s, struct items *fresh)
{
	const struct err *e = NULL;
	struct item *i;

	while ((i = items_take(fresh)) != NULL) {
		if (e == NULL && (e = place(s, i)) == NULL)
			continue;
		if (i->body != NULL)
			item_free(i);
		else
			free(i);
	}
	return e;
}

static const struct err *
read_lane(struct sendd *s, unsigned shard, unsigned lane, unsigned room)
{
	struct lane_state *l = &s->shards[shard].lanes[lane];
	struct taking t = {.s = s};
	unsigned n = 0, limit = (unsigned)s->settings.sendd.batch;
	const struct err *e;

	if (limit > room)
		limit = room;
	/* from the start, what is in hand comes first */
	if (l->place.id == 0)
		limit += l->in_hand;
	items_init(&t.fresh);
	t.last = l->place;
	e = outbox_read(s->db, shard, lane, &l->place, limit, take_row, &t,
	    &n);
	if (e == NULL)
		e = place_all(s, &t.fresh);
	if (e != NULL) {
		s->shards[shard].look = true;
		return e;
	}
	l->place = t.last;
	l->more = n == limit;
	return NULL;
}

static unsigned
room_for(const struct sendd *s, unsigned lane)
{
	unsigned room = (unsigned)s->settings.sendd.room;

	if (lane > 0)
		room -= room / 4;
	return s->in_hand < room ? room - s->in_hand : 0;
}

static void
start_again(struct sendd *s)
{
	int64_t now = clock_mono_ms();
	bool poll = now >= s->poll_due_ms;

	if (poll)
		s->poll_due_ms = now + s->settings.sendd.poll_ms;
	for (unsigned i = 0; i < OUTBOX_SHARDS; i++) {
		struct shard_hand *h = &s->shards[i];

		if (!h->mine || !(h->look || poll))
			continue;
		h->look = false;
		for (int lane = 0; lane < OUTBOX_LANES; lane++) {
			h->lanes[lane].place = (struct outbox_place){0, 0};
			h->lanes[lane].more = true;
		}
	}
}

const struct err *
admit(struct sendd *s)
{
	const struct err *e = NULL;

	start_again(s);
	for (unsigned lane = 0; lane < OUTBOX_LANES; lane++)
		for (unsigned i = 0; i < OUTBOX_SHARDS; i++) {
			unsigned room = room_for(s, lane);

			if (!s->shards[i].mine || s->shards[i].leaving ||
			    !s->shards[i].lanes[lane].more)
				continue;
			if (room == 0)
				break;
			if ((e = read_lane(s, i, lane, room)) != NULL)
				return e;
		}
	return NULL;
}
