/* SPDX-License-Identifier: MIT */
#include "db/sealed_walk.h"

#include <stdio.h>
#include <string.h>

#include "db/application.h"
#include "db/credential_columns.h"
#include "db/credential_writes.h"
#include "db/sealed.h"
#include "lib/mem.h"
#include "lib/text.h"

/* --- one value -------------------------------------------------------- */

struct sealed_visit {
	struct db *db;
	struct keyring *keyring;
	struct arena *mem;
	enum sealed_work work;
	sealed_fn *report;
	void *arg;
};

/* A column of a row, its value, and the statement that replaces it. */
struct sealed_place {
	const char *app_id, *column;
	char label[SEALED_LABEL_MAX];
	const char *data; /* NULL: no value */
	size_t len;
	enum sql_id replace; /* new, row, old */
	struct value row;
};

/* *done: the value was unchanged, and is sealed under the current key now. */
static const struct err *
replace_sealed(struct sealed_visit *w, const struct sealed_place *s,
    const char *plain, size_t len, bool *done)
{
	struct buf box = BUF(SEALED_MAX);
	const struct err *e;
	int lock;

	*done = false;
	if ((e = keyring_lock(w->keyring, &lock)) != NULL)
		return e;
	if (!keyring_seal(w->keyring, s->label, plain, len, &box))
		e = err_new(ERR_TOOBIG, "%s is too large", s->label);
	if (e == NULL)
		e = db_exec(w->db, s->replace, VALUES(v_blob(box.data,
		    box.len), s->row, v_blob(s->data, s->len)));
	if (e == NULL)
		*done = db_affected(w->db) == 1;
	keyring_unlock(lock);
	buf_done(&box);
	return e;
}

static enum sealed_state
sealed_state_of(const struct keyring_view *v)
{
	if (!v->opens)
		return SEALED_UNREADABLE;
	return v->key == 0 && v->named ? SEALED_CURRENT : SEALED_OLDER;
}

/* Is the value plaintext? The published server stored text; any other value
 * that cannot be opened is a sealed one. */
static bool
is_plaintext(const struct sealed_visit *w, const struct sealed_place *s)
{
	return w->work == SEALED_SEAL && !keyring_is_sealed(s->data, s->len) &&
	    text_is_utf8(s->data, s->len);
}

static const struct err *
seal_plaintext(struct sealed_visit *w, const struct sealed_place *s)
{
	struct sealed_found found = {.state = SEALED_PLAINTEXT,
	    .app_id = s->app_id,
	    .column = s->column};
	const struct err *e;

	arena_wipe(w->mem, s->data, s->len);
	e = replace_sealed(w, s, s->data, s->len, &found.resealed);
	if (e == NULL)
		w->report(&found, w->arg);
	return e;
}

static const struct err *
visit_place(struct sealed_visit *w, const struct sealed_place *s)
{
	struct sealed_found found = {.app_id = s->app_id, .column = s->column};
	struct buf plain = BUF(SEALED_MAX);
	const struct err *e;
	char why[sizeof e->text] = "";

	if (s->data == NULL)
		return NULL;
	if (is_plaintext(w, s))
		return seal_plaintext(w, s);
	/* this may load the keys again, so keyring_look comes after it */
	e = keyring_unseal(w->keyring, s->label, s->data, s->len, &plain);
	if (e != NULL)
		(void)snprintf(why, sizeof why, "%s", e->text);
	found.why = why;
	found.view = keyring_look(w->keyring, s->label, s->data, s->len);
	found.state = e != NULL ? SEALED_UNREADABLE
				: sealed_state_of(&found.view);
	e = NULL;
	if (w->work == SEALED_RESEAL && found.state == SEALED_OLDER)
		e = replace_sealed(w, s, buf_str(&plain), plain.len,
		    &found.resealed);
	buf_wipe(&plain);
	if (e == NULL)
		w->report(&found, w->arg);
	return e;
}

/* --- all of them ------------------------------------------------------ */

