/* SPDX-License-Identifier: MIT */
#include "core/together.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "lib/clock.h"
#include "lib/combine.h"
#include "lib/mem.h"

#include "core/carried_row.h"
#include "core/waiting_room.h"

#define MEMBERS_MAX 64	 /* of a group */
#define PATIENCE_MS 1000 /* behind a group that makes no progress */
#define COMPANY_US 1000	 /* for as many as came last: half of a transaction */
#define SLOW_MS 1000	 /* for a COMMIT */
#define DOUBT_MS 5000	 /* after one that was slow or failed */

/* A row that waits beside a COMMIT that takes long is not carried behind it: by
 * then its device was looked up too long ago. */
_Static_assert(PATIENCE_MS >= CARRIED_MS, "they wait until it is too late");

struct together {
	struct combine *finds, *writes, *registrations;
	struct waiting_room *room;
	_Atomic int64_t doubted_until_ms; /* COMMITs, by the steady clock */
};

struct together *
together_new(struct waiting_room *room)
{
	struct together *t = xcalloc(1, sizeof *t);

	t->room = room;
	t->finds = combine_new(MEMBERS_MAX, PATIENCE_MS, COMPANY_US);
	t->writes = combine_new(MEMBERS_MAX, PATIENCE_MS, COMPANY_US);
	t->registrations = combine_new(MEMBERS_MAX, PATIENCE_MS,
	    COMPANY_US);
	return t;
}

void
together_free(struct together *t)
{
	if (t == NULL)
		return;
	combine_free(t->finds);
	combine_free(t->writes);
	combine_free(t->registrations);
	free(t);
}

/* --- results ---------------------------------------------------------- */

/* An error is of the thread that makes it: a member keeps a copy. */
struct shared_result {
	bool failed, apart; /* apart: try again by itself */
	struct err e;
};

static void
keep_result(struct shared_result *o, const struct err *e, bool apart)
{
	o->failed = e != NULL;
	o->apart = e != NULL && apart;
	if (e != NULL)
		o->e = *e;
}

static const struct err *
tell_result(const struct shared_result *o)
{
	return o->failed ? err_new(o->e.code, "%s", o->e.text) : NULL;
}

/* --- finding ---------------------------------------------------------- */

struct find {
	struct combine_job job; /* first */
	struct app_targets *targets;
	struct shared_result result;
};

/* After a silence that was longer than anybody's patience, a second one is not
 * worth it. */
static void
find_all(struct combine_job *first, void *leader)
{
	struct app_targets *list[MEMBERS_MAX];
	int64_t until = clock_mono_ms() + PATIENCE_MS;
	const struct err *e;
	bool apart;
	size_t n = 0;

	for (struct combine_job *j = first; j != NULL; j = j->next)
		list[n++] = ((struct find *)j)->targets;
	e = app_targets_read(leader, list, n);
	apart = n > 1 && clock_mono_ms() < until;
	for (struct combine_job *j = first; j != NULL; j = j->next)
		keep_result(&((struct find *)j)->result, e, apart);
}

const struct err *
together_find(struct together *t, struct db *db,
    struct app_targets *targets)
{
	struct find f = {.targets = targets};

	if (t == NULL)
		return app_targets_read(db, &targets, 1);
	combine_do(t->finds, &f.job, find_all, db);
	if (f.result.apart)
		return app_targets_read(db, &targets, 1);
	return tell_result(&f.result);
}

const struct err *
together_application(struct together *t, struct db *db, struct arena *a,
    const char *app_id, struct application *app)
{
	struct app_targets nobody = {.app_id = app_id, .mem = a};
	const struct err *e = together_find(t, db, &nobody);

	if (e != NULL)
		return e;
	if (nobody.more)
		return application_by_name(db, a, app_id, app);
	if (!nobody.found)
		return application_missing(app_id);
	*app = nobody.app;
	return NULL;
}

/* --- registering ------------------------------------------------------ */

struct registering {
	struct combine_job job; /* first */
	const struct registration *r;
	struct shared_result result;
};

/* Those that are not done by a good transaction are refused, or must be seen
 * alone. */
