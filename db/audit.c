/* SPDX-License-Identifier: MIT */
#include "db/audit.h"

#include <string.h>

#include "lib/clock.h"
#include "lib/text.h"

#define DETAIL_DEPTH 4

/* A trail with a cut name is better than a change without a trail. */
static struct value
at_most(const char *text, size_t max)
{
	return text != NULL ? v_blob(text, text_cut(text, max)) : v_null();
}

const struct err *
audit_add(struct db *db, const struct audit *a)
{
	return db_exec(db, SQL_AUDIT_ADD, VALUES(
	    at_most(a->who, AUDIT_WHO_MAX), at_most(a->source, 64),
	    v_text(a->action), at_most(a->object, AUDIT_OBJECT_MAX),
	    v_text(a->detail), v_text(a->call)));
}

const struct err *
audit_list(struct db *db, struct arena *a, const struct audit_page *page,
    struct audit **list, size_t *n)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_AUDIT_LIST, VALUES(
	    v_text(page->who), v_text(page->who), v_text(page->action),
	    v_text(page->action), v_text(page->object), v_text(page->object),
	    v_text(page->person), v_text(page->person), v_text(page->person),
	    v_i64(page->since_ms), v_i64(page->limit), v_i64(page->offset)),
	    &r);

	if (e != NULL)
		return e;
	*list = arena_zero(a, db_count(r) * sizeof **list);
	for (*n = 0; db_next(r); (*n)++)
		(*list)[*n] = (struct audit){.id = db_u64(r, 0),
		    .at_ms = db_i64(r, 1), .who = db_copy(a, r, 2),
		    .source = db_copy(a, r, 3), .action = db_copy(a, r, 4),
		    .object = db_copy(a, r, 5), .detail = db_copy(a, r, 6),
		    .call = db_copy(a, r, 7)};
	db_done(r);
	return NULL;
}

const struct err *
audit_plain(struct db *db, const char *user_id, uint64_t *n)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_AUDIT_PLAIN,
	    VALUES(v_text(user_id)), &r);

	if (e != NULL)
		return e;
	*n = db_next(r) ? db_u64(r, 0) : 0;
	db_done(r);
	return NULL;
}

const struct err *
audit_key(struct db *db, struct buf *box)
{
	struct rows *r;
	const struct err *e = db_query(db, SQL_AUDIT_KEY, NO_VALUES, &r);
	const char *data;
	size_t len;

	if (e != NULL)
		return e;
	if (db_next(r)) {
		data = db_blob(r, 0, &len);
		(void)buf_add(box, data, len);
	}
	db_done(r);
	return NULL;
}

const struct err *
audit_key_add(struct db *db, const void *box, size_t len)
{
	return db_exec(db, SQL_AUDIT_KEY_ADD, VALUES(v_blob(box, len)));
}

void
audit_json(struct arena *a, const struct audit *row, struct json *into)
{
	struct json *detail;
	char text[CLOCK_TEXT];

	json_set_int(into, "id", (int64_t)row->id);
	clock_instant(row->at_ms, text);
	json_set_text(into, "time", text);
	json_set_text(into, "who", row->who);
	json_set_text(into, "source", row->source);
	json_set_text(into, "action", row->action);
	json_set_text(into, "object", row->object);
	if (row->detail != NULL && json_parse(a, row->detail,
		strlen(row->detail), DETAIL_DEPTH, &detail) == NULL)
		json_set(into, "detail", detail);
	json_set_text(into, "call", row->call);
}
