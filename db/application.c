/* SPDX-License-Identifier: MIT */
#include "db/application.h"

#include <stdio.h>
#include <string.h>

#include "db/sealed.h"
#include "db/credential_writes.h"

#define LISTED 500  /* rows of a list in memory at a time */
#define NAMES 10000 /* likewise of names; each query scans all activations */

void
application_of_row(struct arena *a, const struct rows *r, unsigned at,
    struct application *app)
{
	app->id = db_i64(r, at++);
	app->app_id = db_copy(a, r, at++);
	for (int p = 0; p < PLATFORM__COUNT; p++)
		app->has[p] = db_u64(r, at++) != 0;
	for (int p = 0; p < PLATFORM__COUNT; p++)
		for (unsigned i = 0; i < credential_columns[p].shown; i++)
			app->shown[p][i] = db_copy(a, r, at++);
}

static const struct err *
find(struct db *db, enum sql_id id, struct value key, struct arena *a,
    struct application *app)
{
	struct rows *r;
	const struct err *e = db_query(db, id, VALUES(key), &r);

	if (e != NULL)
		return e;
	if (db_next(r))
		application_of_row(a, r, 0, app);
	else
		e = err_new(ERR_MISSING, "no such application");
	db_done(r);
	return e;
}

const struct err *
application_missing(const char *app_id)
{
	return err_new(ERR_MISSING, "no application \"%s\"", app_id);
}

const struct err *
application_by_name(struct db *db, struct arena *a, const char *app_id,
    struct application *app)
{
	const struct err *e = find(db, SQL_APP_BY_NAME, v_text(app_id), a,
	    app);

	if (e != NULL && e->code == ERR_MISSING)
		return application_missing(app_id);
	return e;
}

const struct err *
application_by_id(struct db *db, struct arena *a, int64_t id,
    struct application *app)
{
	return find(db, SQL_APP_BY_ID, v_i64(id), a, app);
}

const struct err *
application_list(struct db *db, struct arena *a, struct application **list,
    size_t *n)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_APP_LIST, NO_VALUES, &r);

	if (e != NULL)
		return e;
	*list = arena_zero(a, db_count(r) * sizeof **list);
	for (*n = 0; db_next(r); (*n)++)
		application_of_row(a, r, 0, &(*list)[*n]);
	db_done(r);
	return NULL;
}

struct application_listing {
	application_take *take;
	void *arg;
};

static const struct err *
take_row(struct arena *a, struct rows *r, void *arg)
{
	struct application_listing *l = arg;
	struct application app;

	application_of_row(a, r, 0, &app);
	/* cppcheck-suppress returnDanglingLifetime ; returns no parameter */
	return l->take(&app, l->arg);
}

static const struct err *
take_name(struct arena *a, struct rows *r, void *arg)
{
	struct application app = {.app_id = db_copy(a, r, 0)};
	struct application_listing *l = arg;

	/* cppcheck-suppress returnDanglingLifetime ; returns no parameter */
	return l->take(&app, l->arg);
}

const struct err *
application_page(struct db *db, const struct part *part,
    application_take *take, void *arg)
{
	struct value apps = v_text(part->apps);
	struct db_walk w = {SQL_APP_PAGE, 2, {apps, apps}, .key = 1,
	    .portion = LISTED};

	return db_walk(db, &w, part, take_row,
	    &(struct application_listing){take, arg});
}

const struct err *
application_unconfigured(struct db *db, const struct part *part,
    application_take *take, void *arg)
{
	struct value apps = v_text(part->apps);
	struct db_walk w = {SQL_APP_UNCONFIGURED, 2, {apps, apps}, .key = 0,
	    .portion = NAMES};

	return db_walk(db, &w, part, take_name,
	    &(struct application_listing){take, arg});
}

const struct err *
application_add(struct db *db, const char *app_id, int64_t *id)
{
	const struct err *e = db_exec(db, SQL_APP_ADD, VALUES(v_text(app_id)));

	if (e == NULL)
		*id = (int64_t)db_insert_id(db);
	return e;
}

/* --- credentials ------------------------------------------------------ */

/* A secret on its way into its column. */
struct sealing {
	struct buf box;
	int lock; /* -1: none */
	struct value value;
};

/* Seal the value (NULL stays NULL) with the key file locked. The value is valid
 * until sealed_end. */
static const struct err *
sealed_begin(struct sealing *s, struct keyring *k, const char *column,
    int64_t id, const char *secret, size_t len)
{
	const struct err *e;
	char place[SEALED_LABEL_MAX];

	*s = (struct sealing){BUF(SEALED_MAX), -1, v_null()};
	if (secret == NULL)
		return NULL;
	if ((e = keyring_lock(k, &s->lock)) != NULL)
		return e;
	sealed_label_app(column, id, place);
	if (!keyring_seal(k, place, secret, len, &s->box))
		e = err_new(ERR_TOOBIG, "%s is too large", column);
	s->value = v_blob(s->box.data, s->box.len);
	return e;
}

