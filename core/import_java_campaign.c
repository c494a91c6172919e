/* SPDX-License-Identifier: MIT */
/*
 * Campaigns of the Java edition, with their ids, and their users. A campaign
 * that was sent from here stays as it is. One user may be in a campaign twice
 * there; the first row counts.
 */
#include "core/import_java_part.h"

#include <stdio.h>
#include <string.h>

#include "lib/json.h"
#include "lib/mem.h"

#include "db/campaign_user.h"
#include "db/import_rows.h"
#include "db/integration.h"

#define USERS_READ 1000
#define MESSAGE_DEPTH 40 /* as core/campaign.c reads them */

struct java_campaign {
	int64_t id, app;
	struct bytes message;
	bool sent;
	int64_t created_ms, started_ms, completed_ms;
};

/* clang-format off */
#define OF(member) offsetof(struct java_campaign, member)
static const struct import_column campaign_columns[] = {
	{"id", NULL, CELL_NUMBER, CELL_MUST, OF(id)},
	{"app_id", NULL, CELL_NUMBER, CELL_MUST, OF(app)},
	{"message", NULL, CELL_VALUE, CELL_MUST | CELL_OCTETS, OF(message), CAMPAIGN_MESSAGE_MAX},
	{"is_sent", NULL, CELL_BOOL, 0, OF(sent)},
	{"timestamp_created", NULL, CELL_TIME, CELL_MUST, OF(created_ms)},
	{"timestamp_sent", NULL, CELL_TIME, 0, OF(started_ms)},
	{"timestamp_completed", NULL, CELL_TIME, 0, OF(completed_ms)},
};

#define USER(member) offsetof(struct import_user, member)
static const struct import_column user_columns[] = {
	{"campaign_id", NULL, CELL_NUMBER, CELL_MUST, USER(campaign)},
	{"user_id", NULL, CELL_TEXT, CELL_MUST, USER(user_id), CAMPAIGN_USER_MAX},
	{"timestamp_created", NULL, CELL_TIME, CELL_MUST, USER(created_ms)},
};
/* clang-format on */

static const struct import_form campaign_form = {campaign_columns,
    nitems(campaign_columns), sizeof(struct java_campaign)};
static const struct import_form user_form = {user_columns,
    nitems(user_columns), sizeof(struct import_user)};

/* --- campaigns -------------------------------------------------------- */

static bool
is_message(struct arena *a, struct bytes text)
{
	struct json *j;

	return json_parse(a, text.data, text.len, MESSAGE_DEPTH, &j) == NULL &&
	    json_kind(j) == JSON_OBJECT;
}

/* Is it here in the same state? */
static bool
is_as_here(const struct campaign *c, const struct campaign *here)
{
	return c->sent == here->sent && c->started_ms == here->started_ms &&
	    c->completed_ms == here->completed_ms &&
	    c->message_len == here->message_len &&
	    memcmp(c->message, here->message, c->message_len) == 0;
}

static enum import_fate
judge_campaign(const struct campaign *c, const struct campaign *here,
    const char **why)
{
	if (here->app != c->app || here->created_ms != c->created_ms) {
		*why = "another campaign has its id here: another application "
		       "or time of creation";
		return IMPORT_REFUSED;
	}
	if (is_as_here(c, here))
		return IMPORT_SAME;
	if (here->send == 0)
		return IMPORT_CHANGED;
	*why = "it was sent from here";
	return IMPORT_KEPT;
}

static const struct err *
write_campaign(struct db *db, void *arg)
{
	return import_campaign_add(db, arg);
}

static const struct err *
rewrite_campaign(struct db *db, void *arg)
{
	return import_campaign_change(db, arg);
}

static const struct err *
take_readable(struct import *im, struct arena *a, struct campaign *c,
    uint64_t line, const char *key)
{
	struct java *j = im->own;
	enum import_fate fate = IMPORT_NEW;
	const char *why = NULL;
	struct campaign here;
	const struct err *e = campaign_by_id(im->db, a, c->id, &here);

	if (e == NULL)
		fate = judge_campaign(c, &here, &why);
	else if (e->code != ERR_MISSING)
		return e;
	e = NULL;
	if (!im->dry_run && fate == IMPORT_NEW)
		e = db_transact(im->db, write_campaign, c);
	else if (!im->dry_run && fate == IMPORT_CHANGED)
		e = db_transact(im->db, rewrite_campaign, c);
	if (e != NULL)
		return e;
	import_note(im, IMPORT_CAMPAIGNS, fate, line, key, why);
	if (fate == IMPORT_REFUSED)
		return NULL;
	import_seen_add(&j->campaigns, (uint64_t)c->id, line);
	if (!c->sent && fate != IMPORT_KEPT)
		import_seen_add(&j->unsent, (uint64_t)c->id, line);
	return NULL;
}

static const struct err *
take_campaign_row(struct import *im, struct arena *a,
    const struct java_campaign *row, uint64_t line)
{
	const struct java_app *app = java_app_of(im->own, row->app);
	const char *key = arena_fmt(a, "%lld", (long long)row->id);
	struct campaign c = {.id = row->id, .sent = row->sent,
	    .message = row->message.data, .message_len = row->message.len,
	    .state = row->sent ? "done" : "created",
	    .created_ms = row->created_ms, .started_ms = row->started_ms,
	    .completed_ms = row->completed_ms};
	const char *why = row->id < 1 ? "its id is none" : app == NULL
	    ? "its application is not there"
	    : !is_message(a, row->message) ? "message is no JSON object"
					   : NULL;

	if (why != NULL) {
		import_note(im, IMPORT_CAMPAIGNS, IMPORT_REFUSED, line, key,
		    why);
		return NULL;
	}
	c.app = app->id;
	return take_readable(im, a, &c, line, key);
}

