/* SPDX-License-Identifier: MIT */
/*
 * The inbox of a user. Each call accepts the published form and that of
 * existing callers: messageId or id or inboxId, query or body.
 */
#include "fcgi/handlers.h"

#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/json_text.h"
#include "lib/mem.h"

#include "db/application.h"
#include "db/inbox.h"

#include "fcgi/call.h"
#include "fcgi/caller.h"
#include "fcgi/dialect.h"
#include "fcgi/idempotency.h"
#include "fcgi/reply_list.h"

#define APP_PATTERN "[a-zA-Z0-9_-]{3,255}"
#define APP_NAME_MAX 255
#define APPS_MAX 255 /* characters of the list in a query */
#define BODY_MIN 8

static const char *const types[] = {"text", "html", NULL};

struct inbox_in {
	const char *id, *user_id, *app_id;
	const char *type, *subject, *summary, *body;
	struct texts apps;
	bool unread;
	int64_t page, size;
};

/* clang-format off */
#define AT(member) offsetof(struct inbox_in, member)
#define EITHER (F_NEED | F_FILLED | F_QUERY)
#define QUERY  (F_NEED | F_FILLED | F_QUERY_ONLY)

static const struct field post_fields[] = {
	{"userId",	 F_ID,	  F_NEED | F_FILLED, AT(user_id), 1, 255},
	{"type",	 F_ENUM,  F_NEED | F_ANYCASE, AT(type), .choices = types},
	{"subject",	 F_TEXT,  F_NEED, AT(subject), 8, 255},
	{"summary",	 F_TEXT,  F_NEED, AT(summary), 8, 255},
	{"body",	 F_TEXT,  F_NEED, AT(body), BODY_MIN, LIMIT_INBOX_BODY},
	{"applications", F_TEXTS, F_NEED | F_FILLED, AT(apps), 1,
	    LIMIT_INBOX_APPS, .pattern = APP_PATTERN},
	{NULL}
};

static const struct field list_fields[] = {
	{"userId",	 F_ID,	  QUERY, AT(user_id), 1, 255},
	{"applications", F_TEXTS, QUERY, AT(apps)},
	{"onlyUnread",	 F_FLAG,  F_QUERY_ONLY, AT(unread)},
	{"page",	 F_COUNT, F_QUERY_ONLY, AT(page), 0, INT32_MAX},
	{"size",	 F_COUNT, F_QUERY_ONLY, AT(size), 0, LIMIT_PAGE},
	{NULL}
};

static const struct field count_fields[] = {
	{"userId", F_ID, QUERY, AT(user_id), 1, 255},
	{"appId",  F_ID, QUERY, AT(app_id), 1, 255},
	{NULL}
};

static const struct field detail_fields[] = {
	{"id",	      F_ID, F_FILLED | F_QUERY_ONLY, AT(id), 1, 255},
	{"messageId", F_ID, QUERY, AT(id), 1, 255},
	{"userId",    F_ID, F_QUERY_ONLY, AT(user_id), 1, 255},
	{NULL}
};

static const struct field read_fields[] = {
	{"messageId", F_ID, F_FILLED | F_QUERY, AT(id), 1, 255},
	{"id",	      F_ID, F_FILLED | F_QUERY, AT(id), 1, 255},
	{"inboxId",   F_ID, EITHER, AT(id), 1, 255},
	{"userId",    F_ID, F_QUERY, AT(user_id), 1, 255},
	{NULL}
};

static const struct field read_all_fields[] = {
	{"userId", F_ID, EITHER, AT(user_id), 1, 255},
	{"appId",  F_ID, EITHER, AT(app_id), 1, 255},
	{NULL}
};

