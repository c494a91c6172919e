/* SPDX-License-Identifier: MIT */
#include "core/person.h"

#include <stdio.h>
#include <string.h>

#include "core/view.h"
#include "db/audit.h"
#include "db/history.h"
#include "push/message.h"
#include "push/provider.h"

#define COLUMNS_MAX 12 /* of a part */
#define VALUE_DEPTH 32 /* of a stored message */

enum column_kind {
	C_TEXT,
	C_INT,
	C_FLAG,
	C_TIME,
	C_ID,	    /* of a send: a number as text */
	C_PLATFORM, /* its number */
	C_OUTCOME,
	C_JSON,	   /* a text that is JSON */
	C_MESSAGE /* the stored form of a message (push/message.h) */
};

struct person_column {
	const char *name;
	enum column_kind kind;
};

/* The columns of each part's statement (db/sql.c), in their order. */
static const struct person_column columns[PERSON_PARTS][COLUMNS_MAX] = {
    [PERSON_DEVICES] = {{"device", C_INT}, {"appId", C_TEXT},
	{"platform", C_TEXT}, {"environment", C_TEXT},
	{"activationId", C_TEXT}, {"active", C_FLAG}, {"generation", C_INT},
	{"registered", C_TIME}, {"quarantined", C_TIME}, {"reason", C_TEXT}},
    [PERSON_ACTIVATIONS] = {{"activationId", C_TEXT}, {"appId", C_TEXT},
	{"activationStatus", C_TEXT}, {"created", C_TIME},
	{"changed", C_TIME}},
    [PERSON_WAITING] = {{"messageId", C_ID}, {"appId", C_TEXT},
	{"device", C_INT}, {"platform", C_PLATFORM}, {"tries", C_INT},
	{"reason", C_TEXT}, {"next", C_TIME}, {"message", C_MESSAGE}},
    [PERSON_HISTORY] = {{"messageId", C_ID}, {"appId", C_TEXT},
	{"device", C_INT}, {"platform", C_PLATFORM}, {"state", C_OUTCOME},
	{"tries", C_INT}, {"reason", C_TEXT}, {"finished", C_TIME}},
    [PERSON_MESSAGES] = {{"messageId", C_ID}, {"device", C_INT},
	{"platform", C_PLATFORM}, {"activationId", C_TEXT},
	{"silent", C_FLAG}, {"personal", C_FLAG}, {"state", C_TEXT},
	{"tries", C_INT}, {"reason", C_TEXT}, {"created", C_TIME},
	{"finished", C_TIME}, {"message", C_JSON}},
    [PERSON_CAMPAIGNS] = {{"campaign", C_INT}, {"added", C_TIME}},
    [PERSON_INBOX] = {{"id", C_TEXT}, {"type", C_TEXT}, {"subject", C_TEXT},
	{"summary", C_TEXT}, {"body", C_TEXT}, {"read", C_FLAG},
	{"created", C_TIME}, {"timeRead", C_TIME}, {"applications", C_JSON}},
};

void
person_counts_json(const uint64_t n[PERSON_PARTS], struct json *into)
{
	for (unsigned i = 0; i < PERSON_PARTS; i++)
		json_set_int(into, person_part_name(i), (int64_t)n[i]);
}

/* --- values ----------------------------------------------------------- */

/* What cannot be parsed is told as text: it is held all the same. */
static void
set_parsed(struct arena *a, struct json *into, const char *name,
    const char *text)
{
	struct json *value;

	if (json_parse(a, text, strlen(text), VALUE_DEPTH, &value) == NULL)
		json_set(into, name, value);
	else
		json_set_text(into, name, text);
}

static void
set_message(struct arena *a, struct json *into, const char *name,
    const char *text)
{
	const char *published = text;
	bool silent;

	(void)message_published(a, text, strlen(text), &published, &silent);
	set_parsed(a, into, name, published);
}

static void
set_number(struct json *into, const struct person_column *c, int64_t n)
{
	char id[24];

	switch (c->kind) {
	case C_ID:
		(void)snprintf(id, sizeof id, "%lld", (long long)n);
		json_set_text(into, c->name, id);
		break;
	case C_FLAG:
		json_set_bool(into, c->name, n != 0);
		break;
	case C_TIME:
		view_instant(into, c->name, n);
		break;
	case C_PLATFORM:
		if (n >= 0 && n < PLATFORM__COUNT)
			json_set_text(into, c->name, providers[n]->name);
		break;
	case C_OUTCOME:
		json_set_text(into, c->name, history_word((unsigned)n));
		break;
	default:
		json_set_int(into, c->name, n);
	}
}

static void
set_column(struct arena *a, struct json *into, const struct person_column *c,
    const struct rows *r, unsigned i)
{
	if (db_is_null(r, i))
		return;
	switch (c->kind) {
	case C_TEXT:
		json_set_text(into, c->name, db_text(r, i));
		break;
	case C_JSON:
		set_parsed(a, into, c->name, db_text(r, i));
		break;
	case C_MESSAGE:
		set_message(a, into, c->name, db_text(r, i));
		break;
	default:
		set_number(into, c, db_i64(r, i));
	}
}

/* --- parts ------------------------------------------------------------ */

struct part_page {
	struct arena *a;
	enum person_part part;
	struct json *array;
};

static void
add_row(const struct rows *r, void *arg)
{
	const struct part_page *p = arg;
	const struct person_column *c = columns[p->part];
	struct json *into = json_add_object(p->array);

	for (unsigned i = 0; i < COLUMNS_MAX && c[i].name != NULL; i++)
		set_column(p->a, into, &c[i], r, i);
}

const struct err *
person_part_json(struct db *db, struct arena *a, enum person_part part,
    const char *user_id, int64_t limit, int64_t offset, struct json *array,
    uint64_t *n)
{
	struct part_page p = {a, part, array};

	return person_read(db, part, user_id, limit, offset, add_row, &p, n);
}

const struct err *
person_changes_json(struct db *db, struct arena *a, const char *name,
    int64_t limit, int64_t offset, struct json *array, uint64_t *n)
{
	const struct audit_page page = {.person = name, .offset = offset,
	    .limit = limit};
	struct audit *list;
	const struct err *e;
	size_t found;

	if ((e = audit_list(db, a, &page, &list, &found)) != NULL)
		return e;
	for (*n = 0; *n < found; ++*n)
		audit_json(a, &list[*n], json_add_object(array));
	return NULL;
}
