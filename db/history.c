/* SPDX-License-Identifier: MIT */
#include "db/history.h"

#include "lib/id.h"
#include "lib/json_text.h"
#include "lib/mem.h"

/* So many rows cost less one by one than in a JSON list. MariaDB takes no
 * arrays of values for INSERT ... SELECT. */
#define FEW 8

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
post_each(struct db *db, const struct history_entry *list, size_t n)
{
	const struct err *e = NULL;

	for (size_t i = 0; e == NULL && i < n; i++) {
		const struct outbox_key *k = list[i].key;

		e = db_post(db, SQL_HISTORY_ADD_ONE, VALUES(
		    v_u64(list[i].outcome), v_u64(list[i].tries),
		    v_text(list[i].reason), v_u64(k->shard), v_u64(k->lane),
		    v_i64(k->due_ms), v_u64(k->id)), NULL);
	}
	return e;
}

static void
list_entry(const struct history_entry *h, struct buf *b)
{
	(void)buf_text(b, b->len > 0 ? ",[" : "[[");
	outbox_key_write(h->key, b);
	(void)buf_fmt(b, ",%u,%u,", (unsigned)h->outcome, h->tries);
	(void)json_quote(h->reason, b);
	(void)buf_text(b, "]");
}

static const struct err *
post_listed(struct db *db, const struct history_entry *list, size_t n)
{
	struct buf b = BUF(DB_LIST_MAX);
	const struct err *e;

	for (size_t i = 0; i < n; i++)
		list_entry(&list[i], &b);
	e = buf_text(&b, "]")
	    ? db_post(db, SQL_HISTORY_ADD, VALUES(v_blob(b.data, b.len)), NULL)
	    : err_new(ERR_TOOBIG, "a batch of the history is too large");
	buf_done(&b);
	return e;
}

const struct err *
history_post(struct db *db, const struct history_entry *list, size_t n)
{
	return n <= FEW ? post_each(db, list, n) : post_listed(db, list, n);
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
