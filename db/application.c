/* SPDX-License-Identifier: MIT */
#include "db/application.h"

#include <stdio.h>
#include <string.h>

#include "db/sealed.h"

#define LISTED 500  /* rows of a list in memory at a time */
#define NAMES 10000 /* names; finding them passes all activations by */

/* The columns of APP_COLUMNS in sql.c. */
static void
row_to_application(struct arena *a, const struct rows *r,
    struct application *app)
{
	app->id = db_i64(r, 0);
	app->app_id = db_copy(a, r, 1);
	app->apns = db_u64(r, 2) != 0;
	app->fcm = db_u64(r, 3) != 0;
	app->hms = db_u64(r, 4) != 0;
	app->apns_bundle = db_copy(a, r, 5);
	app->apns_key_id = db_copy(a, r, 6);
	app->apns_team_id = db_copy(a, r, 7);
	app->apns_environment = db_copy(a, r, 8);
	app->fcm_project_id = db_copy(a, r, 9);
	app->hms_project_id = db_copy(a, r, 10);
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
		row_to_application(a, r, app);
	else
		e = err_new(ERR_MISSING, "no such application");
	db_done(r);
	return e;
}

const struct err *
application_by_name(struct db *db, struct arena *a, const char *app_id,
    struct application *app)
{
	const struct err *e = find(db, SQL_APP_BY_NAME, v_text(app_id), a,
	    app);

	if (e != NULL && e->code == ERR_MISSING)
		return err_new(ERR_MISSING, "no application \"%s\"", app_id);
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
		row_to_application(a, r, &(*list)[*n]);
	db_done(r);
	return NULL;
}

struct listing {
	application_take *take;
	void *arg;
};

static const struct err *
take_row(struct arena *a, const struct rows *r, void *arg)
{
	struct listing *l = arg;
	struct application app;

	row_to_application(a, r, &app);
	/* cppcheck-suppress returnDanglingLifetime ; returns no parameter */
	return l->take(&app, l->arg);
}

static const struct err *
take_name(struct arena *a, const struct rows *r, void *arg)
{
	struct application app = {.app_id = db_copy(a, r, 0)};
	struct listing *l = arg;

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

	return db_walk(db, &w, part, take_row, &(struct listing){take, arg});
}

const struct err *
application_unconfigured(struct db *db, const struct part *part,
    application_take *take, void *arg)
{
	struct value apps = v_text(part->apps);
	struct db_walk w = {SQL_APP_UNCONFIGURED, 2, {apps, apps}, .key = 0,
	    .portion = NAMES};

	return db_walk(db, &w, part, take_name, &(struct listing){take, arg});
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

/* Sealed, or NULL for NULL; goes on until sealed_end. */
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

/* Others see the box when its transaction is over: so long the key stays. */
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
application_set_apns(struct db *db, struct keyring *k, int64_t id,
    const struct apns_credentials *c)
{
	struct sealing s;
	const struct err *e = sealed_begin(&s, k, "apns_private_key", id,
	    c->key, c->key_len);

	if (e == NULL)
		e = db_exec(db, SQL_APP_SET_APNS,
		    VALUES(s.value, v_text(c->team_id), v_text(c->key_id),
			v_text(c->bundle), v_text(c->environment),
			v_i64(id)));
	sealed_end(db, &s);
	return must_be_one(db, e, id);
}

const struct err *
application_set_fcm(struct db *db, struct keyring *k, int64_t id,
    const struct fcm_credentials *c)
{
	struct sealing s;
	const struct err *e = sealed_begin(&s, k, "fcm_private_key", id,
	    c->key, c->key_len);

	if (e == NULL)
		e = db_exec(db, SQL_APP_SET_FCM,
		    VALUES(s.value, v_text(c->project_id), v_i64(id)));
	sealed_end(db, &s);
	return must_be_one(db, e, id);
}

const struct err *
application_set_hms(struct db *db, struct keyring *k, int64_t id,
    const struct hms_credentials *c)
{
	const char *secret = c->client_secret;
	struct sealing s;
	const struct err *e = sealed_begin(&s, k, "hms_client_secret", id,
	    secret, secret != NULL ? strlen(secret) : 0);

	if (e == NULL)
		e = db_exec(db, SQL_APP_SET_HMS,
		    VALUES(v_text(c->project_id), v_text(c->client_id),
			s.value, v_i64(id)));
	sealed_end(db, &s);
	return must_be_one(db, e, id);
}

/* A secret in the arena that is wiped with it. NULL: none, or it does not
 * open, and then trouble says why. */
static const char *
opened(struct arena *a, struct keyring *k, const struct rows *r, unsigned i,
    const char *column, size_t *len, char trouble[160])
{
	struct buf b = BUF(SEALED_MAX);
	size_t sealed_len;
	const char *data = db_blob(r, i, &sealed_len);
	const struct err *e;
	char place[SEALED_LABEL_MAX], *text;

	*len = 0;
	if (data == NULL)
		return NULL;
	sealed_label_app(column, db_i64(r, 0), place);
	e = keyring_unseal(k, place, data, sealed_len, &b);
	if (e != NULL) {
		(void)snprintf(trouble, 160, "%.159s", e->text);
		buf_done(&b);
		return NULL;
	}
	*len = b.len;
	text = arena_text(a, buf_str(&b), b.len);
	arena_wipe(a, text, b.len);
	buf_wipe(&b);
	return text;
}

/* The columns of SQL_APP_CREDENTIALS. */
static void
row_to_credentials(struct arena *a, struct keyring *k, const struct rows *r,
    struct credentials *c)
{
	size_t len;

	memset(c, 0, sizeof *c);
	c->id = db_i64(r, 0);
	c->app_id = db_copy(a, r, 1);
	c->version = db_u64(r, 2);
	c->apns.key = opened(a, k, r, 3, "apns_private_key",
	    &c->apns.key_len, c->trouble[0]);
	c->apns.team_id = db_copy(a, r, 4);
	c->apns.key_id = db_copy(a, r, 5);
	c->apns.bundle = db_copy(a, r, 6);
	c->apns.environment = db_copy(a, r, 7);
	c->fcm.key = opened(a, k, r, 8, "fcm_private_key", &c->fcm.key_len,
	    c->trouble[1]);
	c->fcm.project_id = db_copy(a, r, 9);
	c->hms.project_id = db_copy(a, r, 10);
	c->hms.client_id = db_copy(a, r, 11);
	c->hms.client_secret = opened(a, k, r, 12, "hms_client_secret", &len,
	    c->trouble[2]);
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
