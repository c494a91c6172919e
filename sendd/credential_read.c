/* SPDX-License-Identifier: MIT */
/* What credentials have from the database: their rows, which of them have
 * changed, and the operators' holds. A task reads; the main thread, to which
 * the credentials belong, puts in force what was read. */
#include "sendd/credential_part.h"

#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"

#define REFRESH_MS 1000 /* between two looks at what operators have changed */
#define ROWS_MAX 64	/* that one task reads: others wait for it */

struct row_read {
	struct credential *c;
	int64_t app;
	struct credential_loaded *loaded; /* out; NULL: not read */
	const char *missing; /* out: why there is none; or NULL */
};

struct credential_reading {
	struct db_task task;
	struct credential_table *t;
	struct keyring *keyring;
	struct row_read rows[ROWS_MAX];
	size_t n;

	bool looks;	   /* at versions and holds, too */
	bool behind;	   /* at the versions in any case */
	bool catches_up;   /* what is known is old: so may the node's be */
	uint64_t sum;	   /* of versions, as known; out: as read */
	int64_t asked_ms;  /* and from here on: out */
	bool looked, compares;
	struct arena *memory, *holds_memory;
	struct application_version *versions;
	struct hold *holds;
	size_t n_versions, n_holds;
};

/* --- the db_worker's part --------------------------------------------- */

static const struct err *
read_row(struct db *db, const struct credential_reading *r,
    struct row_read *row)
{
	struct arena *memory = arena_new();
	struct credential_loaded *loaded = arena_zero(memory, sizeof *loaded);
	const struct err *e = application_credentials(db, memory, r->keyring,
	    row->app, &loaded->secret);

	if (e != NULL && e->code != ERR_MISSING) {
		arena_free(memory);
		return e;
	}
	if (e != NULL)
		row->missing = arena_text(memory, e->text, strlen(e->text));
	loaded->memory = memory;
	row->loaded = loaded;
	return NULL;
}

/* The sum is read first: a row that changes meanwhile makes the next sum
 * another one. */
static const struct err *
read_changes(struct db *db, struct credential_reading *r)
{
	uint64_t known = r->sum;
	const struct err *e;

	if (r->catches_up && (e = db_catch_up(db)) != NULL)
		return e;
	r->asked_ms = clock_mono_ms();
	if ((e = application_versions_sum(db, &r->sum)) != NULL)
		return e;
	r->compares = r->sum != known || r->behind;
	if (r->compares && (e = application_versions(db, r->memory,
		 &r->versions, &r->n_versions)) != NULL)
		return e;
	e = hold_list(db, r->holds_memory, &r->holds, &r->n_holds);
	r->looked = e == NULL;
	return e;
}

static const struct err *
read_credentials(struct db *db, void *task)
{
	struct credential_reading *r = task;
	const struct err *e = r->looks ? read_changes(db, r) : NULL;

	for (size_t i = 0; e == NULL && i < r->n; i++)
		e = read_row(db, r, &r->rows[i]);
	return e;
}

/* --- what is wanted --------------------------------------------------- */

void
credential_want(struct credential_table *t, struct credential *c,
    enum credential_want why)
{
	struct credential_told *told = c->told;
	bool waits = told->want != CREDENTIAL_WANT_NOTHING;

	told->want = why;
	if (waits)
		return;
	told->next_wanted = NULL;
	if (t->wanted == NULL)
		t->wanted = c;
	else
		t->last_wanted->told->next_wanted = c;
	t->last_wanted = c;
}

static void
take_wanted(struct credential_table *t, struct credential_reading *r)
{
	while (r->n < ROWS_MAX && t->wanted != NULL) {
		struct credential *c = t->wanted;

		t->wanted = c->told->next_wanted;
		r->rows[r->n++] = (struct row_read){c, c->app, NULL, NULL};
	}
}

/* Is one to be loaded, whether its row has changed or not? */
static bool
is_any_behind(const struct credential_table *t)
{
	const struct credential *c = t->first;

	while (c != NULL && c->version != CREDENTIAL_STALE &&
	    !credential_is_to_be_retried(c))
		c = c->next;
	return c != NULL;
}

/* --- what was read ---------------------------------------------------- */

