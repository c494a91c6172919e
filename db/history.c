/* SPDX-License-Identifier: MIT */
#include "db/history.h"

#include "db/row_list.h"
#include "lib/id.h"
#include "lib/mem.h"

static const struct {
	const char *word, *why;
} outcomes[HISTORY__COUNT] = {
    [HISTORY_SENT] = {"sent", NULL},
    [HISTORY_FAILED] = {"failed", NULL},
    [HISTORY_EXPIRED] = {"expired", "its validity ended before it was sent"},
    [HISTORY_REMOVED] = {"removed",
	"the device was removed, or has another user, since it was queued"},
    [HISTORY_INACTIVE] = {"inactive",
	"personal, and the activation is not active any more"},
    [HISTORY_REFUSED] = {"refused", NULL},
    [HISTORY_NOBODY] = {"no device",
	"the user had no registered device of this application"},
    [HISTORY_QUARANTINE] = {"quarantine",
	"the provider had given the device up: it must register again"},
    [HISTORY_REHEARSED] = {"rehearsed",
	"[sendd] dry_run is set: it was made, and not sent"},
};

const char *
history_word(unsigned outcome)
{
	return outcome < nitems(outcomes) ? outcomes[outcome].word : "?";
}

const char *
history_why(unsigned outcome)
{
	return outcome < nitems(outcomes) ? outcomes[outcome].why : NULL;
}

/* --- writing ---------------------------------------------------------- */

static const struct err *
add_entry(struct db *db, struct row_list *rows, const struct history_entry *h)
{
	const struct outbox_row *row = h->row;

	return row_list_add(db, rows, VALUES(v_u64(row->key.id),
	    v_i64(row->device), v_text(h->user), v_u64(row->send),
	    v_i64(row->app), v_u64(row->platform), v_u64(h->outcome),
	    v_u64(h->tries), v_text(h->reason)));
}

const struct err *
history_post(struct db *db, const struct history_entry *list, size_t n)
{
	struct row_list rows = ROW_LIST(SQL_HISTORY_ADD);
	const struct err *e = NULL;

	for (size_t i = 0; e == NULL && i < n; i++)
		e = add_entry(db, &rows, &list[i]);
	if (e == NULL)
		e = row_list_flush(db, &rows);
	row_list_done(&rows);
	return e;
}

/* --- reading ---------------------------------------------------------- */

static const struct err *
query_page(struct db *db, const struct history_page *p, struct rows **r)
{
	if (p->user_id == NULL)
		return db_query(db, SQL_HISTORY_OF_SEND, VALUES(v_u64(p->send),
		    v_i64(p->limit), v_i64(p->offset)), r);
	return db_query(db, SQL_HISTORY_OF_USER, VALUES(v_text(p->user_id),
	    v_i64(p->since_ms), v_i64(p->limit), v_i64(p->offset)), r);
}

const struct err *
history_list(struct db *db, struct arena *a, const struct history_page *page,
    struct history **list, size_t *n)
{
	struct rows *r;
	const struct err *e = query_page(db, page, &r);

	if (e != NULL)
		return e;
	*list = arena_zero(a, db_count(r) * sizeof **list);
	for (*n = 0; db_next(r); (*n)++)
		(*list)[*n] = (struct history){.id = db_u64(r, 0),
		    .send = db_u64(r, 1), .user_id = db_copy(a, r, 2),
		    .app_id = db_copy(a, r, 3), .device = db_i64(r, 4),
		    .platform = (unsigned)db_u64(r, 5),
		    .outcome = (unsigned)db_u64(r, 6),
		    .tries = (unsigned)db_u64(r, 7),
		    .reason = db_copy(a, r, 8),
		    .accepted_ms = id_second(db_u64(r, 1)) * 1000,
		    .finished_ms = db_i64(r, 9)};
	db_done(r);
	return NULL;
}

/* sent: also of those that got it. */
static const struct err *
list_devices(struct db *db, struct arena *a, uint64_t send, bool sent,
    int64_t limit, struct history **list, size_t *n)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_HISTORY_DEVICES,
	    VALUES(v_u64(send), v_i64(sent), v_i64(limit)), &r);

	if (e != NULL)
		return e;
	*list = arena_zero(a, db_count(r) * sizeof **list);
	for (*n = 0; db_next(r); (*n)++)
		(*list)[*n] = (struct history){.send = send,
		    .device = db_i64(r, 0), .user_id = db_copy(a, r, 1),
		    .platform = (unsigned)db_u64(r, 2),
		    .outcome = (unsigned)db_u64(r, 3),
		    .tries = (unsigned)db_u64(r, 4),
		    .reason = db_copy(a, r, 5)};
	db_done(r);
	return NULL;
}

const struct err *
history_failures(struct db *db, struct arena *a, uint64_t send, int64_t limit,
    struct history **list, size_t *n)
{
	return list_devices(db, a, send, false, limit, list, n);
}

const struct err *
history_devices(struct db *db, struct arena *a, uint64_t send, int64_t limit,
    struct history **list, size_t *n)
{
	return list_devices(db, a, send, true, limit, list, n);
}
