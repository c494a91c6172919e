/* SPDX-License-Identifier: MIT */
/*
 * The inbox and the stored messages of the Java edition. An inbox message is
 * written with its applications or not at all; what was read, there or here,
 * stays read. Stored messages keep their ids, which ours never meet, and those
 * that [message] retention would remove are left out.
 */
#include "core/import_java_part.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/mem.h"

#include "db/device.h"
#include "db/import_rows.h"

#define TEXT_BYTES 65535
#define BODY_BYTES (4 * 1024 * 1024)

struct java_inbox {
	int64_t source;
	const char *inbox_id, *user_id, *type, *subject, *summary, *body;
	bool read;
	int64_t created_ms, read_ms;
};

/* clang-format off */
#define LINK(member) offsetof(struct java_link, member)
static const struct import_column link_columns[] = {
	{"inbox_id", NULL, CELL_NUMBER, CELL_MUST, LINK(message)},
	{"app_credentials_id", NULL, CELL_NUMBER, CELL_MUST, LINK(app)},
};

#define INBOX(member) offsetof(struct java_inbox, member)
static const struct import_column inbox_columns[] = {
	{"id", NULL, CELL_NUMBER, CELL_MUST, INBOX(source)},
	{"inbox_id", NULL, CELL_TEXT, CELL_MUST, INBOX(inbox_id), 37},
	{"user_id", NULL, CELL_TEXT, CELL_MUST, INBOX(user_id), 255},
	{"message_type", "type", CELL_TEXT, CELL_MUST, INBOX(type), 32},
	{"subject", NULL, CELL_TEXT, CELL_NOT_NULL | CELL_OCTETS, INBOX(subject), TEXT_BYTES},
	{"summary", NULL, CELL_TEXT, CELL_NOT_NULL | CELL_OCTETS, INBOX(summary), TEXT_BYTES},
	{"body", NULL, CELL_TEXT, CELL_NOT_NULL | CELL_OCTETS, INBOX(body), BODY_BYTES},
	{"is_read", "read", CELL_BOOL, 0, INBOX(read)},
	{"timestamp_created", NULL, CELL_TIME, CELL_MUST, INBOX(created_ms)},
	{"timestamp_read", NULL, CELL_TIME, 0, INBOX(read_ms)},
};

#define MESSAGE(member) offsetof(struct import_message, member)
static const struct import_column message_columns[] = {
	{"id", NULL, CELL_NUMBER, CELL_MUST, MESSAGE(id)},
	{"user_id", NULL, CELL_TEXT, 0, MESSAGE(user_id), 255},
	{"activation_id", NULL, CELL_TEXT, 0, MESSAGE(activation_id), DEVICE_ID_MAX},
	{"is_silent", NULL, CELL_BOOL, 0, MESSAGE(silent)},
	{"is_personal", NULL, CELL_BOOL, 0, MESSAGE(personal)},
	{"message_body", NULL, CELL_TEXT, CELL_NOT_NULL | CELL_OCTETS, MESSAGE(body), TEXT_BYTES},
	{"timestamp_created", NULL, CELL_TIME, CELL_MUST, MESSAGE(created_ms)},
	{"status", NULL, CELL_NUMBER, CELL_MUST, MESSAGE(status)},
};
/* clang-format on */

static const struct import_form link_form = {link_columns,
    nitems(link_columns), sizeof(struct java_link)};
static const struct import_form inbox_form = {inbox_columns,
    nitems(inbox_columns), sizeof(struct java_inbox)};
static const struct import_form message_form = {message_columns,
    nitems(message_columns), sizeof(struct import_message)};

/* --- applications of a message ---------------------------------------- */

static void
look_link(struct import *im, const void *row, uint64_t line)
{
	struct java *j = im->own;

	(void)line;
	if (j->n_links == j->links_room) {
		j->links_room = j->links_room > 0 ? 2 * j->links_room : 1024;
		j->links = xrealloc(j->links, j->links_room *
		    sizeof *j->links);
	}
	j->links[j->n_links++] = *(const struct java_link *)row;
}

const struct import_file java_links_file = {"push_inbox_app.csv",
    IMPORT_INBOX, &link_form, look_link, NULL};

static int
compare_links(const void *a, const void *b)
{
	const struct java_link *x = a, *y = b;

	if (x->message != y->message)
		return x->message < y->message ? -1 : 1;
	return x->app < y->app ? -1 : x->app > y->app;
}

void
java_sort_links(struct java *j)
{
	if (j->n_links > 0)
		qsort(j->links, j->n_links, sizeof *j->links, compare_links);
}

/* The ids here of the message's applications, in the arena. */
static int64_t *
apps_of(const struct java *j, struct arena *a, int64_t message, size_t *n)
{
	size_t from = 0, to = j->n_links;
	int64_t *ids;

	while (from < to) {
		size_t mid = from + (to - from) / 2;

		if (j->links[mid].message < message)
			from = mid + 1;
		else
			to = mid;
	}
	for (to = from; to < j->n_links && j->links[to].message == message;)
		to++;
	ids = arena_zero(a, (to - from + 1) * sizeof *ids);
	for (*n = 0; from < to; from++) {
		const struct java_app *app = java_app_of(j,
		    j->links[from].app);

		if (app != NULL)
			ids[(*n)++] = app->id;
	}
	return ids;
}

/* --- the inbox -------------------------------------------------------- */

