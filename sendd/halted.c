/* SPDX-License-Identifier: MIT */
#include "sendd/halted.h"

#include "lib/clock.h"

#define AGAIN_MS 1000

/* A run that is not held back any more may be cancelled: so that list is read
 * later. It is read also when the other one cannot be. After a standstill the
 * node may be behind, too. */
static const struct err *
read_halted(struct db *db, void *task)
{
	struct halted *h = task;
	const struct err *e = h->catches_up ? db_catch_up(db) : NULL;

	if (e != NULL)
		return e;
	e = run_paces_read(h->runs, db);
	h->runs_read = e == NULL;
	h->why = e != NULL ? *e : (struct err){0};
	if ((e = cancelled_read(db, &h->fresh)) != NULL)
		return e;
	h->cancelled_read = true;
	return h->runs_read ? NULL : err_new(h->why.code, "%s", h->why.text);
}

static const struct err *
end_halted(void *task, const struct err *e)
{
	struct halted *h = task;

	h->reading = false;
	if (!h->cancelled_read)
		return e;
	cancelled_take(h->cancelled, &h->fresh);
	if (h->runs_read)
		run_paces_take(h->runs,
		    (double)h->shards->n_mine / OUTBOX_SHARDS,
		    clock_now_ms(), clock_mono_ms());
	return e;
}

int64_t
halted_due_ms(const struct halted *h)
{
	return h->reading ? INT64_MAX : h->due_ms;
}

void
halted_tick(struct halted *h)
{
	int64_t now_ms = clock_mono_ms();

	if (now_ms < halted_due_ms(h))
		return;
	h->due_ms = now_ms + AGAIN_MS;
	h->reading = true;
	h->catches_up = h->catch_up;
	h->catch_up = false;
	h->runs_read = h->cancelled_read = false;
	h->task.work = read_halted;
	h->task.done = end_halted;
	db_tasks_give(h->tasks, &h->task);
}