const struct form inbox_post_form = {
	post_fields, sizeof(struct inbox_in), "must not be null", FORM_VIOLATIONS
};
const struct form inbox_list_form = {
	list_fields, sizeof(struct inbox_in), NULL, FORM_VIOLATIONS
};
const struct form inbox_count_form = {
	count_fields, sizeof(struct inbox_in), NULL, FORM_VIOLATIONS
};
const struct form inbox_detail_form = {
	detail_fields, sizeof(struct inbox_in), NULL, FORM_VIOLATIONS
};
const struct form inbox_read_form = {
	read_fields, sizeof(struct inbox_in), NULL, FORM_VIOLATIONS
};
const struct form inbox_read_all_form = {
	read_all_fields, sizeof(struct inbox_in), NULL, FORM_VIOLATIONS
};
/* clang-format on */

/* --- the answer ------------------------------------------------------- */

static void
set_inbox_time(struct json *j, const char *name, int64_t ms)
{
	char text[CLOCK_TEXT];

	clock_iso(ms, "+00:00", text);
	json_set_text(j, name, text);
}

static void
set_head(struct json *j, const struct inbox_message *m, bool whole)
{
	json_set_text(j, "id", m->id);
	if (whole)
		json_set_text(j, "userId", m->user_id);
	json_set_text(j, "type", m->type);
	json_set_text(j, "subject", m->subject);
	json_set_text(j, "summary", m->summary);
	if (whole)
		json_set_text(j, "body", m->body);
	json_set_bool(j, "read", m->read);
	set_inbox_time(j, "timestampCreated", m->created_ms);
	if (whole && m->read)
		set_inbox_time(j, "timestampRead", m->read_ms);
}

static const struct err *
reply_message(struct call *c, const struct inbox_message *m)
{
	struct json *object = json_new_object(c->mem), *array;

	set_head(object, m, true);
	array = json_set_array(object, "applications");
	for (size_t i = 0; i < m->n_apps; i++)
		json_add_text(array, m->apps[i]);
	return reply_object(c, object);
}

/* --- applications ----------------------------------------------------- */

static const struct err *
app_is_unknown(struct call *c)
{
	return problem_as(c, PROBLEM_APP_NOT_FOUND, err_new(ERR_INVALID,
	    "Application list contained an app that is not configured in the "
	    "system."));
}

/* All applications, or the contract's error; naming one twice is an error
 * too. */
static const struct err *
find_apps(struct call *c, const struct texts *names, struct inbox_app **apps)
{
	const struct err *e;
	size_t n;

	for (size_t i = 0; i < names->n; i++)
		if ((e = caller_app(c, names->items[i])) != NULL)
			return e;
	e = inbox_apps(c->db, c->mem, names->items, names->n, apps, &n);
	return e == NULL && n < names->n ? app_is_unknown(c) : e;
}

static const struct err *
no_such_app(struct call *c, const struct err *e, const char *app_id)
{
	if (e == NULL || e->code != ERR_MISSING)
		return e;
	return problem_as(c, PROBLEM_APP_NOT_FOUND, err_new(ERR_INVALID,
	    "Application was not found: %s", app_id));
}

/* --- posting ---------------------------------------------------------- */

struct posting {
	struct inbox_message message;
	const struct idempotency *once;
};

static const struct err *
post_once(struct call *c, void *arg)
{
	const struct inbox_in *in = c->in;
	struct posting *p = arg;
	bool wanted = p->once->wanted;
	struct inbox_app *apps;
	struct inbox_message *m = &p->message;
	const struct err *e;

	if ((e = find_apps(c, &in->apps, &apps)) != NULL ||
	    (e = inbox_add(c->db, m, apps, in->apps.n,
		 wanted ? p->once->key : NULL,
		 wanted ? p->once->request : NULL)) != NULL)
		return e;
	m->n_apps = in->apps.n;
	m->apps = arena_zero(c->mem, m->n_apps * sizeof *m->apps);
	for (size_t i = 0; i < m->n_apps; i++)
		m->apps[i] = apps[i].name;
	return NULL;
}

