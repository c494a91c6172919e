/* SPDX-License-Identifier: MIT */
#include "db/registration.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/json_text.h"
#include "lib/mem.h"

#include "db/device.h"

/* --- looking up ------------------------------------------------------- */

#define FOUND_MAX 1000

/* SQL_DEVICE_CANDIDATES has these ranks. */
enum { BY_BOTH, BY_ACTIVATION, BY_TOKEN, NOT_FOUND };

struct found {
	size_t n;
	int64_t ids[FOUND_MAX];
	int64_t app;   /* of the first row; an activation has only one */
	unsigned rank; /* how they were found */
	char address[DEVICE_ADDRESS_MAX + 1]; /* of the first row, or "" */
};

/* The rows of the best rank are taken. */
static void
take_found(const struct rows *r, struct found *f)
{
	unsigned rank = (unsigned)db_u64(r, 2);

	if (rank > f->rank || (rank == f->rank && f->n == FOUND_MAX))
		return;
	if (rank < f->rank) {
		f->app = db_i64(r, 1);
		f->rank = rank;
		f->n = 0;
		(void)snprintf(f->address, sizeof f->address, "%s",
		    db_text(r, 3) != NULL ? db_text(r, 3) : "");
	}
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
	f->address[0] = '\0';
	while (db_next(rows))
		take_found(rows, f);
	db_done(rows);
	if (r->own && f->rank <= BY_ACTIVATION && f->app != r->app)
		return err_new(ERR_DENIED, "a device of another application");
	return NULL;
}

/* --- writing ---------------------------------------------------------- */

struct device_rows {
	struct row_list activations, changed, added;
};

static void
rows_init(struct device_rows *rows)
{
	rows->activations = (struct row_list)ROW_LIST(SQL_ACTIVATION_PUT);
	rows->changed = (struct row_list)ROW_LIST(SQL_DEVICE_UPDATE);
	rows->added = (struct row_list)ROW_LIST(SQL_DEVICE_ADD);
}

static void
rows_done(struct device_rows *rows)
{
	row_list_done(&rows->activations);
	row_list_done(&rows->changed);
	row_list_done(&rows->added);
}

/* id 0: a new row. The activation has no other device, so that none is left to
 * become active or inactive with it. */
static const struct err *
list_device(struct db *db, struct device_rows *rows,
    const struct registration *r, const char *address, int64_t id)
{
	struct value whose[] = {v_text(r->activation_id), v_text(r->user_id),
	    v_i64(r->app)};
	struct value v[] = {whose[0], whose[1], whose[2], whose[0], whose[1],
	    whose[2], v_text(r->platform), v_text(r->environment),
	    v_text(r->token), v_text(address), v_i64(r->active), v_i64(id)};
	size_t n = nitems(v), skip = nitems(whose);
	const struct err *e = NULL;

	if (r->local != NULL)
		e = activation_add(db, &rows->activations, r->local);
	if (e != NULL)
		return e;
	if (id != 0)
		return row_list_add(db, &rows->changed, v, n);
	return row_list_add(db, &rows->added, v + skip, n - skip - 1);
}

static const struct err *
post_rows(struct db *db, struct device_rows *rows)
{
	const struct err *e = row_list_flush(db, &rows->activations);

	if (e == NULL)
		e = row_list_flush(db, &rows->changed);
	return e != NULL ? e : row_list_flush(db, &rows->added);
}

/* A browser keeps to the key that it subscribed with, which only the first
 * registration may have known. */
static const char *
address_of(const struct registration *r, const struct found *f)
{
	return r->begins != NULL && f->n > 0 &&
	    strncmp(f->address, r->begins, strlen(r->begins)) == 0
	    ? f->address : r->address;
}

/* Post the row; id 0: a new row. */
static const struct err *
write_device(struct db *db, const struct registration *r,
    const struct found *f, int64_t id, uint64_t *added)
{
	struct device_rows rows;
	const struct err *e = NULL;

	if (r->local != NULL && r->own &&
	    (e = activation_own(db, r->local)) != NULL)
		return e;
	rows_init(&rows);
	rows.added.matched = added;
	e = list_device(db, &rows, r, address_of(r, f), id);
	if (e == NULL)
		e = post_rows(db, &rows);
	rows_done(&rows);
	return e;
}

/* --- one -------------------------------------------------------------- */

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
	id = f.n > 0 ? f.ids[0] : 0;
	e = write_device(db, r, &f, id, NULL);
	return e != NULL ? e : remove_other_devices(db, r, &f, id);
}

/* A call that loses the race for the unique key finds the winner's row on its
 * second try; and one whose COMMIT had no answer, its own. */
