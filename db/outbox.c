/* SPDX-License-Identifier: MIT */
#include "db/outbox.h"

#include <stdio.h>
#include <string.h>

#include "db/sooner.h"
#include "lib/clock.h"

#define RETRY_PORTION 5000 /* rows that SQL_OUTBOX_RETRY moves at once */
_Static_assert(RETRY_PORTION == SQL_ROWS_RETRIED, "as in sql.h");

/* --- delivering ------------------------------------------------------- */

void
outbox_key_write(const struct outbox_key *k, struct buf *into)
{
	(void)buf_fmt(into, "%u,%u,%lld,%llu", k->shard, k->lane,
	    (long long)k->due_ms, (unsigned long long)k->id);
}

static void
read_numbers(const struct rows *r, struct outbox_row *row)
{
	row->key.due_ms = db_i64(r, 0);
	row->key.id = db_u64(r, 1);
	row->send = db_u64(r, 2);
	row->body_id = db_u64(r, 3);
	row->app = db_i64(r, 4);
	row->device = db_i64(r, 5);
	row->platform = (unsigned)db_u64(r, 6);
	row->environment = (unsigned)db_u64(r, 7);
	row->attempts = (unsigned)db_u64(r, 8);
	row->generation = (uint32_t)db_u64(r, 11);
	row->personal = db_u64(r, 12) != 0;
}

/* The columns of SQL_OUTBOX_READ; shard and lane are filled by the caller. */
static void
read_found(const struct rows *r, struct outbox_found *found)
{
	read_numbers(r, &found->row);
	found->token = db_text(r, 9);
	found->body = db_blob(r, 10, &found->body_len);
	device_now(r, 13, &found->now);
	found->user = db_text(r, 19);
}

const struct err *
outbox_lanes(struct db *db, struct outbox_lane *list, size_t n)
{
	struct buf text = BUF(64 * 1024);
	const struct err *e;
	struct rows *r;

	for (size_t i = 0; i < n; i++) {
		list[i].due = false;
		(void)buf_fmt(&text, "%s[%u,%u]", i > 0 ? "," : "[",
		    list[i].shard, list[i].lane);
	}
	(void)buf_text(&text, n > 0 ? "]" : "[]");
	e = db_query(db, SQL_OUTBOX_LANES,
	    VALUES(v_blob(buf_str(&text), text.len)), &r);
	buf_done(&text);
	if (e != NULL)
		return e;
	while (db_next(r))
		list[db_u64(r, 0) - 1].due = true;
	db_done(r);
	return NULL;
}

/* Frees the rows; returns how many there were. */
static unsigned
take_all(struct rows *r, unsigned shard, unsigned lane, outbox_take *take,
    void *arg)
{
	unsigned n;

	for (n = 0; db_next(r); n++) {
		struct outbox_found found = {
		    .row.key = {.shard = shard, .lane = lane}};

		read_found(r, &found);
		take(&found, arg);
	}
	db_done(r);
	return n;
}

static const struct err *
ask_rows(struct db *db, unsigned shard, unsigned lane, bool users,
    const struct outbox_cursor *behind, unsigned limit, struct rows **r)
{
	if (!users && behind->due_ms == 0 && behind->id == 0)
		return db_query(db, SQL_OUTBOX_READ_FIRST,
		    VALUES(v_u64(shard), v_u64(lane), v_u64(limit)), r);
	return db_query(db, users ? SQL_OUTBOX_READ_USERS : SQL_OUTBOX_READ,
	    VALUES(v_u64(shard), v_u64(lane), v_i64(behind->due_ms),
		v_u64(behind->id), v_i64(behind->due_ms), v_u64(limit)), r);
}

const struct err *
outbox_read(struct db *db, unsigned shard, unsigned lane, bool users,
    const struct outbox_cursor *behind, unsigned limit, outbox_take *take,
    void *arg, unsigned *n)
{
	struct rows *r;
	const struct err *e = ask_rows(db, shard, lane, users && lane > 0,
	    behind, limit, &r);

	if (e == NULL)
		*n = take_all(r, shard, lane, take, arg);
	return e;
}