/* Copied, because a value is replaced on the same connection. */
static const char *
copy_sealed(struct sealed_visit *w, const struct rows *r, unsigned at,
    size_t *len)
{
	const char *data = db_blob(r, at, len);

	return data != NULL ? arena_text(w->mem, data, *len) : NULL;
}

static const struct err *
visit_app(struct sealed_visit *w, int64_t id)
{
	struct sealed_place places[PLATFORM__COUNT];
	struct rows *r;
	const struct err *e = db_query(w->db, SQL_APP_CREDENTIALS,
	    VALUES(v_i64(id)), &r);
	bool there;

	if (e != NULL)
		return e;
	there = db_next(r);
	for (unsigned p = 0; there && p < PLATFORM__COUNT; p++) {
		const struct credential_columns *c = &credential_columns[p];
		struct sealed_place *s = &places[p];

		*s = (struct sealed_place){.app_id = db_copy(w->mem, r, 1),
		    .column = c->column, .row = v_i64(id),
		    .replace = credential_writes[p].replace};
		s->data = copy_sealed(w, r,
		    credential_columns_at(p) + c->sealed, &s->len);
		sealed_label_app(c->column, id, s->label);
	}
	db_done(r);
	for (unsigned p = 0; e == NULL && there && p < PLATFORM__COUNT; p++)
		e = visit_place(w, &places[p]);
	return e;
}

static const struct err *
visit_access_tokens(struct sealed_visit *w)
{
	struct sealed_place *places;
	struct rows *r;
	const struct err *e =
	    db_query(w->db, SQL_ACCESS_TOKEN_LIST, NO_VALUES, &r);
	size_t n;

	if (e != NULL)
		return e;
	places = arena_zero(w->mem, db_count(r) * sizeof *places);
	for (n = 0; db_next(r); n++) {
		const char *name = db_copy(w->mem, r, 0);

		places[n] = (struct sealed_place){.column = "push_grant.token",
		    .replace = SQL_SEALED_REPLACE_ACCESS_TOKEN,
		    .row = v_text(name)};
		places[n].data = copy_sealed(w, r, 1, &places[n].len);
		sealed_label_access_token(name, places[n].label);
	}
	db_done(r);
	for (size_t i = 0; e == NULL && i < n; i++)
		e = visit_place(w, &places[i]);
	return e;
}

static const struct err *
visit_audit_key(struct sealed_visit *w)
{
	struct sealed_place s = {.column = "push_audit_key.sealed",
	    .label = SEALED_LABEL_AUDIT_KEY, .row = v_i64(1),
	    .replace = SQL_SEALED_REPLACE_AUDIT_KEY};
	struct rows *r;
	const struct err *e = db_query(w->db, SQL_AUDIT_KEY, NO_VALUES, &r);

	if (e != NULL)
		return e;
	if (db_next(r))
		s.data = copy_sealed(w, r, 0, &s.len);
	db_done(r);
	return visit_place(w, &s);
}

const struct err *
sealed_walk(struct db *db, struct keyring *k, enum sealed_work work,
    sealed_fn *report, void *arg)
{
	struct sealed_visit w = {db, k, arena_new(), work, report, arg};
	struct arena *ids = arena_new();
	struct application_version *list = NULL;
	size_t n = 0;
	const struct err *e = application_versions(db, ids, &list, &n);

	for (size_t i = 0; e == NULL && i < n; i++) {
		e = visit_app(&w, list[i].id);
		arena_reset(w.mem);
	}
	if (e == NULL && work != SEALED_SEAL && work != SEALED_CHECK)
		e = visit_access_tokens(&w);
	if (e == NULL && work != SEALED_SEAL)
		e = visit_audit_key(&w);
	arena_free(w.mem);
	arena_free(ids);
	return e;
}

const struct err *
sealed_may_write(struct db *db)
{
	return db_exec(db, SQL_SEALED_REPLACE_APNS,
	    VALUES(v_null(), v_i64(-1), v_null()));
}
