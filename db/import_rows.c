/* SPDX-License-Identifier: MIT */
#include "db/import_rows.h"

#include <stdio.h>

#include "lib/buf.h"
#include "lib/json_text.h"

#include "db/integration.h"
#include "db/row_list.h"

/* NULL for 0. */
static struct value
at(int64_t ms)
{
	return ms != 0 ? v_i64(ms) : v_null();
}

/* --- lists ------------------------------------------------------------ */

/* Ask with a JSON list that was built, and is freed here. */
static const struct err *
ask_list(struct db *db, enum sql_id id, struct buf *list, struct rows **rows)
{
	const struct err *e;

	if (buf_text(list, "]"))
		e = db_query(db, id, VALUES(v_blob(list->data, list->len)),
		    rows);
	else
		e = err_new(ERR_TOOBIG, "a list is too large");
	buf_done(list);
	return e;
}

/* Ask for the positions in the list, from 1, of what is here. */
static const struct err *
mark_present(struct db *db, enum sql_id id, struct buf *list, size_t n,
    bool *present)
{
	struct rows *rows = NULL;
	const struct err *e = ask_list(db, id, list, &rows);

	if (e != NULL)
		return e;
	while (db_next(rows)) {
		uint64_t i = db_u64(rows, 0);

		if (i > 0 && i <= n)
			present[i - 1] = true;
	}
	db_done(rows);
	return NULL;
}

/* --- campaigns -------------------------------------------------------- */

const struct err *
import_campaign_add(struct db *db, const struct campaign *c)
{
	return db_exec(db, SQL_IMPORT_CAMPAIGN_ADD, VALUES(v_i64(c->id),
	    v_i64(c->app), v_blob(c->message, c->message_len), v_i64(c->sent),
	    at(c->created_ms), at(c->started_ms), at(c->completed_ms),
	    v_text(c->state), v_text(INTEGRATION_COMMAND_LINE)));
}

const struct err *
import_campaign_change(struct db *db, const struct campaign *c)
{
	return db_exec(db, SQL_IMPORT_CAMPAIGN_UPDATE, VALUES(
	    v_blob(c->message, c->message_len), v_i64(c->sent),
	    at(c->started_ms), at(c->completed_ms), v_text(c->state),
	    v_text(INTEGRATION_COMMAND_LINE), v_i64(c->id)));
}

const struct err *
import_users_find(struct db *db, const struct import_user *list, size_t n,
    bool *present)
{
	struct buf text = BUF(DB_LIST_MAX);

	if (n == 0)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		(void)buf_fmt(&text, "%s[%lld,", i > 0 ? "," : "[",
		    (long long)list[i].campaign);
		(void)json_quote(list[i].user_id, &text);
		(void)buf_text(&text, "]");
	}
	return mark_present(db, SQL_IMPORT_CAMPAIGN_USER_FIND, &text, n,
	    present);
}

const struct err *
import_users_add(struct db *db, const struct import_user *list, size_t n)
{
	struct row_list rows = ROW_LIST(SQL_IMPORT_CAMPAIGN_USER_ADD);
	const struct err *e = NULL;

	for (size_t i = 0; e == NULL && i < n; i++) {
		if (i == 0 || list[i].campaign != list[i - 1].campaign)
			e = db_post(db, SQL_CAMPAIGN_TOUCH, VALUES(
			    v_text(INTEGRATION_COMMAND_LINE),
			    v_i64(list[i].campaign)), NULL);
		if (e == NULL)
			e = row_list_add(db, &rows, VALUES(
			    v_i64(list[i].campaign), v_text(list[i].user_id),
			    v_i64(list[i].created_ms)));
	}
	if (e == NULL)
		e = row_list_flush(db, &rows);
	row_list_done(&rows);
	return e;
}

/* --- the inbox -------------------------------------------------------- */

static void
row_to_found(struct arena *a, const struct rows *r, const char *id,
    struct inbox_message *m)
{
	(void)snprintf(m->id, sizeof m->id, "%s", id);
	m->user_id = db_copy(a, r, 2);
	m->type = db_copy(a, r, 3);
	m->subject = db_copy(a, r, 4);
	m->read = db_u64(r, 5) != 0;
	m->created_ms = db_i64(r, 6);
	m->read_ms = db_i64(r, 7);
}

const struct err *
import_inbox_find(struct db *db, struct arena *a,
    const struct inbox_message *list, size_t n, struct inbox_message *here)
{
	struct buf text = BUF(DB_LIST_MAX);
	struct rows *r = NULL;
	const struct err *e;

	if (n == 0)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		(void)buf_text(&text, i > 0 ? "," : "[");
		(void)json_quote(list[i].id, &text);
	}
	if ((e = ask_list(db, SQL_IMPORT_INBOX_FIND, &text, &r)) != NULL)
		return e;
	while (db_next(r)) {
		uint64_t i = db_u64(r, 0);

		if (i > 0 && i <= n)
			row_to_found(a, r, list[i - 1].id, &here[i - 1]);
	}
	db_done(r);
	return NULL;
}

const struct err *
import_inbox_add(struct db *db, const struct inbox_message *m,
    const int64_t *apps, size_t n)
{
	const struct err *e = db_exec(db, SQL_IMPORT_INBOX_ADD, VALUES(
	    v_text(m->id), v_text(m->user_id), v_text(m->type),
	    v_text(m->subject), v_text(m->summary), v_text(m->body),
	    v_i64(m->read), at(m->created_ms), at(m->read_ms)));

	for (size_t i = 0; e == NULL && i < n; i++)
		e = db_post(db, SQL_IMPORT_INBOX_APP_ADD,
		    VALUES(v_i64(apps[i]), v_text(m->id)), NULL);
	return e != NULL ? e : db_answers(db);
}

const struct err *
import_inbox_read(struct db *db, const struct inbox_message *m)
{
	return db_exec(db, SQL_IMPORT_INBOX_READ,
	    VALUES(at(m->read_ms), v_text(m->id)));
}

/* --- stored messages -------------------------------------------------- */

const struct err *
import_messages_find(struct db *db, const struct import_message *list,
    size_t n, bool *present)
{
	struct buf text = BUF(DB_LIST_MAX);

	if (n == 0)
		return NULL;
	for (size_t i = 0; i < n; i++)
		(void)buf_fmt(&text, "%s%lld", i > 0 ? "," : "[",
		    (long long)list[i].id);
	return mark_present(db, SQL_IMPORT_MESSAGE_FIND, &text, n, present);
}

/* What the old server left pending is never tried again: no state. */
static const char *
state_of(int64_t status)
{
	return status == 1 ? "sent" : status == -1 ? "failed" : NULL;
}

const struct err *
import_messages_add(struct db *db, const struct import_message *list, size_t n)
{
	struct row_list rows = ROW_LIST(SQL_IMPORT_MESSAGE_ADD);
	const struct err *e = NULL;

	for (size_t i = 0; e == NULL && i < n; i++)
		e = row_list_add(db, &rows, VALUES(v_i64(list[i].id),
		    v_text(list[i].user_id), v_text(list[i].activation_id),
		    v_i64(list[i].silent), v_i64(list[i].personal),
		    v_text(list[i].body), v_i64(list[i].created_ms),
		    v_i64(list[i].status), v_text(state_of(list[i].status))));
	if (e == NULL)
		e = row_list_flush(db, &rows);
	row_list_done(&rows);
	return e;
}
