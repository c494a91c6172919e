/* SPDX-License-Identifier: MIT */
#include "db/campaign.h"

#include "db/app_name.h"
#include "db/campaign_control.h"
#include "db/idempotency.h"

#define PORTION 10000 /* users of a removed campaign deleted at a time */
_Static_assert(PORTION == SQL_USERS_PURGED, "as in sql.h");
#define TRIES 5 /* to remove a campaign that is sent meanwhile */
#define CAMPAIGNS_LISTED 50 /* read at a time: a message has 65 kilobytes */

struct addition {
	const struct campaign *campaign;
	const char *key, *request;
	int64_t id;
};

static const struct err *
add_once(struct db *db, void *arg)
{
	struct addition *n = arg;
	const struct campaign *c = n->campaign;
	const struct err *e = db_exec(db, SQL_CAMPAIGN_ADD,
	    VALUES(v_i64(c->app), v_blob(c->message, c->message_len),
		v_i64(c->everybody), v_text(c->created_by),
		v_text(c->created_by)));

	if (e != NULL)
		return e;
	n->id = (int64_t)db_insert_id(db);
	return idempotency_put(db, n->key, &(struct idempotency_use){
	    n->request, (uint64_t)n->id, NULL});
}

const struct err *
campaign_add(struct db *db, const struct campaign *c, const char *key,
    const char *request, int64_t *id)
{
	struct addition n = {c, key, request, 0};
	const struct err *e = key != NULL ? db_transact(db, add_once, &n)
					  : add_once(db, &n);

	*id = n.id;
	return e;
}

/* The columns of CAMPAIGN_COLUMNS in sql.c, without the application's name. */
static void
row_to_campaign(struct arena *a, const struct rows *r, struct campaign *c)
{
	c->id = db_i64(r, 0);
	c->app = db_i64(r, 1);
	c->sent = db_u64(r, 2) != 0;
	c->message = db_copy(a, r, 3);
	(void)db_blob(r, 3, &c->message_len);
	c->state = db_copy(a, r, 4);
	c->send = db_u64(r, 5);
	c->created_ms = db_i64(r, 6);
	c->started_ms = db_i64(r, 7);
	c->completed_ms = db_i64(r, 8);
	c->queued = db_i64(r, 9);
	c->queue_end = db_i64(r, 10);
	c->everybody = db_u64(r, 11) != 0;
	c->created_by = db_copy(a, r, 12);
	c->changed_by = db_copy(a, r, 13);
	c->approved_by = db_copy(a, r, 14);
	c->approved_ms = db_i64(r, 15);
}

const struct err *
campaign_by_id(struct db *db, struct arena *a, int64_t id,
    struct campaign *out)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_CAMPAIGN_BY_ID,
	    VALUES(v_i64(id)), &r);

	if (e != NULL)
		return e;
	out->app_id = NULL;
	if (db_next(r)) {
		row_to_campaign(a, r, out);
		e = app_name_by_id(db, a, out->app, &out->app_id);
	}
	db_done(r);
	if (e == NULL && out->app_id == NULL)
		e = err_new(ERR_MISSING, "no campaign %lld", (long long)id);
	return e;
}

struct campaign_listing {
	struct db *db;
	campaign_take *take;
	void *arg;
};

/* The columns of CAMPAIGN_LIST in sql.c. A campaign whose application is gone
 * is about to be removed, too. */
static const struct err *
take_campaign(struct arena *a, struct rows *r, void *arg)
{
	struct campaign_listing *l = arg;
	struct campaign c = {.id = db_i64(r, 0), .app = db_i64(r, 1),
	    .sent = db_u64(r, 2) != 0, .message = db_copy(a, r, 3)};
	const struct err *e;

	(void)db_blob(r, 3, &c.message_len);
	e = app_name_of_row(l->db, a, r, 1, &c.app_id);
	if (e != NULL || c.app_id == NULL)
		return e;
	/* cppcheck-suppress returnDanglingLifetime ; returns no parameter */
	return l->take(&c, l->arg);
}

const struct err *
campaign_list(struct db *db, const struct campaign_choice *choice,
    const struct part *part, campaign_take *take, void *arg)
{
	struct value is_sent = choice->sent != NULL ? v_i64(*choice->sent)
						    : v_null();
	struct value apps = v_text(part->apps);
	struct db_walk all = {
	    choice->newest ? SQL_CAMPAIGN_NEWEST : SQL_CAMPAIGN_LIST, 2,
	    {is_sent, is_sent}, .key = 0, .portion = CAMPAIGNS_LISTED};
	struct db_walk some = {
	    choice->newest ? SQL_CAMPAIGN_NEWEST_OF : SQL_CAMPAIGN_LIST_OF, 3,
	    {is_sent, is_sent, apps}, .key = 0, .portion = CAMPAIGNS_LISTED};
	struct campaign_listing l = {db, take, arg};

	if (choice->sent == NULL)
		all.first = choice->newest ? SQL_CAMPAIGN_NEWEST_FIRST
					   : SQL_CAMPAIGN_LIST_FIRST;
	return db_walk(db, part->apps != NULL ? &some : &all, part,
	    take_campaign, &l);
}

const struct err *
campaign_approve(struct db *db, int64_t id, const char *who, bool *approved)
{
	struct value by = v_text(who);
	const struct err *e = db_exec(db, SQL_CAMPAIGN_APPROVE,
	    VALUES(by, v_i64(id), by, by));

	*approved = e == NULL && db_affected(db) > 0;
	return e;
}

static const struct err *
is_there(struct db *db, int64_t id, bool *there)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_CAMPAIGN_STATE,
	    VALUES(v_i64(id)), &r);

	if (e != NULL)
		return e;
	*there = db_next(r);
	db_done(r);
	return NULL;
}

/* A run that is started between the two statements keeps the campaign there,
 * and is cancelled in turn. */
static const struct err *
remove_without_run(struct db *db, int64_t id, bool *existed)
{
	const struct err *e = NULL;
	bool there = true;

	*existed = false;
	for (int try = 0; e == NULL && there && try < TRIES; try++) {
		if ((e = campaign_give_up(db, id)) != NULL ||
		    (e = db_exec(db, SQL_CAMPAIGN_REMOVE,
			 VALUES(v_i64(id)))) != NULL)
			return e;
		if ((*existed = db_affected(db) > 0))
			return NULL;
		e = is_there(db, id, &there);
	}
	if (e != NULL || !there)
		return e;
	return err_new(ERR_BUSY, "campaign %lld is started again and again",
	    (long long)id);
}

/* The run is cancelled, and the campaign removed before its users: from then on
 * no user can be added to it, and a process that crashes here leaves nothing
 * that a caller can see. */
const struct err *
campaign_remove(struct db *db, int64_t id, bool *existed)
{
	struct value campaign = v_i64(id);
	const struct err *e;

	if ((e = remove_without_run(db, id, existed)) != NULL ||
	    (e = db_exec(db, SQL_CAMPAIGN_DUPLICATE_PURGE, VALUES(campaign))) !=
		NULL ||
	    (e = db_exec(db, SQL_CAMPAIGN_RUN_PURGE, VALUES(campaign))) !=
		NULL ||
	    (e = db_exec(db, SQL_CAMPAIGN_OUTCOME_PURGE, VALUES(campaign))) !=
		NULL)
		return e;
	do
		e = db_exec(db, SQL_CAMPAIGN_USER_PURGE, VALUES(campaign));
	while (e == NULL && db_affected(db) == PORTION);
	return e;
}
