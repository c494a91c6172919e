/* SPDX-License-Identifier: MIT */
#include "db/shard.h"

#include <stdio.h>
#include <string.h>

#include "lib/buf.h"

static void
put_leases(struct buf *b, const struct lease *leases, size_t n)
{
	(void)buf_text(b, "[");
	for (size_t i = 0; i < n; i++)
		(void)buf_fmt(b, "%s[%u,%llu]", i > 0 ? "," : "",
		    leases[i].shard, (unsigned long long)leases[i].epoch);
	(void)buf_text(b, "]");
}

const struct err *
shard_list(struct db *db, struct shard_state list[OUTBOX_SHARDS])
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_SHARD_LIST, NO_VALUES, &r);

	if (e != NULL)
		return e;
	memset(list, 0, OUTBOX_SHARDS * sizeof *list);
	while (db_next(r)) {
		struct shard_state *s = &list[db_u64(r, 0) % OUTBOX_SHARDS];

		(void)snprintf(s->owner, sizeof s->owner, "%s", db_text(r, 1));
		s->epoch = db_u64(r, 2);
		s->incarnation = db_u64(r, 3);
		s->renewals = db_u64(r, 4);
		s->lease_ms = db_i64(r, 5);
		s->until_ms = db_i64(r, 6);
		s->is_over = db_u64(r, 7) != 0;
	}
	db_done(r);
	return NULL;
}

const struct err *
shard_take(struct db *db, const struct incarnation *self, int64_t lease_ms,
    unsigned shard, const struct shard_state *seen, bool *taken)
{
	uint64_t matched = 0;
	const struct err *e = db_begin(db);

	if (e != NULL)
		return e;
	e = db_end(db, db_post(db, SQL_SHARD_TAKE, VALUES(v_text(self->name),
	    v_u64(self->id), v_i64(lease_ms), v_i64(lease_ms), v_u64(shard),
	    v_u64(seen->epoch), v_u64(seen->renewals), v_i64(seen->until_ms)),
	    &matched));
	/* a row that another transaction has locked is not free */
	*taken = e == NULL && matched == 1;
	return e != NULL && db_was_locked(db) ? NULL : e;
}

const struct err *
shard_renew(struct db *db, uint64_t incarnation, int64_t lease_ms,
    const struct lease *leases, size_t n, size_t *kept)
{
	struct buf list = BUF(64 * 1024);
	const struct err *e;

	put_leases(&list, leases, n);
	e = db_exec(db, SQL_SHARD_RENEW, VALUES(v_i64(lease_ms),
	    v_blob(buf_str(&list), list.len), v_u64(incarnation)));
	buf_done(&list);
	if (e == NULL)
		*kept = db_affected(db);
	return e;
}

const struct err *
shard_fence(struct db *db, uint64_t incarnation, int64_t lease_ms,
    const struct lease *leases, size_t n, uint64_t *kept)
{
	struct buf list = BUF(64 * 1024);
	const struct err *e;

	if (n == 1)
		return db_post(db, SQL_SHARD_RENEW_ONE, VALUES(v_i64(lease_ms),
		    v_i64(lease_ms), v_u64(leases->shard),
		    v_u64(leases->epoch), v_u64(incarnation)), kept);
	put_leases(&list, leases, n);
	e = db_post(db, SQL_SHARD_RENEW, VALUES(v_i64(lease_ms),
	    v_blob(buf_str(&list), list.len), v_u64(incarnation)), kept);
	buf_done(&list);
	return e;
}

const struct err *
shard_hold(struct db *db, uint64_t incarnation, const struct lease *leases,
    size_t n, uint64_t *all)
{
	struct buf list = BUF(64 * 1024);
	const struct err *e;

	put_leases(&list, leases, n);
	e = db_post(db, SQL_SHARD_HOLD, VALUES(v_blob(buf_str(&list),
	    list.len), v_u64(incarnation), v_u64(n)), all);
	buf_done(&list);
	return e;
}

const struct err *
shard_fence_one(struct db *db, uint64_t incarnation, int64_t lease_ms,
    const struct lease *lease)
{
	if (lease_ms == 0)
		return db_post_one(db, SQL_SHARD_HOLD_ONE,
		    VALUES(v_u64(lease->shard), v_u64(lease->epoch),
			v_u64(incarnation)));
	return db_post_one(db, SQL_SHARD_RENEW_ONE, VALUES(v_i64(lease_ms),
	    v_i64(lease_ms), v_u64(lease->shard), v_u64(lease->epoch),
	    v_u64(incarnation)));
}

const struct err *
shard_free(struct db *db, uint64_t incarnation, const struct lease *leases,
    size_t n)
{
	struct buf list = BUF(64 * 1024);
	const struct err *e;

	if (n == 0)
		return NULL;
	put_leases(&list, leases, n);
	e = db_exec(db, SQL_SHARD_FREE,
	    VALUES(v_blob(buf_str(&list), list.len), v_u64(incarnation)));
	buf_done(&list);
	return e;
}
