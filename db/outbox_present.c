/* SPDX-License-Identifier: MIT */
#include "db/outbox_present.h"

#include <stdlib.h>

#include "lib/mem.h"

static int
compare_ids(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* That a row was not there to be put off does not show. */
static bool
must_look(const struct outcome *o)
{
	return o->again || (o->expected && o->kind == OUTCOME_DEFERRED);
}

/* The ids of the rows that still exist. */
static const struct err *
read_ids(struct db *db, const struct outcome *outcomes, size_t n, bool all,
    uint64_t *ids, size_t *n_ids)
{
	struct buf list = BUF(DB_LIST_MAX);
	struct rows *r = NULL;
	const struct err *e = NULL;

	for (size_t i = 0; i < n; i++) {
		if (!all && !must_look(&outcomes[i]))
			continue;
		(void)buf_text(&list, list.len > 0 ? ",[" : "[[");
		outbox_key_write(&outcomes[i].row.key, &list);
		(void)buf_text(&list, "]");
	}
	if (list.len > 0) {
		(void)buf_text(&list, "]");
		e = db_query(db, SQL_OUTBOX_PRESENT,
		    VALUES(v_blob(list.data, list.len)), &r);
	}
	for (*n_ids = 0; e == NULL && r != NULL && *n_ids < n && db_next(r);)
		ids[(*n_ids)++] = db_u64(r, 0);
	db_done(r);
	buf_done(&list);
	return e;
}

const struct err *
outbox_present(struct db *db, const struct outcome *outcomes, size_t n,
    bool all, const struct outcome **list, size_t *n_list)
{
	uint64_t *ids = xcalloc(n, sizeof *ids);
	size_t n_ids = 0;
	const struct err *e = read_ids(db, outcomes, n, all, ids, &n_ids);

	qsort(ids, n_ids, sizeof *ids, compare_ids);
	*n_list = 0;
	for (size_t i = 0; e == NULL && i < n; i++) {
		const struct outcome *o = &outcomes[i];

		if ((!all && !must_look(o)) || bsearch(&o->row.key.id, ids,
		    n_ids, sizeof *ids, compare_ids) != NULL)
			list[(*n_list)++] = o;
		else if (o->expected)
			e = err_new(ERR_CONTENTION,
			    "a row that was carried is not there yet");
	}
	free(ids);
	return e;
}
