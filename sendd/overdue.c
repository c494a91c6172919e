/* SPDX-License-Identifier: MIT */
#include "sendd/overdue.h"

#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"

#define OVERDUE_LOOK_MS 5000 /* between two looks; two polls at least */

/* --- the decision ----------------------------------------------------- */

static bool
is_same(const struct outbox_due *a, const struct outbox_due *b)
{
	return a->id == b->id && strcmp(a->due, b->due) == 0;
}

/* The pass under way when the row was first seen may have been beyond it
 * already; the next pass cannot have been. Passes since the look before are not
 * counted yet: they may have taken the row, which was sent at once. */
void
overdue_judge(struct overdue *o, const struct outbox_due *row,
    const struct overdue_pace *pace)
{
	if (row->id == 0 || !is_same(&o->row, row)) {
		*o = (struct overdue){.row = *row, .looks = row->id != 0,
		    .passes = pace->passes, .admitted = pace->admitted};
		return;
	}
	o->looks++;
	o->idle = pace->room && pace->admitted == o->admitted ? o->idle + 1
							      : 0;
	o->admitted = pace->admitted;
	o->missed = o->looks >= OVERDUE_LOOKS &&
	    (o->read >= 2 || o->idle + 1 >= OVERDUE_LOOKS);
	o->read = pace->passes - o->passes;
}

/* --- looking, on a db_worker's connection --------------------------------- */

struct sight {
	unsigned shard, lane, limit;
	uint64_t epoch;
	size_t n; /* of its rows */
};

struct overdue_look {
	struct sight lanes[OUTBOX_SHARDS * OUTBOX_LANES];
	unsigned n_lanes;
	struct outbox_due *rows;
	size_t n, size;
};

static void
overdue_add(const struct outbox_due *row, void *arg)
{
	struct overdue_look *look = arg;

	if (look->n == look->size) {
		look->size = look->size > 0 ? 2 * look->size : 256;
		look->rows = xrealloc(look->rows,
		    look->size * sizeof *look->rows);
	}
	look->rows[look->n++] = *row;
}

const struct err *
overdue_read(struct db *db, struct overdue_look *look)
{
	const struct err *e = NULL;

	for (unsigned i = 0; e == NULL && i < look->n_lanes; i++) {
		struct sight *l = &look->lanes[i];
		size_t before = look->n;

		e = outbox_oldest(
		    db, l->shard, l->lane, l->limit, overdue_add, look);
		l->n = look->n - before;
	}
	return e;
}

/* --- before and after, on the main thread ----------------------------- */

/* Among one row more than are in hand is one that is not in hand. */
struct overdue_look *
overdue_begin(struct overdue_watch *w)
{
	int64_t now = clock_mono_ms(), pause = 2 * w->settings->sendd.poll_ms;
	struct overdue_look *look;

	if (now < w->look_due_ms)
		return NULL;
	w->look_due_ms =
	    now + (pause > OVERDUE_LOOK_MS ? pause : OVERDUE_LOOK_MS);
	look = xcalloc(1, sizeof *look);
	for (unsigned i = 0; i < OUTBOX_SHARDS; i++) {
		for (unsigned k = 0; shards_may_read(w->shards, i) &&
		    k < OUTBOX_LANES; k++)
			look->lanes[look->n_lanes++] = (struct sight){
			    .shard = i, .lane = k,
			    .epoch = w->shards->all[i].epoch,
			    .limit = queue_in_lane(w->queue, i, k) + 1};
	}
	return look;
}

static struct outbox_due
first_not_in_hand(const struct overdue_watch *w, const struct outbox_due *rows,
    size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (queue_find(w->queue, rows[i].id) == NULL)
			return rows[i];
	return (struct outbox_due){0};
}

static void
take_in(struct overdue_watch *w, const struct overdue_look *look)
{
	const struct outbox_due *rows = look->rows;

	for (unsigned i = 0; i < look->n_lanes; i++) {
		const struct sight *l = &look->lanes[i];
		const struct scan_lane *c = &w->scan->lanes[l->shard][l->lane];
		struct outbox_due row = first_not_in_hand(w, rows, l->n);
		struct overdue_pace pace = {c->passes, w->queue->added,
		    queue_room(w->queue, l->lane) > 0};

		rows += l->n;
		if (shards_hold(w->shards, l->shard, l->epoch))
			overdue_judge(&w->lanes[l->shard][l->lane],
			    &row, &pace);
	}
}

/* How many lanes have a row that is passed over; *which: the shard of one. */
static unsigned
count_missed(struct overdue_watch *w, unsigned *which)
{
	unsigned n = 0;

	for (unsigned i = 0; i < OUTBOX_SHARDS; i++)
		for (unsigned k = 0; k < OUTBOX_LANES; k++) {
			struct overdue *o = &w->lanes[i][k];

			if (!w->shards->all[i].mine)
				*o = (struct overdue){0};
			if (o->missed && n++ == 0)
				*which = i;
		}
	return n;
}

static const char *
why(const struct overdue *o)
{
	return o->row.platform < PLATFORM__COUNT ||
		o->row.platform == OUTBOX_USER
	    ? "rows are due and are not read"
	    : "rows are due for a service that this release does not know";
}

static void
log_overdue(unsigned n, unsigned shard, const struct overdue *lanes)
{
	const struct overdue *o = lanes[0].missed ? &lanes[0] : &lanes[1];

	log_err("alarm lanes=%u shard=%u row=%llu platform=%u due=\"%s\" "
	    "why=\"%s\"", n, shard, (unsigned long long)o->row.id,
	    o->row.platform, o->row.due, QUOTED(why(o)));
}

void
overdue_end(struct overdue_watch *w, struct overdue_look *look, bool failed)
{
	unsigned which = 0, n;

	if (look == NULL)
		return;
	if (!failed)
		take_in(w, look);
	n = count_missed(w, &which);
	if (n > 0 && w->missed == 0)
		log_overdue(n, which, w->lanes[which]);
	if (n == 0 && w->missed > 0)
		log_notice("all rows that are due are read again");
	w->missed = n;
	free(look->rows);
	free(look);
}
