/* SPDX-License-Identifier: MIT */
#include "core/due.h"

#include <string.h>

#include "core/target.h"
#include "db/shard.h"
#include "lib/json.h"
#include "push/message.h"

struct expansion {
	const struct due_job *job;
	struct arena *memory;
	struct application app; /* of the latest one */
};

/* One that is gone has no devices either. */
static const struct err *
find_app(struct db *db, struct expansion *x, int64_t id)
{
	const struct err *e;

	if (x->app.id == id)
		return NULL;
	x->app = (struct application){0};
	e = application_by_id(db, x->memory, id, &x->app);
	if (e == NULL || e->code != ERR_MISSING)
		return e;
	x->app = (struct application){.id = id, .app_id = ""};
	return NULL;
}

/* For storage. A body that cannot be read is told when it is to be sent. */
static void
read_published(struct arena *a, struct due *d)
{
	d->message.published = "{}";
	if (d->body == NULL)
		return;
	(void)message_published(a, d->body, d->body_len,
	    &d->message.published, &d->message.silent);
}

static const struct err *
choose(struct db *db, struct expansion *x, struct due *d)
{
	struct target_rule rule = {&x->app, x->job->development,
	    d->message.personal, true};
	struct target_list list;
	const struct err *e;

	if (d->cancelled)
		return NULL;
	if ((e = find_app(db, x, d->app)) != NULL ||
	    (e = target_find(db, x->memory, &rule, d->message.user_id,
		 d->message.activation_id, &list)) != NULL)
		return e;
	d->message.targets = list.targets;
	d->message.n_targets = list.n_targets;
	read_published(x->memory, d);
	return NULL;
}

static const struct err *
expand_once(struct db *db, void *arg)
{
	struct expansion *x = arg;
	const struct due_job *job = x->job;
	const struct err *e;
	struct due *list;
	size_t n, kept = 0;

	arena_reset(x->memory);
	x->app = (struct application){0};
	e = shard_keep(db, job->incarnation, job->lease_ms, job->leases,
	    job->n_leases, &kept);
	if (e == NULL && kept != job->n_leases)
		e = err_new(ERR_CONFLICT, "%zu of %zu shards were taken over",
		    job->n_leases - kept, job->n_leases);
	if (e == NULL)
		e = due_take(db, x->memory, job->keys, job->n, job->store,
		    &list, &n);
	for (size_t i = 0; e == NULL && i < n; i++)
		e = choose(db, x, &list[i]);
	return e != NULL ? e
			 : due_write(db, job->keys, job->n, list, n,
			       job->store);
}

const struct err *
due_expand(struct db *db, const struct due_job *job)
{
	struct expansion x = {.job = job, .memory = arena_new()};
	const struct err *e;

	do
		e = db_transact(db, expand_once, &x);
	/* an id drawn twice */
	while (e != NULL && db_duplicate(db, "PRIMARY"));
	arena_free(x.memory);
	return e;
}
