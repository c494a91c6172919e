/* SPDX-License-Identifier: MIT */
#include "db/application.h"

#include <stdio.h>
#include <string.h>


#define TABLE "push_app_credentials."

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

const struct err *
application_by_name(struct db *db, struct arena *a, const char *app_id,
    struct application *app)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_APP_BY_NAME,
	    VALUES(v_text(app_id)), &r);

	if (e != NULL)
		return e;
	if (db_next(r))
		row_to_application(a, r, app);
	else
		e = err_new(ERR_MISSING, "no application \"%s\"", app_id);
	db_done(r);
	return e;
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

const struct err *
application_unconfigured(struct db *db, struct arena *a,
    struct application **list, size_t *n)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_APP_UNCONFIGURED, NO_VALUES,
	    &r);

	if (e != NULL)
		return e;
	*list = arena_zero(a, db_count(r) * sizeof **list);
	for (*n = 0; db_next(r); (*n)++)
		(*list)[*n].app_id = db_copy(a, r, 0);
	db_done(r);
	return NULL;
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

static void
place_of(const char *column, int64_t id, char out[96])
{
	(void)snprintf(out, 96, TABLE "%s:%lld", column, (long long)id);
}

/* The sealed form, or NULL for NULL; into owns it. */
static struct value
sealed(const unsigned char box[CRYPTO_BOX_KEY], const char *column, int64_t id,
    const char *secret, size_t len, struct buf *into)
{
	char place[96];

	if (secret == NULL)
		return v_null();
	place_of(column, id, place);
	crypto_seal(box, place, secret, len, into);
	return v_blob(into->data, into->len);
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
application_set_apns(struct db *db, const unsigned char box[CRYPTO_BOX_KEY],
    int64_t id, const struct apns_credentials *c)
{
	struct buf b = BUF(64 * 1024);
	struct value key = sealed(box, "apns_private_key", id, c->key,
	    c->key_len, &b);
	const struct err *e = db_exec(db, SQL_APP_SET_APNS,
	    VALUES(key, v_text(c->team_id), v_text(c->key_id),
		v_text(c->bundle), v_text(c->environment), v_i64(id)));

	buf_done(&b);
	return must_be_one(db, e, id);
}

const struct err *
application_set_fcm(struct db *db, const unsigned char box[CRYPTO_BOX_KEY],
    int64_t id, const struct fcm_credentials *c)
{
	struct buf b = BUF(64 * 1024);
	struct value key = sealed(box, "fcm_private_key", id, c->key,
	    c->key_len, &b);
	const struct err *e = db_exec(db, SQL_APP_SET_FCM,
	    VALUES(key, v_text(c->project_id), v_i64(id)));

	buf_done(&b);
	return must_be_one(db, e, id);
}

const struct err *
application_set_hms(struct db *db, const unsigned char box[CRYPTO_BOX_KEY],
    int64_t id, const struct hms_credentials *c)
{
	struct buf b = BUF(64 * 1024);
	const char *secret = c->client_secret;
	struct value sealed_secret = sealed(box, "hms_client_secret", id,
	    secret, secret != NULL ? strlen(secret) : 0, &b);
	const struct err *e = db_exec(db, SQL_APP_SET_HMS,
	    VALUES(v_text(c->project_id), v_text(c->client_id), sealed_secret,
		v_i64(id)));

	buf_done(&b);
	return must_be_one(db, e, id);
}

struct wipe {
	char *text;
	size_t len;
};

static void
wipe(void *arg)
{
	struct wipe *w = arg;

	explicit_bzero(w->text, w->len);
}

/* A secret in the arena that is wiped with it. NULL: none, or it does not
 * open, and then trouble says why. */
static const char *
opened(struct arena *a, const unsigned char box[CRYPTO_BOX_KEY],
    const struct rows *r, unsigned i, const char *column, size_t *len,
    char trouble[160])
{
	struct buf b = BUF(64 * 1024);
	size_t sealed_len;
	const char *data = db_blob(r, i, &sealed_len);
	struct wipe *w = arena_alloc(a, sizeof *w);
	const struct err *e;
	char place[96];

	*len = 0;
	if (data == NULL)
		return NULL;
	place_of(column, db_i64(r, 0), place);
	if ((e = crypto_open(box, place, data, sealed_len, &b)) != NULL) {
		(void)snprintf(trouble, 160, "%.159s", e->text);
		buf_done(&b);
		return NULL;
	}
	*len = b.len;
	w->len = b.len;
	w->text = arena_text(a, buf_str(&b), b.len);
	arena_defer(a, wipe, w);
	explicit_bzero(b.data, b.len);
	buf_done(&b);
	return w->text;
}

/* The columns of SQL_APP_CREDENTIALS. */
static void
row_to_credentials(struct arena *a, const unsigned char box[CRYPTO_BOX_KEY],
    const struct rows *r, struct credentials *c)
{
	size_t len;

	memset(c, 0, sizeof *c);
	c->id = db_i64(r, 0);
	c->app_id = db_copy(a, r, 1);
	c->version = db_u64(r, 2);
	c->apns.key = opened(a, box, r, 3, "apns_private_key",
	    &c->apns.key_len, c->trouble[0]);
	c->apns.team_id = db_copy(a, r, 4);
	c->apns.key_id = db_copy(a, r, 5);
	c->apns.bundle = db_copy(a, r, 6);
	c->apns.environment = db_copy(a, r, 7);
	c->fcm.key = opened(a, box, r, 8, "fcm_private_key", &c->fcm.key_len,
	    c->trouble[1]);
	c->fcm.project_id = db_copy(a, r, 9);
	c->hms.project_id = db_copy(a, r, 10);
	c->hms.client_id = db_copy(a, r, 11);
	c->hms.client_secret = opened(a, box, r, 12, "hms_client_secret", &len,
	    c->trouble[2]);
}

const struct err *
application_credentials(struct db *db, struct arena *a,
    const unsigned char box[CRYPTO_BOX_KEY], int64_t id, struct credentials *c)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_APP_CREDENTIALS,
	    VALUES(v_i64(id)), &r);

	if (e != NULL)
		return e;
	if (db_next(r))
		row_to_credentials(a, box, r, c);
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
