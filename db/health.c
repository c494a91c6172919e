/* SPDX-License-Identifier: MIT */
#include "db/health.h"

#include <stdio.h>
#include <string.h>

#include "lib/json.h"
#include "lib/mem.h"

#include "db/sealed.h"

#define STALE_MS 60000
#define LIST_MAX (15 * 1024 * 1024) /* below max_allowed_packet */

const struct err *
hold_list(struct db *db, struct arena *a, struct hold **list, size_t *n)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_HOLD_LIST, NO_VALUES, &r);

	if (e != NULL)
		return e;
	*list = arena_zero(a, db_count(r) * sizeof **list);
	for (*n = 0; db_next(r); (*n)++)
		(*list)[*n] = (struct hold){.app = db_i64(r, 0),
		    .platform = (unsigned)db_u64(r, 1),
		    .since_ms = db_i64(r, 2), .reason = db_copy(a, r, 3),
		    .app_id = db_copy(a, r, 4)};
	db_done(r);
	return NULL;
}

const struct err *
hold_put(struct db *db, int64_t app, unsigned platform, const char *reason)
{
	return db_exec(db, SQL_HOLD_PUT, VALUES(v_i64(app), v_u64(platform),
	    v_text(reason != NULL ? reason : "")));
}

const struct err *
hold_remove(struct db *db, int64_t app, unsigned platform, uint64_t *n)
{
	const struct err *e = db_exec(db, SQL_HOLD_REMOVE,
	    VALUES(v_i64(app), v_u64(platform), v_u64(platform)));

	if (e == NULL)
		*n = db_affected(db);
	return e;
}

/* --- health ----------------------------------------------------------- */

static void
put_health(struct buf *b, const struct health *h)
{
	(void)buf_fmt(b, "%s[%lld,%u,%u,", b->len > 0 ? "," : "[",
	    (long long)h->app, h->platform, h->environment);
	(void)json_quote(h->state, b);
	(void)buf_text(b, ",");
	(void)json_quote(h->reason, b);
	if (h->until_ms > 0)
		(void)buf_fmt(b, ",%lld", (long long)h->until_ms);
	else
		(void)buf_text(b, ",null");
	(void)buf_fmt(b, ",%llu,%llu,%llu]", (unsigned long long)h->accepted,
	    (unsigned long long)h->suspects, (unsigned long long)h->gone);
}

const struct err *
health_put(struct db *db, const char *instance, const struct health *list,
    size_t n)
{
	struct buf b = BUF(LIST_MAX);
	const struct err *e = NULL;

	for (size_t i = 0; i < n; i++)
		put_health(&b, &list[i]);
	if (n > 0 && buf_text(&b, "]"))
		e = db_exec(db, SQL_HEALTH_PUT,
		    VALUES(v_text(instance), v_blob(b.data, b.len)));
	buf_done(&b);
	return e;
}

bool
health_is_held(const struct health *h, int64_t lease_ms, int64_t now_ms)
{
	return strcmp(h->state, "held") == 0 &&
	    h->seen_ms + lease_ms + STALE_MS >= now_ms;
}

const struct err *
health_list(struct db *db, struct arena *a, struct health **list, size_t *n)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_HEALTH_LIST, NO_VALUES, &r);

	if (e != NULL)
		return e;
	*list = arena_zero(a, db_count(r) * sizeof **list);
	for (*n = 0; db_next(r); (*n)++)
		(*list)[*n] = (struct health){.app_id = db_copy(a, r, 0),
		    .platform = (unsigned)db_u64(r, 1),
		    .environment = (unsigned)db_u64(r, 2),
		    .instance = db_copy(a, r, 3), .state = db_copy(a, r, 4),
		    .reason = db_copy(a, r, 5), .since_ms = db_i64(r, 6),
		    .until_ms = db_i64(r, 7), .seen_ms = db_i64(r, 8),
		    .accepted = db_u64(r, 9), .suspects = db_u64(r, 10),
		    .gone = db_u64(r, 11)};
	db_done(r);
	return NULL;
}

/* --- counters --------------------------------------------------------- */

static void
put_counter(struct buf *b, const struct counter *c)
{
	(void)buf_fmt(b, "%s[%lld,%u,", b->len > 0 ? "," : "[",
	    (long long)c->app, c->platform);
	(void)json_quote(c->outcome, b);
	(void)buf_text(b, ",");
	(void)json_quote(c->reason, b);
	(void)buf_fmt(b, ",%llu]", (unsigned long long)c->n);
}

const struct err *
counter_add(struct db *db, const struct counter *list, size_t n)
{
	struct buf b = BUF(LIST_MAX);
	const struct err *e = NULL;

	for (size_t i = 0; i < n; i++)
		put_counter(&b, &list[i]);
	if (n > 0 && buf_text(&b, "]"))
		e = db_exec(db, SQL_COUNTER_ADD, VALUES(v_blob(b.data, b.len)));
	buf_done(&b);
	return e;
}