/* Other connections see the sealed value when its transaction has ended: until
 * then its key stays in the key file. */
static void
sealed_end(struct db *db, struct sealing *s)
{
	if (s->lock >= 0)
		db_at_end(db, keyring_unlock, s->lock);
	buf_done(&s->box);
}

static const struct err *
must_be_one(struct db *db, const struct err *e, int64_t id)
{
	if (e == NULL && db_affected(db) != 1)
		return err_new(ERR_MISSING, "no application %lld",
		    (long long)id);
	return e;
}

const struct err *
application_set_credential(struct db *db, struct keyring *k, int64_t id,
    enum platform p, const struct bytes *values)
{
	static const struct bytes none[CREDENTIAL_FIELDS];
	const struct credential_columns *c = &credential_columns[p];
	const struct bytes *from = values != NULL ? values : none;
	struct value columns[CREDENTIAL_FIELDS + 1];
	struct sealing s;
	const struct err *e = sealed_begin(&s, k, c->column, id,
	    from[c->sealed].data, from[c->sealed].len);

	for (unsigned i = 0; i < c->n; i++)
		columns[i] = i == c->sealed
			? s.value
			: v_blob(from[i].data, from[i].len);
	columns[c->n] = v_i64(id);
	if (e == NULL)
		e = db_exec(db, credential_writes[p].set, columns,
		    c->n + 1);
	sealed_end(db, &s);
	return must_be_one(db, e, id);
}

/* A secret in the arena, wiped with it. Empty when there is none, or when it
 * cannot be opened; then trouble has the reason. */
static struct bytes
opened(struct arena *a, struct keyring *k, const struct rows *r, unsigned i,
    const char *column, char trouble[160])
{
	struct buf b = BUF(SEALED_MAX);
	size_t sealed_len, len;
	const char *data = db_blob(r, i, &sealed_len);
	const struct err *e;
	char place[SEALED_LABEL_MAX], *text;

	if (data == NULL)
		return (struct bytes){0};
	sealed_label_app(column, db_i64(r, 0), place);
	e = keyring_unseal(k, place, data, sealed_len, &b);
	if (e != NULL) {
		(void)snprintf(trouble, 160, "%.159s", e->text);
		buf_done(&b);
		return (struct bytes){0};
	}
	len = b.len;
	text = arena_text(a, buf_str(&b), len);
	arena_wipe(a, text, len);
	buf_wipe(&b);
	return (struct bytes){text, len};
}

/* The columns of SQL_APP_CREDENTIALS. */
static void
row_to_credentials(struct arena *a, struct keyring *k, const struct rows *r,
    struct credentials *c)
{
	memset(c, 0, sizeof *c);
	c->id = db_i64(r, 0);
	c->app_id = db_copy(a, r, 1);
	c->version = db_u64(r, 2);
	for (unsigned p = 0; p < PLATFORM__COUNT; p++) {
		const struct credential_columns *cols = &credential_columns[p];
		unsigned at = credential_columns_at(p);

		for (unsigned i = 0; i < cols->n; i++)
			c->values[p][i] = i == cols->sealed
				? opened(a, k, r, at + i, cols->column,
				      c->trouble[p])
				: text_bytes(db_copy(a, r, at + i));
	}
}

const struct err *
application_credentials(struct db *db, struct arena *a, struct keyring *k,
    int64_t id, struct credentials *c)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_APP_CREDENTIALS,
	    VALUES(v_i64(id)), &r);

	if (e != NULL)
		return e;
	if (db_next(r))
		row_to_credentials(a, k, r, c);
	else
		e = err_new(ERR_MISSING, "no application %lld", (long long)id);
	db_done(r);
	return e;
}

const struct err *
application_versions(struct db *db, struct arena *a,
    struct application_version **list, size_t *n)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_APP_VERSIONS, NO_VALUES, &r);

	if (e != NULL)
		return e;
	*list = arena_zero(a, db_count(r) * sizeof **list);
	for (*n = 0; db_next(r); (*n)++) {
		(*list)[*n].id = db_i64(r, 0);
		(*list)[*n].version = db_u64(r, 1);
	}
	db_done(r);
	return NULL;
}

const struct err *
application_versions_sum(struct db *db, uint64_t *sum)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_APP_VERSIONS_SUM, NO_VALUES, &r);

	if (e != NULL)
		return e;
	*sum = db_next(r) ? db_u64(r, 0) : 0;
	db_done(r);
	return NULL;
}