static void
look_inbox(struct import *im, const void *row, uint64_t line)
{
	const struct java_inbox *m = row;
	struct java *j = im->own;

	import_seen_add(&j->inbox, import_digest(m->inbox_id, NULL, NULL),
	    line);
}

struct taking_inbox {
	struct import *im;
	struct arena *mem;
	const struct java_inbox *rows;
	struct inbox_message *list, *here;
	enum import_fate *fates;
	const char **why;
	size_t n;
};

static void
message_of(struct arena *a, const struct java_inbox *row,
    struct inbox_message *m)
{
	*m = (struct inbox_message){.user_id = row->user_id,
	    .type = import_word(a, row->type), .subject = row->subject,
	    .summary = row->summary, .body = row->body, .read = row->read,
	    .created_ms = row->created_ms, .read_ms = row->read_ms};
	(void)snprintf(m->id, sizeof m->id, "%s", row->inbox_id);
}

static enum import_fate
judge_inbox(struct taking_inbox *t, size_t i, uint64_t line)
{
	struct java *j = t->im->own;
	const struct inbox_message *m = &t->list[i], *here = &t->here[i];
	size_t n;

	(void)apps_of(j, t->mem, t->rows[i].source, &n);
	if (import_seen_line(&j->inbox, import_digest(m->id, NULL, NULL)) !=
	    line)
		t->why[i] = "an earlier row has its inbox id";
	else if (n == 0)
		t->why[i] = "it is in no application that is there";
	if (t->why[i] != NULL)
		return IMPORT_REFUSED;
	if (here->id[0] == '\0')
		return IMPORT_NEW;
	if (strcmp(m->user_id, here->user_id) != 0 ||
	    m->created_ms != here->created_ms) {
		t->why[i] = "another message has its inbox id here: another "
			    "user or time of creation";
		return IMPORT_REFUSED;
	}
	if (m->read == here->read)
		return IMPORT_SAME;
	if (!here->read)
		return IMPORT_CHANGED;
	t->why[i] = "it was read here";
	return IMPORT_KEPT;
}

static const struct err *
write_inbox(struct db *db, void *arg)
{
	const struct taking_inbox *t = arg;
	const struct err *e = NULL;

	for (size_t i = 0; e == NULL && i < t->n; i++) {
		size_t n = 0;
		const int64_t *apps = apps_of(t->im->own, t->mem,
		    t->rows[i].source, &n);

		if (t->fates[i] == IMPORT_NEW)
			e = import_inbox_add(db, &t->list[i], apps, n);
		else if (t->fates[i] == IMPORT_CHANGED)
			e = import_inbox_read(db, &t->list[i]);
	}
	return e;
}

static const struct err *
take_inbox(struct import *im, struct import_batch *b)
{
	struct arena *a = b->mem;
	struct taking_inbox t = {im, a, (const void *)b->rows,
	    arena_zero(a, b->n * sizeof *t.list),
	    arena_zero(a, b->n * sizeof *t.here),
	    arena_zero(a, b->n * sizeof *t.fates),
	    arena_zero(a, b->n * sizeof *t.why), b->n};
	const struct err *e;

	for (size_t i = 0; i < b->n; i++)
		message_of(a, &t.rows[i], &t.list[i]);
	e = import_inbox_find(im->db, a, t.list, t.n, t.here);
	if (e != NULL)
		return e;
	for (size_t i = 0; i < t.n; i++)
		t.fates[i] = judge_inbox(&t, i, b->lines[i]);
	if (!im->dry_run && (e = db_transact(im->db, write_inbox, &t)) != NULL)
		return e;
	for (size_t i = 0; i < t.n; i++)
		import_note(im, IMPORT_INBOX, t.fates[i], b->lines[i],
		    t.list[i].id, t.why[i]);
	return NULL;
}

const struct import_file java_inbox_file = {"push_inbox.csv", IMPORT_INBOX,
    &inbox_form, look_inbox, take_inbox};

/* --- stored messages -------------------------------------------------- */

struct adding_messages {
	const struct import_message *list;
	size_t n;
};

static const struct err *
add_messages(struct db *db, void *arg)
{
	const struct adding_messages *m = arg;

	return import_messages_add(db, m->list, m->n);
}

static const struct err *
take_messages(struct import *im, struct import_batch *b)
{
	const struct import_message *rows = (const void *)b->rows;
	struct import_message *list = arena_zero(b->mem, b->n * sizeof *list);
	bool *present = arena_zero(b->mem, b->n * sizeof *present);
	struct adding_messages add = {list, 0};
	int64_t oldest_ms = clock_now_ms() -
	    im->settings->message.retention_ms;
	const struct err *e = import_messages_find(im->db, rows, b->n, present);

	for (size_t i = 0; e == NULL && i < b->n; i++)
		if (!present[i] && rows[i].created_ms >= oldest_ms)
			list[add.n++] = rows[i];
	if (e == NULL && add.n > 0 && !im->dry_run)
		e = db_transact(im->db, add_messages, &add);
	for (size_t i = 0; e == NULL && i < b->n; i++) {
		bool old = rows[i].created_ms < oldest_ms;

		import_note(im, IMPORT_MESSAGES, present[i] ? IMPORT_SAME
		    : old ? IMPORT_LEFT : IMPORT_NEW, b->lines[i],
		    rows[i].user_id, old && !present[i]
		    ? "it is older than [message] retention" : NULL);
	}
	return e;
}

const struct import_file java_messages_file = {"push_message.csv",
    IMPORT_MESSAGES, &message_form, NULL, take_messages};
