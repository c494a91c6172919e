/* SPDX-License-Identifier: MIT */
#include "core/due.h"

#include <string.h>

#include "core/target.h"
#include "db/shard.h"
#include "lib/log.h"
#include "push/message.h"

/* Devices for one transaction; a single user may have more. */
#define DEVICES_ENOUGH 10000

struct expansion {
	const struct due_job *job;
	const struct outbox_key *keys; /* a part of the job's keys */
	size_t n;
	struct arena *memory;
	struct application app; /* of the latest row */
};

/* Treat an application that was removed as one without devices. */
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

/* For the stored message. A body that cannot be read fails later, when it is
 * sent. */
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
choose_targets(struct db *db, struct expansion *x, struct due *d)
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
	target_left_out(x->memory, &list, &d->message);
	if (list.by[TARGET_TOO_MANY] > 0)
		log_warn("refused message=%llu row=%llu why=\"%s\"",
		    (unsigned long long)d->send,
		    (unsigned long long)d->key.id,
		    QUOTED(target_why(TARGET_TOO_MANY)));
	target_log(&d->message, d->send, x->app.app_id);
	read_published(x->memory, d);
	return NULL;
}

/* Choose the targets of users, in order, until there are enough devices for a
 * transaction; *n becomes the number of these users. */
static const struct err *
choose_some(struct db *db, struct expansion *x, struct due *list, size_t *n)
{
	const struct err *e = NULL;
	size_t devices = 0, i;

	for (i = 0; e == NULL && i < *n && devices < DEVICES_ENOUGH; i++) {
		e = choose_targets(db, x, &list[i]);
		devices += list[i].message.n_targets;
	}
	*n = i;
	return e;
}

static const struct err *
expand_once(struct db *db, void *arg)
{
	struct expansion *x = arg;
	const struct due_job *job = x->job;
	const struct err *e;
	struct due *list;
	uint64_t kept = 0;
	size_t n;

	arena_reset(x->memory);
	x->app = (struct application){0};
	if ((e = due_take(db, x->memory, x->keys, x->n, job->store, &list,
		 &n)) != NULL ||
	    (e = choose_some(db, x, list, &n)) != NULL ||
	    (e = due_write(db, list, n, job->store, job->history)) != NULL ||
	    (e = shard_fence(db, job->incarnation, job->lease_ms, job->leases,
		 job->n_leases, &kept)) != NULL ||
	    (e = db_answers(db)) != NULL)
		return e;
	return kept == job->n_leases ? NULL
	    : err_new(ERR_CONFLICT, "%zu of %zu shards were taken over",
		job->n_leases - (size_t)kept, job->n_leases);
}

static const struct err *
expand_some(struct db *db, struct expansion *x, const struct outbox_key *keys,
    size_t n)
{
	const struct err *e;

	x->keys = keys;
	x->n = n;
	do
		e = db_transact(db, expand_once, x);
	/* an id was drawn twice: draw again */
	while (e != NULL && db_duplicate(db, "PRIMARY"));
	return e;
}

/* Is the error caused by one row, not by the database? */
static bool
is_of_a_row(const struct err *e)
{
	return e != NULL &&
	    (e->code == ERR_TOOBIG || e->code == ERR_OVERSIZE ||
		e->code == ERR_FAULT);
}

/* Expand each row alone, so that a row that cannot be written does not hold up
 * the others. */
static const struct err *
expand_each(struct db *db, struct expansion *x, struct due_job *job)
{
	const struct err *e;

	for (size_t i = 0; i < job->n; i++) {
		e = expand_some(db, x, &job->keys[i], 1);
		if (e != NULL && !is_of_a_row(e))
			return e;
		if (e == NULL)
			continue;
		job->n_bad++;
		job->why = *e;
	}
	return NULL;
}

/* A history that cannot be written must not hold up the rows: as in
 * db/outbox_settle.c. */
static const struct err *
expand_all(struct db *db, struct expansion *x, struct due_job *job)
{
	const struct err *e = expand_some(db, x, job->keys, job->n);
	struct err first;

	if (e == NULL || !job->history || e->code == ERR_CONFLICT ||
	    e->code == ERR_DOUBT || !db_was_refused(db))
		return e;
	first = *e;
	job->history = false;
	if ((e = expand_some(db, x, job->keys, job->n)) == NULL)
		log_warn("history error=\"%s\"", QUOTED(first.text));
	return e;
}

const struct err *
due_expand(struct db *db, struct due_job *job)
{
	struct expansion x = {.job = job, .memory = arena_new()};
	const struct err *e = expand_all(db, &x, job);

	job->n_bad = 0;
	if (is_of_a_row(e))
		e = expand_each(db, &x, job);
	arena_free(x.memory);
	return e;
}
