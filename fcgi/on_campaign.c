/* SPDX-License-Identifier: MIT */
/* Campaigns: one message, many users. on_campaign_user.c has the users,
 * on_campaign_send.c sends. */
#include "fcgi/on_campaign_part.h"

#include <string.h>

#include "lib/json_text.h"
#include "lib/text.h"

#include "db/application.h"
#include "db/integration.h"

#include "core/campaign.h"
#include "core/view.h"

#include "fcgi/caller.h"
#include "fcgi/dialect.h"
#include "fcgi/idempotency.h"
#include "fcgi/page.h"
#include "fcgi/reply_list.h"
#include "fcgi/send_call.h"
#include "fcgi/send_warn.h"
#include "fcgi/warn.h"

static const char *const states[] = {"sent", "unsent", "all", NULL};
static const char *const orders[] = {"oldest", "newest", NULL};

struct campaign_in {
	const char *app_id, *state, *order;
	struct json *message;
	bool all, strict;
	struct page_in part;
};

/* clang-format off */
#define AT(member) offsetof(struct campaign_in, member)

static const struct field create_fields[] = {
	{"appId",   F_ID,   F_NEED, AT(app_id), 0, 255,
	    .missing = "App ID must not be null."},
	{"message", F_JSON, F_NEED, AT(message), .of = message_body_fields,
	    .missing = "You must specify a push campaign message payload."},
	{"all",     F_FLAG, 0, AT(all)},
	{"strict",  F_FLAG, 0, AT(strict)},
	{NULL}
};

static const struct field list_fields[] = {
	{"all",   F_FLAG, F_QUERY_ONLY, AT(all)},
	{"state", F_ENUM, F_QUERY_ONLY, AT(state), .choices = states},
	{"order", F_ENUM, F_QUERY_ONLY, AT(order), .choices = orders},
	PAGE_FIELDS(struct campaign_in),
	{NULL}
};

const struct form campaign_create_form = {
	create_fields, sizeof(struct campaign_in),
	"Request object must not be empty", FORM_WARNS
};
const struct form campaign_list_form = {
	list_fields, sizeof(struct campaign_in), NULL, 0
};
/* clang-format on */

/* --- the answer ------------------------------------------------------- */

struct copy {
	struct arena *a;
	struct json *into;
};

static struct json *without_nulls(struct arena *a, struct json *j);

static bool
copy_member(const char *name, struct json *value, void *arg)
{
	struct copy *to = arg;

	if (value != NULL)
		json_append(to->into, name, without_nulls(to->a, value));
	return true;
}

/* A copy without members that are null, at any depth (which the parser limits);
 * elements of arrays stay. It lasts as long as j. */
static struct json *
without_nulls(struct arena *a, struct json *j) /* NOLINT(*-recursion) */
{
	struct copy to = {a, NULL};

	if (json_kind(j) == JSON_OBJECT) {
		to.into = json_new_object(a);
		json_each(j, copy_member, &to);
		return to.into;
	}
	if (json_kind(j) != JSON_ARRAY)
		return j;
	to.into = json_new_array(a);
	for (size_t i = 0; i < json_len(j); i++)
		json_add(to.into, without_nulls(a, json_at(j, i)));
	return to.into;
}

static const struct err *
campaign_json(struct call *c, const struct campaign *campaign,
    struct json *into)
{
	struct json *message;
	const struct err *e;

	if ((e = campaign_message(c->mem, campaign, &message)) != NULL)
		return e;
	json_set_int(into, "id", campaign->id);
	json_set_text(into, "appId", campaign->app_id);
	json_set_bool(into, "sent", campaign->sent);
	json_set(into, "message", without_nulls(c->mem, message));
	if (campaign->everybody)
		json_set_bool(into, "all", true);
	json_set_text(into, "createdBy", campaign->created_by);
	json_set_text(into, "changedBy", campaign->changed_by);
	json_set_text(into, "approvedBy", campaign->approved_by);
	view_instant(into, "approved", campaign->approved_ms);
	return NULL;
}

const struct err *
campaign_of_path(struct call *c, struct campaign *campaign)
{
	const struct err *e = campaign_by_id(c->db, c->mem, c->path_id,
	    campaign);

	if (e != NULL)
		return problem_say(e, ERR_MISSING, CAMPAIGN_UNKNOWN);
	c->app = campaign->app_id;
	return problem_say(caller_app(c, campaign->app_id), ERR_DENIED,
	    CAMPAIGN_UNKNOWN);
}

const struct err *
campaign_if_any(struct call *c, bool *there)
{
	struct campaign campaign;
	const struct err *e = campaign_by_id(c->db, c->mem, c->path_id,
	    &campaign);

	*there = e == NULL;
	if (e != NULL)
		return e->code == ERR_MISSING ? NULL : e;
	c->app = campaign.app_id;
	e = caller_app(c, campaign.app_id);
	if (e == NULL || e->code != ERR_DENIED)
		return e;
	*there = false;
	return NULL;
}

const char *
campaign_caller(const struct call *c)
{
	return c->caller != NULL ? c->caller->name : NULL;
}

/* --- campaigns -------------------------------------------------------- */

struct creation {
	struct campaign campaign;
	const struct idempotency *once;
};

