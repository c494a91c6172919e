/* SPDX-License-Identifier: MIT */
#include "db/counter.h"

#include <stdio.h>
#include <string.h>

#include "lib/json_text.h"
#include "lib/text.h"

void
counter_reason(const char *reason, char out[COUNTER_REASON])
{
	bool sentence = strchr(reason, ' ') != NULL &&
	    !text_starts(reason, "HTTP ");
	size_t n = 0;

	for (; *reason != '\0' && n < COUNTER_REASON - 1; reason++) {
		bool digit = *reason >= '0' && *reason <= '9';

		if (!sentence || !digit)
			out[n++] = *reason;
		else if (n == 0 || out[n - 1] != '#')
			out[n++] = '#';
	}
	out[n] = '\0';
	if (*reason != '\0')
		(void)snprintf(out, COUNTER_REASON, COUNTER_OTHER);
}

static void
list_counter(struct buf *b, const struct counter *c)
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
	struct buf b = BUF(DB_LIST_MAX);
	const struct err *e = NULL;

	for (size_t i = 0; i < n; i++)
		list_counter(&b, &list[i]);
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
