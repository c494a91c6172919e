/* SPDX-License-Identifier: MIT */
#include "db/app_delete.h"

#include "db/campaign.h"
#include "db/outbox.h"
#include "db/outbox_remove.h"
#include "lib/mem.h"

#define PASSES 20

static void
note_portion(struct app_deletion *x, uint64_t n)
{
	x->rows += n;
	if (n > 0 && x->progress != NULL)
		x->progress(x->rows, x->arg);
}

/* --- the parts -------------------------------------------------------- */

static const struct err *
next_campaign(struct app_deletion *x, int64_t *id)
{
	struct rows *r;
	const struct err *e = db_query(x->db, SQL_APP_CAMPAIGN,
	    VALUES(v_i64(x->app->id)), &r);

	if (e != NULL)
		return e;
	*id = db_next(r) ? db_i64(r, 0) : 0;
	db_done(r);
	return NULL;
}

/* A run in progress is cancelled: it queues nothing more. */
static const struct err *
delete_campaigns(struct app_deletion *x)
{
	const struct err *e;
	int64_t id;
	bool existed;

	while ((e = next_campaign(x, &id)) == NULL && id != 0) {
		if ((e = campaign_remove(x->db, id, &existed)) != NULL)
			return e;
		note_portion(x, existed);
	}
	return e;
}

static const struct err *
delete_waiting(struct app_deletion *x)
{
	const struct err *e = NULL;
	uint64_t found, removed;

	for (unsigned shard = 0; e == NULL && shard < OUTBOX_SHARDS; shard++)
		do {
			e = outbox_remove_app(x->db, shard, x->app->id, &found,
			    &removed);
			note_portion(x, removed);
		} while (e == NULL && found > 0);
	return e;
}

/* A statement that removes a portion, until there is none. */
static const struct err *
delete_all(struct app_deletion *x, enum sql_id id, const struct value *values,
    size_t n_values)
{
	const struct err *e;
	uint64_t n = 0;

	do {
		if ((e = db_exec(x->db, id, values, n_values)) == NULL)
			note_portion(x, n = db_affected(x->db));
	} while (e == NULL && n > 0);
	return e;
}

static const struct err *
delete_rest(struct app_deletion *x)
{
	struct value app = v_i64(x->app->id), name = v_text(x->app->app_id);
	const struct {
		enum sql_id id;
		struct value values[2];
		size_t n;
	} list[] = {{SQL_APP_DEVICES_REMOVE, {app}, 1},
	    {SQL_APP_ACTIVATIONS_REMOVE, {name}, 1},
	    {SQL_APP_ACTIVATIONS_CLEAR, {name}, 1},
	    {SQL_APP_INBOX_REMOVE, {app, app}, 2},
	    {SQL_APP_HOLDS_REMOVE, {app}, 1}};
	const struct err *e = NULL;

	for (size_t i = 0; e == NULL && i < nitems(list); i++)
		e = delete_all(x, list[i].id, list[i].values, list[i].n);
	return e;
}

/* --- all -------------------------------------------------------------- */

static const struct err *
delete_pass(struct app_deletion *x)
{
	const struct err *e = delete_campaigns(x);

	if (e == NULL)
		e = delete_waiting(x);
	return e != NULL ? e : delete_rest(x);
}

const struct err *
app_delete(struct app_deletion *x)
{
	const struct err *e;
	uint64_t before;

	for (int i = 0; i < PASSES; i++) {
		before = x->rows;
		if ((e = delete_pass(x)) != NULL)
			return e;
		if (x->rows > before)
			continue;
		/* then what calls under way have written meanwhile */
		e = db_exec(x->db, SQL_APP_REMOVE,
		    VALUES(v_i64(x->app->id)));
		return e != NULL ? e : delete_pass(x);
	}
	return err_new(ERR_BUSY, "rows of %s keep coming: stop its callers, "
	    "and run it again", x->app->app_id);
}