static void
log_change(const struct credential *c, enum credential_want why)
{
	if (why == CREDENTIAL_WANT_CHANGE ||
	    (why == CREDENTIAL_WANT_RETRY && c->state != CREDENTIAL_NONE))
		log_notice("credential changed " CREDENTIAL_NAME,
		    CREDENTIAL_NAMED(c));
}

static void
take_row(struct credential_table *t, struct row_read *row)
{
	struct credential *c = row->c;
	enum credential_want why = c->told->want;

	c->told->want = CREDENTIAL_WANT_NOTHING;
	if (row->loaded == NULL) { /* it was not read */
		credential_want(t, c, why);
		return;
	}
	/* not while a token comes: it is for the old credential */
	if (c->token.request != NULL || c->token.fetch != NULL) {
		t->versions_sum = 0; /* look at it again next time */
		arena_free(row->loaded->memory);
		return;
	}
	if (why == CREDENTIAL_WANT_CHANGE)
		c->told->alarms.n = 0; /* an operator has changed it */
	credential_take(t, c, row->loaded, row->missing == NULL ? NULL
	    : err_new(ERR_MISSING, "%s", row->missing));
	log_change(c, why);
}

/* Compare all with the versions of their rows. */
static void
compare_versions(struct credential_table *t,
    const struct credential_reading *r)
{
	struct application_version *list = r->versions, *found;
	struct hash by_app = {0};

	for (size_t i = 0; i < r->n_versions; i++)
		hash_add(&by_app, (uint64_t)list[i].id, &list[i]);
	for (struct credential *c = t->first; c != NULL; c = c->next) {
		found = hash_find(&by_app, (uint64_t)c->app, NULL, NULL);
		if (found == NULL || c->told->want != CREDENTIAL_WANT_NOTHING)
			continue;
		if (found->version != c->version)
			credential_want(t, c, CREDENTIAL_WANT_CHANGE);
		else if (credential_is_to_be_retried(c))
			credential_want(t, c, CREDENTIAL_WANT_RETRY);
	}
	hash_done(&by_app);
}

static void
take_changes(struct credential_table *t, struct credential_reading *r)
{
	t->versions_sum = r->sum;
	t->refresh_due_ms = clock_mono_ms() + REFRESH_MS;
	if (operator_holds_take(&t->operator_holds, r->holds_memory, r->holds,
		r->n_holds, r->asked_ms))
		credential_take_holds(t);
	r->holds_memory = NULL;
	if (r->compares)
		compare_versions(t, r);
}

static void
reading_done(struct credential_reading *r)
{
	if (r->memory != NULL)
		arena_free(r->memory);
	if (r->holds_memory != NULL)
		arena_free(r->holds_memory);
	free(r);
}

/* The holds come first: a credential that is new is held by them. */
static const struct err *
end_credentials(void *task, const struct err *e)
{
	struct credential_reading *r = task;

	r->t->reading = false;
	if (r->looked)
		take_changes(r->t, r);
	for (size_t i = 0; i < r->n; i++)
		take_row(r->t, &r->rows[i]);
	reading_done(r);
	return e;
}

/* --- the task --------------------------------------------------------- */

static void
give_reading(struct credential_table *t)
{
	struct credential_reading *r = xcalloc(1, sizeof *r);

	r->task.work = read_credentials;
	r->task.done = end_credentials;
	r->t = t;
	r->keyring = t->keyring;
	take_wanted(t, r);
	r->looks = clock_mono_ms() >= t->refresh_due_ms;
	if (r->looks) {
		r->memory = arena_new();
		r->holds_memory = arena_new();
		r->behind = is_any_behind(t);
		r->catches_up = t->catch_up;
		t->catch_up = false;
		r->sum = t->versions_sum;
	}
	t->reading = true;
	db_tasks_give(&t->tasks, &r->task);
}

int64_t
credential_due_ms(const struct credential_table *t)
{
	if (db_tasks_are_due(&t->tasks))
		return 0;
	if (t->reading)
		return INT64_MAX;
	return t->wanted != NULL ? 0 : t->refresh_due_ms;
}

const struct err *
credential_run(struct credential_table *t)
{
	if (!t->reading &&
	    (t->wanted != NULL || clock_mono_ms() >= t->refresh_due_ms))
		give_reading(t);
	return db_tasks_run(&t->tasks);
}