/* As it is now: it may be read already. */
static const struct err *
find_posted(struct call *c, uint64_t row, struct inbox_message *m)
{
	const struct err *e = inbox_by_row(c->db, c->mem, row, m);

	if (e == NULL || e->code != ERR_MISSING)
		return e;
	return problem_as(c, PROBLEM_CONFLICT, err_new(ERR_CONFLICT,
	    "Idempotency-Key was used for a message that is deleted"));
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Whose an Idempotency-Key is: of the message's applications together, in any
 * order. Each name has a line before it: it is never that of a send or a
 * campaign, which is of one application. */
static const char *
apps_as_one(struct arena *a, const struct texts *names)
{
	const char **sorted = arena_zero(a, names->n * sizeof *sorted);
	struct buf b = BUF((names->n + 1) * (APP_NAME_MAX + 1));
	const char *whose;

	for (size_t i = 0; i < names->n; i++)
		sorted[i] = names->items[i];
	qsort(sorted, names->n, sizeof *sorted, compare_names);
	for (size_t i = 0; i < names->n; i++)
		(void)buf_fmt(&b, "\n%s", sorted[i]);
	whose = arena_text(a, buf_str(&b), b.len);
	buf_done(&b);
	return whose;
}

const struct err *
on_inbox_post(struct call *c)
{
	const struct inbox_in *in = c->in;
	struct idempotency once;
	struct posting p = {{.user_id = in->user_id, .type = in->type,
	    .subject = in->subject, .summary = in->summary,
	    .body = in->body}, &once};
	const struct err *e;
	uint64_t before;

	if ((e = idempotency_read(c, apps_as_one(c->mem, &in->apps),
		 &once)) != NULL ||
	    (e = idempotency_once(c, &once, post_once, &p, &before)) != NULL)
		return e;
	if (before != 0 &&
	    (e = find_posted(c, before, &p.message)) != NULL)
		return e;
	return reply_message(c, &p.message);
}

/* --- looking ---------------------------------------------------------- */

static const struct err *
check_length(struct call *c)
{
	const char *list = request_query(c->request, "applications");
	struct json *v;

	if (list == NULL || strlen(list) <= APPS_MAX)
		return NULL;
	v = json_add_object(c->violations);
	json_set_text(v, "fieldName", "applications");
	json_set_text(v, "hint", "size must be between 1 and 255");
	return problem_as(c, PROBLEM_REQUEST, err_new(ERR_INVALID,
	    "applications are too long"));
}

/* As set_head, in a list; all dialects write it so. */
static const struct err *
write_head(struct call *c, const void *of, struct buf *into)
{
	const struct inbox_message *m = of;
	char created[CLOCK_TEXT];

	(void)c;
	clock_iso(m->created_ms, "+00:00", created);
	(void)buf_text(into, "{");
	json_put_text(into, "id", m->id);
	json_put_text(into, "type", m->type);
	json_put_text(into, "subject", m->subject);
	json_put_text(into, "summary", m->summary);
	json_put_bool(into, "read", m->read);
	json_put_text(into, "timestampCreated", created);
	(void)buf_text(into, "}");
	return NULL;
}

static const struct err *
reply_messages(struct call *c, const struct inbox_message *list, size_t n,
    const struct inbox_page *page)
{
	const struct inbox_in *in = c->in;
	struct page_in part = {in->page, page->limit};
	struct reply_list *out = reply_list_new(c, NULL, &part);
	const struct err *e = NULL;

	for (size_t i = 0; e == NULL && i < n; i++)
		e = reply_list_write(out, write_head, &list[i]);
	return e != NULL ? e : reply_list_end(out);
}

/* One application is looked up with its messages. */
static const struct err *
choose_apps(struct call *c, struct inbox_page *page)
{
	const struct inbox_in *in = c->in;
	struct inbox_app *apps = NULL;
	const struct err *e;

	if (in->apps.n == 1) {
		page->app = in->apps.items[0];
		return caller_app(c, page->app);
	}
	e = find_apps(c, &in->apps, &apps);
	page->apps = apps;
	page->n_apps = e == NULL ? in->apps.n : 0;
	return e;
}

const struct err *
on_inbox_list(struct call *c)
{
	const struct inbox_in *in = c->in;
	struct inbox_page page = {.user_id = in->user_id,
	    .unread = in->unread, .limit = in->size};
	struct inbox_message *list;
	const struct err *e;
	size_t n;

	if (page.limit == 0)
		page.limit = dialect_of(c)->inbox_page;
	page.offset = in->page * page.limit;
	if ((e = check_length(c)) != NULL ||
	    (e = choose_apps(c, &page)) != NULL)
		return e;
	e = inbox_list(c->db, c->mem, &page, &list, &n);
	if (e != NULL)
		return e->code == ERR_MISSING ? app_is_unknown(c) : e;
	return reply_messages(c, list, n, &page);
}

const struct err *
on_inbox_count(struct call *c)
{
	const struct inbox_in *in = c->in;
	struct json *object = json_new_object(c->mem);
	const struct err *e;
	uint64_t n;

	e = inbox_count(c->db, in->user_id, in->app_id, &n);
	if (e != NULL)
		return no_such_app(c, e, in->app_id);
	json_set_int(object, "countUnread", (int64_t)n);
	return reply_object(c, object);
}

/* A caller that is bound to applications sees the messages of those
 * applications, and no name of another application. */
static const struct err *
find_message(struct call *c, struct inbox_message *m)
{
	const struct inbox_in *in = c->in;
	const struct err *e = inbox_by_id(c->db, c->mem, in->id, in->user_id,
	    m);
	size_t n = 0;

	if (e != NULL)
		return e;
	for (size_t i = 0; i < m->n_apps; i++)
		if (caller_has_app(c, m->apps[i]))
			m->apps[n++] = m->apps[i];
	m->n_apps = n;
	return n > 0 ? NULL
		     : err_new(ERR_MISSING, "no message \"%s\"", in->id);
}

static const struct err *
no_such_message(struct call *c, const struct err *e, const char *before,
    const char *behind)
{
	const struct inbox_in *in = c->in;

	if (e == NULL || e->code != ERR_MISSING)
		return e;
	return problem_as(c, PROBLEM_MESSAGE_NOT_FOUND, err_new(ERR_INVALID,
	    "%s%s%s", before, in->id, behind));
}

const struct err *
on_inbox_detail(struct call *c)
{
	struct inbox_message m;
	const struct err *e = find_message(c, &m);

	if (e != NULL)
		return no_such_message(c, e, "Unable to fetch message: ", ".");
	return reply_message(c, &m);
}

/* --- reading ---------------------------------------------------------- */

const struct err *
on_inbox_read(struct call *c)
{
	const struct inbox_in *in = c->in;
	struct inbox_message m;
	const struct err *e = find_message(c, &m);

	/* another call may mark it as read at the same time: the first time
	 * stays */
	if (e == NULL && !m.read &&
	    (e = inbox_read(c->db, in->id, in->user_id)) == NULL)
		e = find_message(c, &m);
	if (e != NULL)
		return no_such_message(c, e, "Unable to mark message: ",
		    " as read.");
	return reply_message(c, &m);
}

const struct err *
on_inbox_read_all(struct call *c)
{
	const struct inbox_in *in = c->in;
	struct application app;
	const struct err *e;

	e = application_by_name(c->db, c->mem, in->app_id, &app);
	if (e != NULL)
		return no_such_app(c, e, in->app_id);
	if ((e = inbox_read_all(c->db, in->user_id, app.id)) != NULL)
		return e;
	return reply_ok(c);
}

/* --- deleting --------------------------------------------------------- */

/* A caller that is bound to applications takes the message out of those; it
 * goes when no application is left. */
const struct err *
on_inbox_delete(struct call *c)
{
	const struct inbox_in *in = c->in;
	struct json *object = json_new_object(c->mem);
	const struct err *e;
	bool existed;

	e = inbox_delete(c->db, &(struct inbox_deletion){in->id, in->user_id,
	    caller_apps(c)}, &existed);
	if (e != NULL)
		return e;
	json_set_bool(object, "deleted", existed);
	return reply_object(c, object);
}