static const struct err *
transact_device(struct db *db, db_fn *fn, void *arg)
{
	const struct err *e = NULL;

	for (int i = 0; i < 5; i++) {
		e = db_transact_surely(db, fn, NULL, arg, false);
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
	uint64_t added = 0; /* counted for db_insert_id */
	const struct err *e = look_up_device(db, r, &f);

	if (e == NULL && f.n == 1 && !is_used(s, f.ids[0]))
		id = f.ids[0];
	for (size_t i = 0; e == NULL && f.n > 1 && i < f.n; i++)
		if (!is_used(s, f.ids[i]))
			e = db_post(db, SQL_DEVICE_REMOVE_ID,
			    VALUES(v_i64(f.ids[i])), NULL);
	if (e == NULL)
		e = write_device(db, r, &f, id, &added);
	if (e == NULL && id == 0 && (e = db_answers(db)) == NULL)
		id = (int64_t)db_insert_id(db);
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

/* --- several callers --------------------------------------------------- */

struct joining {
	const struct registration *r;
	bool apart; /* left to its caller */
	int64_t id; /* of its row; 0: a new one */
};

struct joint {
	struct joining *list;
	size_t n;
	struct row_list turns;
	struct device_rows rows;
};

static bool
meet(const struct registration *x, const struct registration *y)
{
	return strcmp(x->activation_id, y->activation_id) == 0 ||
	    (x->app == y->app && strcmp(x->token, y->token) == 0);
}

/* Does it touch what one before it touches? */
static bool
meets_another(const struct joint *j, size_t i)
{
	const struct joining *x = &j->list[i];

	for (size_t k = 0; k < i; k++)
		if (meet(j->list[k].r, x->r) ||
		    (x->id != 0 && j->list[k].id == x->id))
			return true;
	return false;
}

static const struct err *
take_turns(struct db *db, struct joint *j)
{
	const struct err *e = NULL;

	for (size_t i = 0; e == NULL && i < j->n; i++)
		if (!j->list[i].apart)
			e = row_list_add(db, &j->turns,
			    VALUES(v_i64(j->list[i].r->app),
				v_text(j->list[i].r->token)));
	return e != NULL ? e : row_list_flush(db, &j->turns);
}

static const struct err *
query_candidates(struct db *db, const struct joint *j, struct rows **rows)
{
	struct buf list = BUF(DB_LIST_MAX);
	const struct err *e;
	bool fits = true;

	for (size_t i = 0; i < j->n; i++) {
		const struct registration *r = j->list[i].r;

		(void)buf_fmt(&list, "%s[%lld,", i > 0 ? "," : "[",
		    (long long)r->app);
		(void)json_quote(r->token, &list);
		(void)buf_text(&list, ",");
		(void)json_quote(r->activation_id, &list);
		fits = buf_text(&list, "]");
	}
	if (fits && buf_text(&list, "]"))
		e = db_query(db, SQL_DEVICE_CANDIDATES_OF_MANY,
		    VALUES(v_blob(list.data, list.len),
			v_blob(list.data, list.len)), rows);
	else
		e = err_new(ERR_TOOBIG, "a list of devices is too large");
	buf_done(&list);
	return e;
}

/* One row may be found by both, activation and token; two rows are a case for
 * device_register, and so is a row of another application. */
static void
take_candidate(struct joining *x, int64_t id, int64_t app, bool by_activation)
{
	if ((x->id != 0 && x->id != id) ||
	    (x->r->own && by_activation && app != x->r->app))
		x->apart = true;
	x->id = id;
}

static const struct err *
look_up_devices(struct db *db, struct joint *j)
{
	struct rows *rows = NULL;
	const struct err *e = query_candidates(db, j, &rows);

	if (e != NULL)
		return e;
	while (e == NULL && db_next(rows)) {
		uint64_t at = db_u64(rows, 0);

		if (at == 0 || at > j->n)
			e = err_new(ERR_FAULT, "a device of no call");
		else
			take_candidate(&j->list[at - 1], db_i64(rows, 1),
			    db_i64(rows, 2), db_u64(rows, 3) != 0);
	}
	db_done(rows);
	return e;
}

static const struct err *
register_joint(struct db *db, void *arg)
{
	struct joint *j = arg;
	const struct err *e = take_turns(db, j);

	if (e == NULL)
		e = look_up_devices(db, j);
	for (size_t i = 0; e == NULL && i < j->n; i++) {
		struct joining *x = &j->list[i];

		x->apart |= meets_another(j, i);
		if (!x->apart)
			e = list_device(db, &j->rows, x->r, x->r->address,
			    x->id);
	}
	return e != NULL ? e : post_rows(db, &j->rows);
}

bool
registration_goes_alone(const struct registration *r)
{
	return (r->own && r->local != NULL) || r->begins != NULL;
}

const struct err *
device_register_joint(struct db *db, const struct registration *const *list,
    size_t n, bool *done, bool *apart)
{
	struct joint j = {.list = xcalloc(n, sizeof *j.list), .n = n,
	    .turns = ROW_LIST(SQL_DEVICE_TURN)};
	const struct err *e;

	rows_init(&j.rows);
	for (size_t i = 0; i < n; i++) {
		j.list[i].r = list[i];
		j.list[i].apart = registration_goes_alone(list[i]) ||
		    meets_another(&j, i);
	}
	e = db_transact_shared(db, register_joint, &j, apart);
	*apart |= e != NULL && e->code == ERR_DOUBT; /* it can be repeated */
	for (size_t i = 0; i < n; i++)
		done[i] = e == NULL && !j.list[i].apart;
	rows_done(&j.rows);
	row_list_done(&j.turns);
	free(j.list);
	return e;
}