static const struct err *
take_campaigns(struct import *im, struct import_batch *b)
{
	const struct java_campaign *rows = (const void *)b->rows;
	const struct err *e = NULL;

	for (size_t i = 0; e == NULL && i < b->n; i++)
		e = take_campaign_row(im, b->mem, &rows[i], b->lines[i]);
	return e;
}

const struct import_file java_campaigns_file = {"push_campaign.csv",
    IMPORT_CAMPAIGNS, &campaign_form, NULL, take_campaigns};

/* --- users ------------------------------------------------------------ */

static uint64_t
user_key(int64_t campaign, const char *user_id)
{
	char number[24];

	(void)snprintf(number, sizeof number, "%lld", (long long)campaign);
	return import_digest(number, user_id, NULL);
}

static void
look_user(struct import *im, const void *row, uint64_t line)
{
	const struct import_user *u = row;
	struct java *j = im->own;

	import_seen_add(&j->users, user_key(u->campaign, u->user_id), line);
}

/* Is the row to be taken? If not, it is noted. */
static bool
is_user(struct import *im, const struct import_user *u, uint64_t line)
{
	struct java *j = im->own;

	if (import_seen_line(&j->campaigns, (uint64_t)u->campaign) == 0) {
		import_note(im, IMPORT_USERS, IMPORT_REFUSED, line, u->user_id,
		    "its campaign is not there");
		return false;
	}
	if (import_seen_line(&j->users, user_key(u->campaign, u->user_id)) ==
	    line)
		return true;
	import_note(im, IMPORT_USERS, IMPORT_LEFT, line, u->user_id,
	    "the campaign has the user already");
	return false;
}

struct adding_users {
	const struct import_user *list;
	size_t n;
};

static const struct err *
add_users(struct db *db, void *arg)
{
	const struct adding_users *u = arg;

	return import_users_add(db, u->list, u->n);
}

static const struct err *
take_users(struct import *im, struct import_batch *b)
{
	struct import_user *rows = (void *)b->rows;
	struct import_user *list = arena_zero(b->mem, b->n * sizeof *list);
	bool *present = arena_zero(b->mem, b->n * sizeof *present);
	struct adding_users add = {list, 0};
	const struct err *e;
	size_t n = 0;

	import_seen_sort(&((struct java *)im->own)->campaigns);
	for (size_t i = 0; i < b->n; i++)
		if (is_user(im, &rows[i], b->lines[i])) {
			b->lines[n] = b->lines[i];
			rows[n++] = rows[i];
		}
	if ((e = import_users_find(im->db, rows, n, present)) != NULL)
		return e;
	for (size_t i = 0; i < n; i++)
		if (!present[i])
			list[add.n++] = rows[i];
	if (add.n > 0 && !im->dry_run &&
	    (e = db_transact(im->db, add_users, &add)) != NULL)
		return e;
	for (size_t i = 0; i < n; i++)
		import_note(im, IMPORT_USERS,
		    present[i] ? IMPORT_SAME : IMPORT_NEW, b->lines[i],
		    rows[i].user_id, NULL);
	return NULL;
}

const struct import_file java_users_file = {"push_campaign_user.csv",
    IMPORT_USERS, &user_form, look_user, take_users};

/* --- users who are here only ------------------------------------------ */

static const struct err *
drop_users(struct db *db, int64_t campaign, const char *user)
{
	return campaign_user_remove(db, campaign, &user, 1,
	    INTEGRATION_COMMAND_LINE);
}

static const struct err *
extra_users_of(struct import *im, struct arena *a, int64_t campaign)
{
	struct java *j = im->own;
	struct campaign_user_page page = {.limit = USERS_READ};
	const char *last, **users;
	const struct err *e;
	size_t n;

	do {
		e = campaign_user_list(im->db, a, campaign, &page, &users, &n);
		for (size_t i = 0; e == NULL && i < n; i++) {
			page.after = last = users[i];
			if (import_seen_line(&j->users,
				user_key(campaign, last)) != 0)
				continue;
			if (im->aside && !im->dry_run)
				e = drop_users(im->db, campaign, last);
			if (e == NULL)
				import_note(im, IMPORT_USERS, IMPORT_EXTRA, 0,
				    last, im->aside ? "removed" : NULL);
		}
	} while (e == NULL && n > 0);
	return e;
}

const struct err *
java_extra_users(struct import *im)
{
	struct java *j = im->own;
	const struct err *e = NULL;

	for (size_t i = 0; e == NULL && i < j->unsent.n; i++) {
		struct arena *a = arena_new();

		e = extra_users_of(im, a, (int64_t)j->unsent.list[i].key);
		arena_free(a);
	}
	return e;
}

/* --- campaigns that are here only -------------------------------------- */

static const struct err *
tell_extra_campaign(const struct campaign *c, void *arg)
{
	struct import *im = arg;
	const struct java *j = im->own;
	char key[24];
	size_t i = 0;

	while (i < j->n_apps && j->apps[i].id != c->app)
		i++;
	if (i == j->n_apps || import_seen_line(&j->campaigns,
		(uint64_t)c->id) != 0)
		return NULL;
	(void)snprintf(key, sizeof key, "%lld", (long long)c->id);
	import_note(im, IMPORT_CAMPAIGNS, IMPORT_EXTRA, 0, key, NULL);
	return NULL;
}

const struct err *
java_extra_campaigns(struct import *im)
{
	struct java *j = im->own;
	const struct part all = {0};

	if (j->campaigns.n == 0)
		return NULL;
	import_seen_sort(&j->campaigns);
	return campaign_list(im->db, &(struct campaign_choice){0}, &all,
	    tell_extra_campaign, im);
}
