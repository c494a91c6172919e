/* SPDX-License-Identifier: MIT */
#include "db/campaign_reach.h"

#include <string.h>

/* Looking up the devices of one user costs as much as reading so many devices
 * in the order of their key and looking up their users: 6 to 8 us against 0.9
 * us among 300,000 in memory, and more where the look-up has to read its two
 * pages from a disk. Up to FEW users the cost does not matter. */
#define LOOK_UP_COST 10
#define FEW 1000

/* They are queued by one transaction, which holds up those of the other nodes
 * of a cluster. */
#define CLUSTER_USERS 10000

#define ANY_NUMBER (INT64_C(1) << 40)

const struct err *
campaign_reach(struct db *db, int64_t campaign, int64_t most_users,
    int64_t *last_device, bool *by_users)
{
	struct value most, id = v_i64(campaign);
	int64_t users = 0;
	struct rows *r;
	const struct err *e;

	if (most_users != ANY_NUMBER && most_users > CLUSTER_USERS &&
	    db_is_clustered(db))
		most_users = CLUSTER_USERS;
	most = v_i64(most_users + 1);
	e = db_query(db, SQL_CAMPAIGN_SIZE, VALUES(most, id, most, id), &r);
	if (e != NULL)
		return e;
	*last_device = 0;
	if (db_next(r)) {
		*last_device = db_i64(r, 0);
		users = db_i64(r, 1);
	}
	db_done(r);
	*by_users = users <= most_users &&
	    users <= FEW + *last_device / LOOK_UP_COST;
	return NULL;
}

/* --- counting --------------------------------------------------------- */

static const struct err *
count_users(struct db *db, int64_t campaign, struct audience *out)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_AUDIENCE_USERS,
	    VALUES(v_i64(campaign)), &r);

	if (e != NULL)
		return e;
	if (db_next(r)) {
		out->users = db_u64(r, 0);
		out->no_device = db_u64(r, 1);
	}
	db_done(r);
	return NULL;
}

static void
add_count(struct audience *out, uint64_t platform, uint64_t why, uint64_t n)
{
	if (platform >= PLATFORM__COUNT)
		out->unknown += n;
	else if (why < AUDIENCE__COUNT)
		out->by[platform][why] += n;
}

static const struct err *
count_devices(struct db *db, int64_t campaign, bool by_users, bool development,
    struct audience *out)
{
	struct value of = v_i64(development);
	struct rows *r;
	const struct err *e = db_query(db, by_users ? SQL_AUDIENCE_SMALL
						    : SQL_AUDIENCE_LARGE,
	    VALUES(of, of, of, v_i64(campaign)), &r);

	if (e != NULL)
		return e;
	while (db_next(r))
		add_count(out, db_u64(r, 0), db_u64(r, 1), db_u64(r, 2));
	db_done(r);
	return NULL;
}

/* A twin is one of those that were counted before as reached or of the other
 * environment; rows may have changed since. */
static void
move_twins(uint64_t by[AUDIENCE__COUNT], bool refused, uint64_t n)
{
	uint64_t *from = &by[refused ? AUDIENCE_ENVIRONMENT
				     : AUDIENCE_REACHED];

	if (n > *from)
		n = *from;
	*from -= n;
	by[AUDIENCE_TWIN] += n;
}

static const struct err *
count_twins(struct db *db, int64_t campaign, bool development,
    struct audience *out)
{
	struct value of = v_i64(development), id = v_i64(campaign);
	struct rows *r;
	const struct err *e = db_query(db, SQL_AUDIENCE_TWINS,
	    VALUES(of, of, of, id, id), &r);

	if (e != NULL)
		return e;
	while (db_next(r))
		if (db_u64(r, 0) < PLATFORM__COUNT)
			move_twins(out->by[db_u64(r, 0)], db_u64(r, 1) != 0,
			    db_u64(r, 2));
	db_done(r);
	return NULL;
}

const struct err *
campaign_audience(struct db *db, int64_t campaign, bool development,
    struct audience *out)
{
	int64_t last_device;
	bool by_users;
	const struct err *e;

	memset(out, 0, sizeof *out);
	e = campaign_reach(db, campaign, ANY_NUMBER, &last_device, &by_users);
	if (e == NULL)
		e = count_users(db, campaign, out);
	if (e == NULL)
		e = count_devices(db, campaign, by_users, development, out);
	return e != NULL ? e : count_twins(db, campaign, development, out);
}