const struct err *
counter_list(struct db *db, struct arena *a, struct counter **list, size_t *n)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_COUNTER_LIST, NO_VALUES, &r);

	if (e != NULL)
		return e;
	*list = arena_zero(a, db_count(r) * sizeof **list);
	for (*n = 0; db_next(r); (*n)++)
		(*list)[*n] = (struct counter){.app_id = db_copy(a, r, 0),
		    .platform = (unsigned)db_u64(r, 1),
		    .outcome = db_copy(a, r, 2), .reason = db_copy(a, r, 3),
		    .n = db_u64(r, 4)};
	db_done(r);
	return NULL;
}

const struct err *
device_restore(struct db *db, int64_t app, const char *plain,
    const char *apns, const char *activation_id, const char *user_id,
    uint64_t *n, uint64_t *left)
{
	const struct value which[] = {v_i64(app), v_text(plain),
	    v_text(plain), v_text(apns), v_text(activation_id),
	    v_text(activation_id), v_text(user_id), v_text(user_id)};
	const struct err *e = db_exec(db, SQL_DEVICE_RESTORE, which,
	    nitems(which));
	struct rows *r;

	if (e != NULL)
		return e;
	*n = db_affected(db);
	e = db_query(db, SQL_DEVICE_NO_TOKENS, which, nitems(which), &r);
	if (e != NULL)
		return e;
	*left = db_next(r) ? db_u64(r, 0) : 0;
	db_done(r);
	return NULL;
}

/* --- live checks ------------------------------------------------------ */

const struct err *
check_ask(struct db *db, int64_t app)
{
	return db_exec(db, SQL_CHECK_ASK, VALUES(v_i64(app)));
}

const struct err *
check_answer(struct db *db, struct arena *a, int64_t app, const char **answer)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_CHECK_ANSWER,
	    VALUES(v_i64(app)), &r);

	if (e != NULL)
		return e;
	*answer = db_next(r) ? db_copy(a, r, 0) : NULL;
	db_done(r);
	return NULL;
}

const struct err *
check_take(struct db *db, struct arena *a, const char *owner, int64_t **apps,
    size_t *n)
{
	struct rows *r;
	const struct err *e = db_exec(db, SQL_CHECK_TAKE,
	    VALUES(v_text(owner)));

	if (e == NULL)
		e = db_query(db, SQL_CHECK_TAKEN, VALUES(v_text(owner)), &r);
	if (e != NULL)
		return e;
	*apps = arena_zero(a, db_count(r) * sizeof **apps);
	for (*n = 0; db_next(r); (*n)++)
		(*apps)[*n] = db_i64(r, 0);
	db_done(r);
	return NULL;
}

const struct err *
check_done(struct db *db, const char *owner, int64_t app, const char *answer)
{
	return db_exec(db, SQL_CHECK_DONE,
	    VALUES(v_text(answer), v_i64(app), v_text(owner)));
}

/* --- tokens ----------------------------------------------------------- */

const struct err *
access_token_save(struct db *db, struct keyring *k, const char *name,
    const char *token, int64_t granted_s)
{
	struct buf b = BUF(SEALED_MAX);
	const struct err *e;
	char place[SEALED_LABEL_MAX];
	int lock;

	if ((e = keyring_lock(k, &lock)) != NULL)
		return e;
	sealed_label_access_token(name, place);
	if (!keyring_seal(k, place, token, strlen(token), &b))
		e = err_new(ERR_TOOBIG, "a token is too large");
	if (e == NULL)
		e = db_exec(db, SQL_ACCESS_TOKEN_PUT, VALUES(v_text(name),
		    v_blob(b.data, b.len), v_i64(granted_s)));
	keyring_unlock(lock);
	buf_done(&b);
	return e;
}

const struct err *
access_token_load(struct db *db, struct keyring *k, const char *name,
    struct buf *token, int64_t *granted_s)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_ACCESS_TOKEN_BY_NAME,
	    VALUES(v_text(name)), &r);
	const char *sealed;
	char place[SEALED_LABEL_MAX];
	size_t len;

	if (e != NULL)
		return e;
	if (db_next(r)) {
		sealed_label_access_token(name, place);
		sealed = db_blob(r, 0, &len);
		if (keyring_unseal(k, place, sealed, len, token) != NULL)
			e = err_new(ERR_MISSING, "it does not open");
		*granted_s = db_i64(r, 1);
	} else {
		e = err_new(ERR_MISSING, "no token is kept");
	}
	db_done(r);
	return e;
}
