/* SPDX-License-Identifier: MIT */
#include "sendd/expand.h"

#include <stdlib.h>
#include <string.h>

#include "core/due.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"

#define EXPAND_BATCH 200 /* rows of users in one transaction */

/* One job. */
struct expanding {
	struct due_job job;
	struct lease leases[OUTBOX_SHARDS];
	struct outbox_key keys[EXPAND_BATCH];
	struct item *items[EXPAND_BATCH];
};

const struct err *
expand_write(struct db *db, void *job)
{
	struct expanding *x = job;

	return due_expand(db, &x->job);
}

/* --- collecting ------------------------------------------------------- */

/* New rows of devices exist, so the shards are read again. A row that could not
 * be replaced still exists, and is tried again only after the next poll. */
static void
users_written(struct expander *s, struct expanding *x)
{
	const struct due_job *job = &x->job;

	for (size_t i = 0; i < job->n; i++) {
		if (job->n_bad == 0)
			scan_ring(s->scan, x->items[i]->row.key.shard);
		queue_finish(s->queue, x->items[i]);
	}
	log_debug("due users=%zu bad=%zu", job->n, job->n_bad);
	if (job->n_bad > 0 &&
	    alarm_is_news(&s->alarms, job->why.text, clock_mono_ms()))
		log_err("alarm rows=%zu why=\"due users: %s\"", job->n_bad,
		    QUOTED(job->why.text));
}

static void
return_due(struct expander *s, struct expanding *x)
{
	for (size_t i = x->job.n; i > 0; i--)
		queue_return_due(s->queue, x->items[i - 1]);
}

static const struct err *
collect_expanded(struct expander *s)
{
	struct expanding *x;
	const struct err *e;

	if ((x = db_worker_collect(s->worker, &e)) == NULL)
		return NULL;
	if (e != NULL)
		return_due(s, x);
	else
		users_written(s, x);
	free(x);
	if (e == NULL || e->code != ERR_CONFLICT)
		return e;
	leases_check(s->leases);
	return NULL;
}

/* --- submitting ------------------------------------------------------- */

static void
add_due(struct expanding *x, struct item *i)
{
	struct due_job *job = &x->job;
	size_t k = 0;

	while (k < job->n_leases && x->leases[k].shard != i->row.key.shard)
		k++;
	if (k == job->n_leases)
		x->leases[job->n_leases++] = (struct lease){
		    i->row.key.shard, i->epoch};
	x->items[job->n] = i;
	x->keys[job->n++] = i->row.key;
}

static int
by_shard(const void *a, const void *b)
{
	const struct lease *x = a, *y = b;

	return x->shard < y->shard ? -1 : x->shard > y->shard;
}

/* Drop a row whose shard we have lost: the new owner expands it. */
static void
take_due(struct expander *s, struct expanding *x)
{
	struct item *i;

	while (x->job.n < EXPAND_BATCH &&
	    (i = queue_next_due(s->queue)) != NULL)
		if (shards_may_send(s->shards, i->row.key.shard, i->epoch,
			clock_mono_ms()))
			add_due(x, i);
		else
			queue_finish(s->queue, i);
}

static void
submit_due(struct expander *s)
{
	struct expanding *x = xcalloc(1, sizeof *x);

	take_due(s, x);
	if (x->job.n == 0) {
		free(x);
		return;
	}
	x->job.incarnation = s->leases->identity->self.id;
	x->job.lease_ms = s->settings->sendd.lease_ms;
	qsort(x->leases, x->job.n_leases, sizeof *x->leases, by_shard);
	x->job.leases = x->leases;
	x->job.keys = x->keys;
	x->job.development = settings_development(s->settings);
	x->job.store = s->settings->message.storage;
	x->job.history = s->settings->message.history_ms > 0;
	db_worker_submit(s->worker, x);
}

const struct err *
expand(struct expander *s, bool ending)
{
	const struct err *e = collect_expanded(s);

	if (s->queue->due.n < QUEUE_DUE_MAX / 2)
		scan_users_again(s->scan);
	if (e == NULL && !ending && s->queue->due.n > 0 &&
	    db_worker_is_idle(s->worker) && leases_are_known(s->leases))
		submit_due(s);
	return e;
}
