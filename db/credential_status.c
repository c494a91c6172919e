/* SPDX-License-Identifier: MIT */
#include "db/credential_status.h"

#include <string.h>

#include "lib/json_text.h"

#define STALE_MS 60000

static void
list_status(struct buf *b, const struct credential_status *h)
{
	(void)buf_fmt(b, "%s[%lld,%u,%u,", b->len > 0 ? "," : "[",
	    (long long)h->app, h->platform, h->environment);
	(void)json_quote(h->state, b);
	(void)buf_text(b, ",");
	(void)json_quote(h->reason, b);
	if (h->until_ms > 0)
		(void)buf_fmt(b, ",%lld", (long long)h->until_ms);
	else
		(void)buf_text(b, ",null");
	(void)buf_fmt(b, ",%llu,%llu,%llu,", (unsigned long long)h->accepted,
	    (unsigned long long)h->suspects, (unsigned long long)h->gone);
	(void)json_quote(h->host, b);
	(void)buf_text(b, "]");
}

const struct err *
credential_status_put(struct db *db, const struct incarnation *self,
    const struct credential_status *list, size_t n)
{
	struct buf b = BUF(DB_LIST_MAX);
	const struct err *e = NULL;

	for (size_t i = 0; i < n; i++)
		list_status(&b, &list[i]);
	if (n > 0 && buf_text(&b, "]"))
		e = db_exec(db, SQL_CREDENTIAL_STATUS_PUT,
		    VALUES(v_blob(b.data, b.len), v_text(self->name),
			v_u64(self->id)));
	buf_done(&b);
	return e;
}

bool
credential_status_is_held(const struct credential_status *h,
    int64_t lease_ms, int64_t now_ms)
{
	return strcmp(h->state, "held") == 0 &&
	    h->seen_ms + lease_ms + STALE_MS >= now_ms;
}

bool
credential_status_is_guarded(const struct credential_status *h, double share)
{
	uint64_t refused = h->suspects + h->gone;

	return h->suspects > 0 && refused >= GUARD_MIN &&
	    (double)refused > share * (double)(h->accepted + refused);
}

const struct err *
credential_status_list(struct db *db, struct arena *a,
    struct credential_status **list, size_t *n)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_CREDENTIAL_STATUS_LIST,
	    NO_VALUES, &r);

	if (e != NULL)
		return e;
	*list = arena_zero(a, db_count(r) * sizeof **list);
	for (*n = 0; db_next(r); (*n)++)
		(*list)[*n] =
		    (struct credential_status){.app_id = db_copy(a, r, 0),
			.platform = (unsigned)db_u64(r, 1),
			.environment = (unsigned)db_u64(r, 2),
			.instance = db_copy(a, r, 3),
			.state = db_copy(a, r, 4),
			.reason = db_copy(a, r, 5),
			.since_ms = db_i64(r, 6),
			.until_ms = db_i64(r, 7),
			.seen_ms = db_i64(r, 8),
			.accepted = db_u64(r, 9),
			.suspects = db_u64(r, 10),
			.gone = db_u64(r, 11),
			.host = db_copy(a, r, 12)};
	db_done(r);
	return NULL;
}