const struct err *
outbox_read_send(struct db *db, unsigned shard, uint64_t send,
    const struct outbox_cursor *behind, unsigned limit, outbox_take *take,
    void *arg, unsigned *n)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_OUTBOX_READ_SEND,
	    VALUES(v_u64(shard), v_u64(0), v_i64(behind->due_ms),
		v_u64(behind->id), v_i64(behind->due_ms), v_u64(send),
		v_u64(send), v_u64(limit)), &r);

	if (e == NULL)
		*n = take_all(r, shard, 0, take, arg);
	return e;
}

const struct err *
outbox_shards_of(struct db *db, uint64_t send, bool shards[OUTBOX_SHARDS])
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_OUTBOX_SHARDS_OF,
	    VALUES(v_u64(send), v_u64(send)), &r);

	if (e != NULL)
		return e;
	memset(shards, 0, OUTBOX_SHARDS * sizeof *shards);
	while (db_next(r))
		shards[db_u64(r, 0) % OUTBOX_SHARDS] = true;
	db_done(r);
	return NULL;
}

const struct err *
outbox_oldest(struct db *db, unsigned shard, unsigned lane, unsigned limit,
    outbox_see *see, void *arg)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_OUTBOX_OLDEST,
	    VALUES(v_u64(shard), v_u64(lane), v_u64(limit)), &r);

	if (e != NULL)
		return e;
	while (db_next(r)) {
		struct outbox_due row = {.id = db_u64(r, 0),
		    .platform = (unsigned)db_u64(r, 2)};

		(void)snprintf(row.due, sizeof row.due, "%s", db_text(r, 1));
		see(&row, arg);
	}
	db_done(r);
	return NULL;
}

const struct err *
outbox_bodies(struct db *db, const uint64_t *ids, size_t n,
    outbox_take_body *take, void *arg)
{
	struct buf list = BUF(DB_LIST_MAX);
	const struct err *e;
	struct rows *r;

	for (size_t i = 0; i < n; i++)
		(void)buf_fmt(&list, "%s%llu", i > 0 ? "," : "[",
		    (unsigned long long)ids[i]);
	(void)buf_text(&list, n > 0 ? "]" : "[]");
	e = db_query(db, SQL_OUTBOX_BODIES,
	    VALUES(v_blob(list.data, list.len)), &r);
	buf_done(&list);
	if (e != NULL)
		return e;
	while (db_next(r)) {
		size_t len;
		const char *body = db_blob(r, 1, &len);

		take(db_u64(r, 0), body, len, arg);
	}
	db_done(r);
	return NULL;
}

/* --- looking ---------------------------------------------------------- */

/* The columns of both statements. */
static struct outbox_depth
row_to_depth(struct arena *a, const struct rows *r, int64_t now_ms)
{
	struct outbox_depth d = {.app_id = db_copy(a, r, 0),
	    .platform = (unsigned)db_u64(r, 1), .lane = (unsigned)db_u64(r, 2),
	    .rows = db_u64(r, 3), .retried = db_u64(r, 4),
	    .next_due_ms = db_i64(r, 5), .oldest_ms = db_i64(r, 6),
	    .reason = db_copy(a, r, 7)};

	if (d.oldest_ms > now_ms) /* to be sent later */
		d.oldest_ms = now_ms;
	return d;
}

const struct err *
outbox_depth(struct db *db, struct arena *a, struct outbox_depth **list,
    size_t *n)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_OUTBOX_DEPTH, NO_VALUES, &r);
	int64_t now_ms = clock_now_ms();

	if (e != NULL)
		return e;
	*list = arena_zero(a, db_count(r) * sizeof **list);
	for (*n = 0; db_next(r); (*n)++)
		(*list)[*n] = row_to_depth(a, r, now_ms);
	db_done(r);
	return NULL;
}

/* --- of a long queue -------------------------------------------------- */

static bool
same_depth(const struct outbox_depth *a, const struct outbox_depth *b)
{
	return a->platform == b->platform && a->lane == b->lane &&
	    strcmp(a->app_id, b->app_id) == 0;
}

static void
merge_depth(struct outbox_depth *into, const struct outbox_depth *d)
{
	into->rows += d->rows;
	into->retried += d->retried;
	if (d->next_due_ms < into->next_due_ms)
		into->next_due_ms = d->next_due_ms;
	if (d->oldest_ms < into->oldest_ms)
		into->oldest_ms = d->oldest_ms;
	if (into->reason == NULL)
		into->reason = d->reason;
}

/* The rows of one application, platform and lane follow one another, a row for
 * each shard. A shard's lane that is counted up to the limit has more. */
