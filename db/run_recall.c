/* SPDX-License-Identifier: MIT */
#include "db/run_recall.h"

#include "db/sooner.h"
#include "lib/clock.h"

/* Rows of a send in one shard. */
struct recall {
	uint64_t send;
	unsigned shard;
};

static const struct err *
recall_portion(struct db *db, int64_t ahead_ms, void *arg, uint64_t *n)
{
	const struct recall *r = arg;
	const struct err *e = db_exec(db, SQL_OUTBOX_RECALL,
	    VALUES(v_u64(r->shard), v_i64(ahead_ms), v_u64(r->send)));

	if (e == NULL)
		*n = db_affected(db);
	return e;
}

/* The rows of a send in one shard that wait for longer than SOON. */
static const struct err *
recall_shard(struct db *db, uint64_t send, unsigned shard, int64_t until_ms,
    bool *more)
{
	struct recall r = {send, shard};
	const struct err *e;
	uint64_t n;

	do
		e = rows_sooner(db, SQL_SOON_MS, recall_portion, &r, &n);
	while (e == NULL && (*more = n == SQL_ROWS_RECALLED) &&
	    clock_mono_ms() < until_ms);
	return e;
}

const struct err *
run_recall(struct db *db, uint64_t send, int64_t until_ms, bool *more)
{
	const struct err *e = NULL;

	*more = false;
	for (unsigned shard = 0; e == NULL && !*more && shard < OUTBOX_SHARDS;
	     shard++)
		e = recall_shard(db, send, shard, until_ms, more);
	return e;
}

/* The mark is removed only if it is the one that was read: a later change has
 * set another. */
const struct err *
campaign_recall(struct db *db, uint64_t shards, int64_t until_ms, bool *more)
{
	struct value id = v_i64(0), at = v_i64(0);
	uint64_t send = 0;
	struct rows *r;
	const struct err *e = db_query(db, SQL_CAMPAIGN_RECALL,
	    VALUES(v_u64(shards)), &r);

	*more = false;
	if (e != NULL)
		return e;
	if (db_next(r)) {
		id = v_i64(db_i64(r, 0));
		send = db_u64(r, 1);
		at = v_i64(db_i64(r, 2));
	}
	db_done(r);
	if (send == 0 ||
	    (e = run_recall(db, send, until_ms, more)) != NULL || *more)
		return e;
	*more = true; /* of another run, perhaps */
	return db_exec(db, SQL_CAMPAIGN_RECALLED, VALUES(id, at));
}

/* --- late ------------------------------------------------------------- */

/* Of the outcomes of a send, which begin at *at: the fewest changes of its run
 * that were known; 0: none was put off because of the run. *at: behind them. */
static uint64_t
known_changes(const struct outcome *const *list, size_t n, size_t *at)
{
	uint64_t send = list[*at]->row.send, fewest = 0;

	for (; *at < n && list[*at]->row.send == send; ++*at) {
		uint64_t known = list[*at]->run_changes;

		if (known > 0 && (fewest == 0 || known < fewest))
			fewest = known;
	}
	return fewest;
}

const struct err *
run_recall_late(struct db *db, const struct outcome *const *list, size_t n)
{
	const struct err *e = NULL;

	for (size_t i = 0; e == NULL && i < n;) {
		uint64_t send = list[i]->row.send;
		uint64_t changes = known_changes(list, n, &i);

		if (changes > 0)
			e = db_post(db, SQL_CAMPAIGN_RECALL_LATE,
			    VALUES(v_u64(changes), v_u64(send), v_u64(send)),
			    NULL);
	}
	return e;
}
