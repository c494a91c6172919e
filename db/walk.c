/* SPDX-License-Identifier: MIT */
#include "db/walk.h"

#include <string.h>

struct walk_cursor {
	struct arena *row; /* emptied after each row */
	struct arena *mem; /* for a key that is text */
	struct value key;
	int64_t left, offset;
};

static const struct err *
ask_portion(struct db *db, const struct db_walk *w,
    const struct walk_cursor *at, int64_t most, struct rows **r)
{
	struct value values[WALK_VALUES + 4];
	size_t n = w->n;

	if (w->first != 0 && at->key.type == V_NULL)
		return db_query(db, w->first,
		    VALUES(v_i64(most), v_i64(at->offset)), r);
	memcpy(values, w->values, n * sizeof *values);
	values[n++] = at->key;
	values[n++] = at->key;
	values[n++] = v_i64(most);
	values[n++] = v_i64(at->offset);
	return db_query(db, w->id, values, n, r);
}

/* Copy the key, because its text must outlive its row. */
static void
keep_key(struct walk_cursor *at, const struct rows *r, unsigned key)
{
	const char *text = db_text(r, key);

	if (text == NULL) {
		at->key = v_u64(db_u64(r, key));
		return;
	}
	arena_reset(at->mem);
	at->key = v_text(arena_text(at->mem, text, strlen(text)));
}

static const struct err *
take_rows(struct rows *r, const struct db_walk *w, struct walk_cursor *at,
    walk_take *take, void *arg)
{
	uint64_t n = db_count(r);
	const struct err *e = NULL;

	for (; e == NULL && n > 0; n--) {
		if (!db_next(r))
			return err_new(ERR_BUSY, "the connection was lost");
		e = take(at->row, r, arg);
		arena_reset(at->row);
		if (n == 1)
			keep_key(at, r, w->key);
	}
	return e;
}

static const struct err *
take_portion(struct db *db, const struct db_walk *w, struct walk_cursor *at,
    walk_take *take, void *arg, bool *more)
{
	int64_t most = at->left < w->portion ? at->left : w->portion;
	struct rows *r;
	const struct err *e = ask_portion(db, w, at, most, &r);

	if (e != NULL)
		return e;
	at->left -= most;
	at->offset = 0;
	*more = db_count(r) == (uint64_t)most && at->left > 0;
	e = take_rows(r, w, at, take, arg);
	db_done(r);
	return e;
}

const struct err *
db_walk(struct db *db, const struct db_walk *w, const struct part *part,
    walk_take *take, void *arg)
{
	struct walk_cursor at = {arena_new(), arena_new(), v_null(),
	    part->size > 0 ? part->size : INT64_MAX, part->offset};
	const struct err *e = NULL;
	bool more = true;

	while (e == NULL && more)
		e = take_portion(db, w, &at, take, arg, &more);
	arena_free(at.row);
	arena_free(at.mem);
	return e;
}