static const struct err *
create_once(struct call *c, void *arg)
{
	const struct campaign_in *in = c->in;
	struct creation *n = arg;
	bool wanted = n->once->wanted;
	const struct err *e = warn_strict(c, in->strict);

	return e != NULL ? e : campaign_add(c->db, &n->campaign,
	    wanted ? n->once->key : NULL, wanted ? n->once->request : NULL,
	    &n->campaign.id);
}

/* The id of the campaign, which a call with the same key may have made. */
static const struct err *
create_campaign(struct call *c, struct campaign *campaign, int64_t *id)
{
	const struct campaign_in *in = c->in;
	struct idempotency r;
	struct creation n = {*campaign, &r};
	const struct err *e;
	uint64_t before;

	if ((e = idempotency_read(c, in->app_id, &r)) != NULL ||
	    (e = idempotency_once(c, &r, create_once, &n, &before)) != NULL)
		return e;
	*id = before != 0 ? (int64_t)before : n.campaign.id;
	return NULL;
}

const struct err *
on_campaign_create(struct call *c)
{
	const struct campaign_in *in = c->in;
	struct json *object = json_new_object(c->mem);
	struct campaign campaign = {.everybody = in->all,
	    .created_by = campaign_caller(c)};
	struct application app;
	const struct err *e;
	int64_t id;

	c->app = in->app_id;
	e = application_by_name(c->db, c->mem, in->app_id, &app);
	if (e != NULL)
		return problem_say(e, ERR_MISSING, "Application with a "
		    "provided PowerAuth app ID does not exist: %s",
		    in->app_id);
	campaign.app = app.id;
	campaign.message = json_write(in->message, &campaign.message_len);
	if (campaign.message_len > CAMPAIGN_MESSAGE_MAX)
		return err_new(ERR_TOOBIG, "a message of %zu bytes is larger "
		    "than %d", campaign.message_len, CAMPAIGN_MESSAGE_MAX);
	send_warn_campaign(c, &app, in->message, campaign.message_len);
	if ((e = create_campaign(c, &campaign, &id)) != NULL)
		return e;
	json_set_int(object, "id", id);
	return reply_object(c, object);
}

const struct err *
on_campaign_delete(struct call *c)
{
	struct json *object = json_new_object(c->mem);
	const struct err *e;
	bool there, existed = false;

	if ((e = campaign_if_any(c, &there)) != NULL)
		return e;
	/* users of a campaign that was removed before are removed too */
	if (there || c->app == NULL)
		e = campaign_remove(c->db, c->path_id, &existed);
	if (e != NULL)
		return e;
	json_set_bool(object, "deleted", existed);
	return reply_object(c, object);
}

const struct err *
on_campaign_detail(struct call *c)
{
	struct json *object = json_new_object(c->mem);
	struct campaign campaign;
	const struct err *e;

	if ((e = campaign_of_path(c, &campaign)) != NULL ||
	    (e = campaign_json(c, &campaign, object)) != NULL)
		return e;
	return reply_object(c, object);
}

/* "all" false means "only sent" on the published page and "only not yet sent"
 * in the existing server; "state" is unambiguous. */
static const bool *
wanted_state(const struct call *c, bool *sent)
{
	const struct campaign_in *in = c->in;

	if (in->state != NULL) {
		*sent = in->state == states[0];
		return in->state == states[2] ? NULL : sent;
	}
	*sent = dialect_of(c)->lists_sent;
	return in->all ? NULL : sent;
}

struct listed_campaigns {
	struct reply_list *list;
	const char *id_quote, *sent_quote; /* "": they are no text */
	const struct campaign *campaign;
};

static const char *
quote_of(const struct call *c, const char *name)
{
	return dialect_makes_text(c, name) ? "\"" : "";
}

/* As campaign_json, in the list. */
static const struct err *
write_campaign(struct call *c, const void *of, struct buf *into)
{
	const struct listed_campaigns *l = of;
	const struct campaign *campaign = l->campaign;
	struct bytes message;
	const struct err *e;

	(void)c;
	if ((e = campaign_message_text(campaign, &message)) != NULL)
		return e;
	(void)buf_text(into, "{\"id\":");
	(void)buf_text(into, l->id_quote);
	(void)buf_int(into, campaign->id);
	(void)buf_text(into, l->id_quote);
	json_put_text(into, "appId", campaign->app_id);
	json_put_name(into, "sent");
	(void)buf_text(into, l->sent_quote);
	(void)buf_text(into, campaign->sent ? "true" : "false");
	(void)buf_text(into, l->sent_quote);
	json_put_name(into, "message");
	json_put_value(into, message, false);
	(void)buf_text(into, "}");
	return NULL;
}

static const struct err *
add_campaign(const struct campaign *campaign, void *arg)
{
	struct listed_campaigns *l = arg;

	l->campaign = campaign;
	return reply_list_write(l->list, write_campaign, l);
}

const struct err *
on_campaign_list(struct call *c)
{
	const struct campaign_in *in = c->in;
	struct part part;
	const struct page_in *asked = page_asked(c, &in->part, &part);
	struct listed_campaigns l = {reply_list_new(c, NULL, asked),
	    quote_of(c, "id"), quote_of(c, "sent"), NULL};
	bool sent;
	const struct campaign_choice choice = {wanted_state(c, &sent),
	    in->order == orders[1]};
	const struct err *e = campaign_list(c->db, &choice, &part, add_campaign,
	    &l);

	return e != NULL ? e : reply_list_end(l.list);
}