static void
read_first(struct arena *a, struct rows *r, struct outbox_depth *list,
    size_t *n)
{
	uint64_t counted[OUTBOX_SHARDS][OUTBOX_LANES] = {{0}};
	bool more[OUTBOX_LANES] = {false};
	int64_t now_ms = clock_now_ms();

	for (*n = 0; db_next(r);) {
		struct outbox_depth d = row_to_depth(a, r, now_ms);
		uint64_t *of = &counted[db_u64(r, 8) % OUTBOX_SHARDS]
				       [d.lane % OUTBOX_LANES];

		*of += d.rows;
		more[d.lane % OUTBOX_LANES] |= *of >= SQL_DEPTH_FIRST;
		if (*n > 0 && same_depth(&list[*n - 1], &d))
			merge_depth(&list[*n - 1], &d);
		else
			list[(*n)++] = d;
	}
	for (size_t i = 0; i < *n; i++)
		list[i].more = more[list[i].lane % OUTBOX_LANES];
}

static const struct err *
is_long(struct db *db, bool *yes)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_OUTBOX_IS_LONG, NO_VALUES, &r);

	if (e != NULL)
		return e;
	*yes = db_next(r) && db_u64(r, 0) != 0;
	db_done(r);
	return NULL;
}

const struct err *
outbox_depth_first(struct db *db, struct arena *a, struct outbox_depth **list,
    size_t *n)
{
	const struct err *e;
	struct rows *r;
	bool yes;

	if ((e = is_long(db, &yes)) != NULL)
		return e;
	if (!yes)
		return outbox_depth(db, a, list, n);
	e = db_query(db, SQL_OUTBOX_DEPTH_FIRST, NO_VALUES, &r);
	if (e != NULL)
		return e;
	*list = arena_zero(a, db_count(r) * sizeof **list);
	read_first(a, r, *list, n);
	db_done(r);
	return NULL;
}

const struct err *
outbox_waiting(struct db *db, struct arena *a, const char *user_id,
    uint64_t send, int64_t limit, struct outbox_waiting **list, size_t *n)
{
	struct value user = v_text(user_id);
	struct value of = send != 0 ? v_u64(send) : v_null();
	struct rows *r;
	const struct err *e = db_query(db, SQL_OUTBOX_WAITING,
	    VALUES(user, user, of, of, v_i64(limit)), &r);

	if (e != NULL)
		return e;
	*list = arena_zero(a, db_count(r) * sizeof **list);
	for (*n = 0; db_next(r); (*n)++)
		(*list)[*n] = (struct outbox_waiting){.id = db_u64(r, 0),
		    .send = db_u64(r, 1), .app = db_i64(r, 2),
		    .app_id = db_copy(a, r, 3), .device = db_i64(r, 4),
		    .platform = (unsigned)db_u64(r, 5),
		    .lane = (unsigned)db_u64(r, 6),
		    .attempts = (unsigned)db_u64(r, 7),
		    .user_id = db_copy(a, r, 8), .reason = db_copy(a, r, 9),
		    .due_ms = db_i64(r, 10), .cancelled = db_u64(r, 11) != 0};
	db_done(r);
	return NULL;
}

/* --- moving ----------------------------------------------------------- */

struct retry {
	unsigned shard;
	int64_t app, in_ms;
	int platform;
};

static const struct err *
retry_portion(struct db *db, int64_t ahead_ms, void *arg, uint64_t *n)
{
	const struct retry *r = arg;
	struct value app = r->app != 0 ? v_i64(r->app) : v_null();
	struct value platform = r->platform >= 0 ? v_i64(r->platform)
						 : v_null();
	const struct err *e = db_exec(db, SQL_OUTBOX_RETRY,
	    VALUES(v_i64(r->in_ms), v_u64(r->shard), v_i64(ahead_ms), app, app,
		platform, platform));

	if (e == NULL)
		*n = db_affected(db);
	return e;
}

const struct err *
outbox_retry(struct db *db, unsigned shard, int64_t app, int platform,
    int64_t in_ms, uint64_t *n)
{
	struct retry r = {shard, app, in_ms, platform};
	const struct err *e;
	uint64_t portion;

	*n = 0;
	do {
		if ((e = rows_sooner(db, in_ms, retry_portion, &r,
			 &portion)) != NULL)
			return e;
		*n += portion;
	} while (portion == RETRY_PORTION);
	return NULL;
}