static void
register_all(struct combine_job *first, void *leader)
{
	const struct registration *list[MEMBERS_MAX] = {NULL};
	bool done[MEMBERS_MAX] = {true}, apart = false;
	const struct err *e;
	size_t n = 0;

	for (struct combine_job *j = first; j != NULL; j = j->next)
		list[n++] = ((struct registering *)j)->r;
	if (n == 1)
		e = device_register(leader, list[0]);
	else
		e = device_register_joint(leader, list, n, done, &apart);
	n = 0;
	for (struct combine_job *j = first; j != NULL; j = j->next) {
		struct shared_result *o = &((struct registering *)j)->result;

		keep_result(o, e, apart);
		o->apart |= e == NULL && !done[n++];
	}
}

const struct err *
together_register(struct together *t, struct db *db,
    const struct registration *r)
{
	struct registering w = {.r = r};

	if (t == NULL || registration_goes_alone(r))
		return device_register(db, r);
	combine_do(t->registrations, &w.job, register_all, db);
	if (w.result.apart)
		return device_register(db, r);
	return tell_result(&w.result);
}

/* --- writing ---------------------------------------------------------- */

struct write {
	struct combine_job job; /* first */
	struct outbox_send *send;
	struct together *t;
	struct doorbell_client *bell; /* NULL: its caller rings */
	struct shared_result result;
};

static void
ring(const struct together *t, struct doorbell_client *bell,
    const struct outbox_send *send)
{
	if (bell == NULL || send->rows == 0)
		return;
	(void)doorbell_ring(bell, send->shard, send->n_shards);
	if (t != NULL && t->room != NULL)
		waiting_room_ring(t->room, send->shard, send->n_shards);
}

/* Whoever rings for most shards rings for all, which begin at the same one. */
static void
ring_once(struct combine_job *first)
{
	const struct write *most = NULL;

	for (struct combine_job *j = first; j != NULL; j = j->next) {
		const struct write *w = (const struct write *)j;

		if (w->bell != NULL && w->send->rows > 0 && (most == NULL ||
		    w->send->n_shards > most->send->n_shards))
			most = w;
	}
	if (most != NULL)
		ring(most->t, most->bell, most->send);
}

/* A single one is repeated as any other; several are tried once. */
static void
write_all(struct combine_job *first, void *leader)
{
	struct outbox_send *sends[MEMBERS_MAX];
	const struct err *e = NULL;
	bool apart = true;
	size_t n = 0;

	for (struct combine_job *j = first; j != NULL; j = j->next)
		sends[n++] = ((struct write *)j)->send;
	if (n == 1)
		e = outbox_send(leader, sends[0]);
	else
		e = outbox_send_all(leader, sends, n, &apart);
	if (e == NULL)
		ring_once(first);
	for (struct combine_job *j = first; j != NULL; j = j->next)
		keep_result(&((struct write *)j)->result, e, n > 1 && apart);
}

static const struct err *
write_alone(const struct together *t, struct db *db,
    struct doorbell_client *bell, struct outbox_send *send)
{
	const struct err *e = outbox_send(db, send);

	if (e == NULL)
		ring(t, bell, send);
	return e;
}

const struct err *
together_queue(struct together *t, struct db *db,
    struct doorbell_client *bell, struct outbox_send *send)
{
	struct write w = {.send = send, .t = t, .bell = bell};

	if (t == NULL || !outbox_send_is_small(send))
		return write_alone(t, db, bell, send);
	combine_do(t->writes, &w.job, write_all, db);
	if (w.result.apart)
		return write_alone(t, db, bell, send);
	return tell_result(&w.result);
}

/* --- commits ---------------------------------------------------------- */

bool
together_may_carry(const struct together *t)
{
	return t == NULL ||
	    clock_mono_ms() >= atomic_load(&t->doubted_until_ms);
}

void
together_committed(struct together *t, int64_t sent_ms, bool well)
{
	int64_t now_ms = clock_mono_ms();

	if (t != NULL && (!well || now_ms - sent_ms >= SLOW_MS))
		atomic_store(&t->doubted_until_ms, now_ms + DOUBT_MS);
}
