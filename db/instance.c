/* SPDX-License-Identifier: MIT */
#include "db/instance.h"

#include <stdio.h>

#define PART_OF_LEASE 3
#define HICCUP_MS 2000

const struct err *
instance_look(struct db *db, const char *name, struct incarnation *out)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_INSTANCE_LOOK,
	    VALUES(v_text(name)), &r);

	if (e != NULL)
		return e;
	*out = (struct incarnation){.id = 0};
	(void)snprintf(out->name, sizeof out->name, "%s", name);
	if (db_next(r)) {
		out->id = db_u64(r, 0);
		out->beats = db_u64(r, 1);
		(void)snprintf(out->host, sizeof out->host, "%s",
		    db_text(r, 2));
		out->pid = (unsigned)db_u64(r, 3);
	}
	db_done(r);
	return NULL;
}

static const struct err *
instance_add(struct db *db, const struct incarnation *self, bool *done)
{
	const struct err *e = db_exec(db, SQL_INSTANCE_ADD,
	    VALUES(v_text(self->name), v_u64(self->id), v_text(self->host),
		v_u64(self->pid),
		v_blob(self->ring_key, sizeof self->ring_key)));

	if (e != NULL && db_duplicate(db, "PRIMARY"))
		return NULL;
	*done = e == NULL;
	return e;
}

const struct err *
instance_claim(struct db *db, const struct incarnation *self,
    uint64_t instead, bool *done)
{
	const struct err *e = db_exec(db, SQL_INSTANCE_CLAIM,
	    VALUES(v_u64(self->id), v_text(self->host), v_u64(self->pid),
		v_blob(self->ring_key, sizeof self->ring_key),
		v_text(self->name), v_u64(instead)));

	*done = e == NULL && db_affected(db) == 1;
	if (e != NULL || *done || instead != 0)
		return e;
	return instance_add(db, self, done); /* the name has no row */
}

/* If the row has been deleted meanwhile, add it again. */
static const struct err *
beat_row(struct db *db, const struct incarnation *self, const char *figures,
    int64_t skew_ms, bool *kept)
{
	const struct err *e = db_exec(db, SQL_INSTANCE_BEAT,
	    VALUES(v_text(db_node(db)), v_i64(skew_ms), v_text(figures),
		v_text(self->name), v_u64(self->id)));

	if (e != NULL)
		return e;
	*kept = db_affected(db) == 1;
	return *kept ? NULL : instance_add(db, self, kept);
}

const struct err *
instance_beat(struct db *db, const struct incarnation *self,
    const char *figures, int64_t skew_ms, bool *lost)
{
	bool kept = false;
	const struct err *e = beat_row(db, self, figures, skew_ms, &kept);

	if (e == NULL)
		*lost = !kept;
	return e;
}

const struct err *
instance_beats(struct db *db, struct heartbeats *out)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_INSTANCE_BEATS, NO_VALUES, &r);

	if (e != NULL)
		return e;
	(void)snprintf(out->node, sizeof out->node, "%s", db_node(db));
	for (out->n = 0; out->n < HEARTBEATS_MAX && db_next(r); out->n++) {
		struct heartbeat *h = &out->list[out->n];

		h->incarnation = db_u64(r, 0);
		h->beats = db_u64(r, 1);
		h->draining = db_u64(r, 2) != 0;
		h->clock_ms = db_i64(r, 3);
		(void)snprintf(h->node, sizeof h->node, "%s", db_text(r, 4));
		out->clock_ms = db_i64(r, 5);
	}
	db_done(r);
	return NULL;
}

const struct err *
instance_drain(struct db *db, const char *name, bool draining, bool *found)
{
	const struct err *e = db_exec(db, SQL_INSTANCE_DRAIN,
	    VALUES(v_u64(draining), v_text(name)));

	*found = e == NULL && db_affected(db) == 1;
	return e;
}

const struct err *
instance_leave(struct db *db, const struct incarnation *self,
    int64_t lease_ms)
{
	return db_exec(db, SQL_INSTANCE_LEAVE, VALUES(v_i64(lease_ms),
	    v_text(self->name), v_u64(self->id)));
}

const struct err *
instance_daemon(struct db *db, int64_t lease_ms, bool *alive)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_INSTANCE_DAEMONS,
	    VALUES(v_i64(lease_ms)), &r);

	*alive = e == NULL && db_next(r) && db_u64(r, 0) > 0;
	if (e == NULL)
		db_done(r);
	return e;
}

/* --- looking ---------------------------------------------------------- */

int64_t
instance_silent_after_ms(int64_t lease_ms)
{
	int64_t part = lease_ms / PART_OF_LEASE;

	return part > HICCUP_MS ? part : HICCUP_MS;
}

bool
instance_is_silent(const struct instance *i, int64_t lease_ms)
{
	return i->runs && i->now_ms - i->seen_ms >=
	    instance_silent_after_ms(lease_ms);
}

const struct err *
instance_list(struct db *db, struct arena *a, struct instance **list,
    size_t *n)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_INSTANCE_LIST, NO_VALUES, &r);

	if (e != NULL)
		return e;
	*list = arena_zero(a, db_count(r) * sizeof **list);
	for (*n = 0; db_next(r); (*n)++) {
		struct instance *i = &(*list)[*n];

		i->name = db_copy(a, r, 0);
		i->started_ms = db_i64(r, 1);
		i->seen_ms = db_i64(r, 2);
		i->now_ms = db_i64(r, 3);
		i->figures = db_copy(a, r, 4);
		i->shards = (unsigned)db_u64(r, 5);
		i->host = db_copy(a, r, 6);
		i->draining = db_u64(r, 7) != 0;
		i->runs = db_u64(r, 8) != 0;
	}
	db_done(r);
	return NULL;
}
