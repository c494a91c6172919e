/* SPDX-License-Identifier: MIT */
#include "db/registration.h"

#include <stdlib.h>

#include "lib/mem.h"

#define FOUND_MAX 1000

/* SQL_DEVICE_CANDIDATES has these ranks. */
enum { BY_BOTH, BY_ACTIVATION, BY_TOKEN, NOT_FOUND };

struct found {
	size_t n;
	int64_t ids[FOUND_MAX];
	int64_t app;   /* of the first row; an activation has only one */
	unsigned rank; /* how they were found */
};

/* The rows of the best rank are taken. */
static void
take_found(const struct rows *r, struct found *f)
{
	unsigned rank = (unsigned)db_u64(r, 2);

	if (rank > f->rank || (rank == f->rank && f->n == FOUND_MAX))
		return;
	if (rank < f->rank)
		*f = (struct found){.app = db_i64(r, 1), .rank = rank};
	f->ids[f->n++] = db_i64(r, 0);
}

/* Parallel registrations of one token wait here for each other's COMMIT, and
 * then find the row. The written value is never read. It is a write, and not
 * just a lock, because a lock holds on one node of a Galera cluster only: a
 * write conflict makes all but one of them repeat. */
static const struct err *
take_turn(struct db *db, const struct registration *r)
{
	return db_post(db, SQL_DEVICE_TURN,
	    VALUES(v_i64(r->app), v_text(r->token)), NULL);
}

/* In the order of the published server: by activation and token, else by
 * activation, else by token. */
static const struct err *
look_up_device(struct db *db, const struct registration *r, struct found *f)
{
	struct value activation = v_text(r->activation_id);
	struct value token = v_text(r->token);
	const struct err *e;
	struct rows *rows;

	e = db_query(db, SQL_DEVICE_CANDIDATES, VALUES(token, activation,
	    v_i64(r->app), token), &rows);
	if (e != NULL)
		return e;
	f->n = 0;
	f->rank = NOT_FOUND;
	while (db_next(rows))
		take_found(rows, f);
	db_done(rows);
	if (r->own && f->rank <= BY_ACTIVATION && f->app != r->app)
		return err_new(ERR_DENIED, "a device of another application");
	return NULL;
}

/* Write the row; id 0: a new row. *written: the row's id. */
static const struct err *
write_device(struct db *db, const struct registration *r, int64_t id,
    int64_t *written)
{
	struct value whose[] = {v_text(r->activation_id), v_text(r->user_id),
	    v_i64(r->app)};
	struct value v[] = {whose[0], whose[1], whose[2], whose[0], whose[1],
	    whose[2], v_text(r->platform), v_text(r->environment),
	    v_text(r->token), v_i64(r->active), v_i64(id)};
	size_t n = nitems(v), skip = nitems(whose);
	const struct err *e;

	if (r->local != NULL && r->own &&
	    (e = activation_own(db, r->local)) != NULL)
		return e;
	if (r->local != NULL && (e = activation_put(db, r->local)) != NULL)
		return e;
	if (id != 0) {
		*written = id;
		return db_post(db, SQL_DEVICE_UPDATE, v, n, NULL);
	}
	e = db_exec(db, SQL_DEVICE_ADD, v + skip, n - skip - 1);
	*written = (int64_t)db_insert_id(db);
	return e;
}

/* A phone belongs to the activation that was registered for it last, and gets
 * no messages of earlier ones. Their rows exist when an activation that has a
 * row already registers a token of another row, or when an earlier release
 * accepted two registrations at once. */
static const struct err *
remove_other_devices(struct db *db, const struct registration *r,
    const struct found *f, int64_t id)
{
	if (r->shared || (f->rank >= BY_TOKEN && f->n <= 1))
		return NULL;
	return db_post(db, SQL_DEVICE_REMOVE_OTHERS,
	    VALUES(v_i64(r->app), v_text(r->token), v_i64(id)), NULL);
}

static const struct err *
device_register_once(struct db *db, void *arg)
{
	const struct registration *r = arg;
	struct found f;
	const struct err *e;
	int64_t id;

	if ((e = take_turn(db, r)) != NULL ||
	    (e = look_up_device(db, r, &f)) != NULL)
		return e;
	if (f.n > 1 && r->shared)
		return err_new(ERR_AMBIGUOUS, "several devices have that "
		    "token");
	e = write_device(db, r, f.n > 0 ? f.ids[0] : 0, &id);
	return e != NULL ? e : remove_other_devices(db, r, &f, id);
}

/* A call that loses the race for the unique key finds the winner's row on its
 * second try. */
static const struct err *
transact_device(struct db *db, db_fn *fn, void *arg)
{
	const struct err *e = NULL;

	for (int i = 0; i < 5; i++) {
		e = db_transact(db, fn, arg);
		if (e == NULL || e->code != ERR_DUPLICATE)
			break;
	}
	return e;
}

const struct err *
device_register(struct db *db, const struct registration *r)
{
	return transact_device(db, device_register_once, (void *)(uintptr_t)r);
}

/* --- several activations of one device -------------------------------- */

struct several {
	const struct registration *list;
	size_t n, n_used;
	int64_t *used; /* rows that this call has written */
};

static bool
is_used(const struct several *s, int64_t id)
{
	for (size_t i = 0; i < s->n_used; i++)
		if (s->used[i] == id)
			return true;
	return false;
}

static const struct err *
register_next(struct db *db, struct several *s, const struct registration *r)
{
	struct found f;
	int64_t id = 0;
	const struct err *e = look_up_device(db, r, &f);

	if (e == NULL && f.n == 1 && !is_used(s, f.ids[0]))
		id = f.ids[0];
	for (size_t i = 0; e == NULL && f.n > 1 && i < f.n; i++)
		if (!is_used(s, f.ids[i]))
			e = db_post(db, SQL_DEVICE_REMOVE_ID,
			    VALUES(v_i64(f.ids[i])), NULL);
	if (e == NULL)
		e = write_device(db, r, id, &id);
	if (e == NULL)
		s->used[s->n_used++] = id;
	return e;
}

static const struct err *
register_several(struct db *db, void *arg)
{
	struct several *s = arg;
	const struct err *e = take_turn(db, &s->list[0]);

	s->n_used = 0;
	for (size_t i = 0; e == NULL && i < s->n; i++)
		e = register_next(db, s, &s->list[i]);
	return e;
}

const struct err *
device_register_all(struct db *db, const struct registration *list, size_t n)
{
	struct several s = {.list = list, .n = n};
	const struct err *e;

	s.used = xcalloc(n, sizeof *s.used);
	e = transact_device(db, register_several, &s);
	free(s.used);
	return e;
}
