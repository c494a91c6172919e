/* SPDX-License-Identifier: MIT */
#include "db/campaign_member.h"

#include "db/history.h"

_Static_assert(MEMBER_DEVICES_MAX == SQL_MEMBER_DEVICES, "as in sql.h");

const struct err *
campaign_has_user(struct db *db, int64_t campaign, const char *user_id,
    bool *member, int64_t *since_ms)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_CAMPAIGN_MEMBER,
	    VALUES(v_text(user_id), v_i64(campaign)), &r);

	if (e != NULL)
		return e;
	if (db_next(r)) {
		*member = db_u64(r, 0) != 0;
		*since_ms = db_i64(r, 1);
	} else
		e = err_new(ERR_MISSING, "no campaign %lld",
		    (long long)campaign);
	db_done(r);
	return e;
}

static struct member_device
row_to_device(struct arena *a, const struct rows *r)
{
	bool twin = db_u64(r, 6) != 0;
	unsigned why = (unsigned)db_u64(r, 1);

	return (struct member_device){.platform = (unsigned)db_u64(r, 0),
	    .why = why == AUDIENCE_REACHED && twin ? AUDIENCE_TWIN : why,
	    .id = db_i64(r, 2), .registered_ms = db_i64(r, 3),
	    .gone_ms = db_i64(r, 4), .gone_reason = db_copy(a, r, 5)};
}

const struct err *
campaign_member_devices(struct db *db, struct arena *a, int64_t campaign,
    const char *user_id, bool development, struct member_device **list,
    size_t *n)
{
	struct value of = v_i64(development);
	struct rows *r;
	const struct err *e = db_query(db, SQL_CAMPAIGN_MEMBER_DEVICES,
	    VALUES(of, of, of, v_text(user_id), v_i64(campaign)), &r);

	if (e != NULL)
		return e;
	*list = arena_zero(a, db_count(r) * sizeof **list);
	for (*n = 0; db_next(r); (*n)++)
		(*list)[*n] = row_to_device(a, r);
	db_done(r);
	return NULL;
}

/* --- outcomes --------------------------------------------------------- */

static struct member_device *
find_device(struct member_device *list, size_t n, int64_t id)
{
	for (size_t i = 0; i < n; i++)
		if (list[i].id == id)
			return &list[i];
	return NULL;
}

/* Of the history the outcome is a number, of stored messages a word. */
static const struct err *
fill_outcomes(struct db *db, struct arena *a, enum sql_id from,
    const char *user_id, uint64_t send, struct member_device *list, size_t n)
{
	struct rows *r;
	const struct err *e = db_query(db, from,
	    VALUES(v_text(user_id), v_u64(send)), &r);

	if (e != NULL)
		return e;
	while (db_next(r)) {
		struct member_device *d = find_device(list, n, db_i64(r, 0));

		if (d == NULL || d->outcome != NULL)
			continue;
		d->outcome = from == SQL_CAMPAIGN_MEMBER_HISTORY
		    ? history_word((unsigned)db_u64(r, 1))
		    : db_copy(a, r, 1);
		d->tries = db_u64(r, 2);
		d->reason = db_copy(a, r, 3);
		if (d->reason == NULL && from == SQL_CAMPAIGN_MEMBER_HISTORY)
			d->reason = history_why((unsigned)db_u64(r, 1));
	}
	db_done(r);
	return NULL;
}

const struct err *
campaign_member_outcomes(struct db *db, struct arena *a, const char *user_id,
    uint64_t send, struct member_device *list, size_t n)
{
	const struct err *e = fill_outcomes(db, a,
	    SQL_CAMPAIGN_MEMBER_HISTORY, user_id, send, list, n);

	return e != NULL ? e : fill_outcomes(db, a,
	    SQL_CAMPAIGN_MEMBER_STORED, user_id, send, list, n);
}
