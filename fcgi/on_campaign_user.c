/* SPDX-License-Identifier: MIT */
/* The users of a campaign: added, listed, removed. */
#include "fcgi/on_campaign_part.h"

#include <string.h>

#include "lib/text.h"

#include "db/campaign_user.h"

#include "fcgi/caller.h"
#include "fcgi/page.h"

struct campaign_users_in {
	struct texts users;
};

struct campaign_user_list_in {
	const char *after;
	struct page_in part;
};

/* clang-format off */
/* In the contract the database refuses users that are null or too long: see
 * check_users. */
static const struct field users_fields[] = {
	{"", F_TEXTS, F_NEED | F_NULLS,
	    offsetof(struct campaign_users_in, users), 0, LIMIT_USERS,
	    .missing = "Empty requestObject data"},
	{NULL}
};

static const struct field user_list_fields[] = {
	{"after", F_TEXT, F_QUERY_ONLY,
	    offsetof(struct campaign_user_list_in, after), 0, 255},
	PAGE_FIELDS(struct campaign_user_list_in),
	{NULL}
};

const struct form campaign_users_form = {
	users_fields, sizeof(struct campaign_users_in),
	"Empty requestObject data", 0
};
const struct form campaign_user_list_form = {
	user_list_fields, sizeof(struct campaign_user_list_in), NULL, 0
};
/* clang-format on */

/* In the contract the database finds these faults: so the status is that of a
 * conflict; the sentence names the fault. */
static const struct err *
check_users(struct call *c, const struct texts *users)
{
	for (size_t i = 0; i < users->n; i++) {
		const char *user = users->items[i];

		if (user == NULL)
			return problem_as(c, PROBLEM_CONFLICT,
			    err_new(ERR_CONFLICT, "requestObject[%zu] must "
				"not be null", i));
		if (text_utf16_len(user, strlen(user)) > CAMPAIGN_USER_MAX)
			return problem_as(c, PROBLEM_CONFLICT,
			    err_new(ERR_CONFLICT, "requestObject[%zu] must be "
				"at most %d characters long", i,
				CAMPAIGN_USER_MAX));
	}
	return NULL;
}

const struct err *
on_campaign_user_add(struct call *c)
{
	const struct campaign_users_in *in = c->in;
	struct campaign campaign;
	const struct err *e;

	if ((e = campaign_of_path(c, &campaign)) != NULL ||
	    (e = check_users(c, &in->users)) != NULL)
		return e;
	if (campaign.everybody)
		return err_new(ERR_INVALID, "The campaign is for everybody: "
		    "it takes no users");
	e = campaign_user_add(c->db, campaign.id, in->users.items,
	    in->users.n, campaign_caller(c));
	if (e != NULL) /* removed just now */
		return problem_say(e, ERR_MISSING, CAMPAIGN_UNKNOWN);
	return reply_ok(c);
}

const struct err *
on_campaign_user_list(struct call *c)
{
	const struct campaign_user_list_in *in = c->in;
	int64_t size = in->part.size > 0 ? in->part.size : PAGE_SIZE;
	struct json *object = json_new_object(c->mem), *array;
	const char **users = NULL;
	const struct err *e;
	size_t n = 0;
	bool there;

	if ((e = campaign_if_any(c, &there)) != NULL)
		return e;
	if (there)
		e = campaign_user_list(c->db, c->mem, c->path_id,
		    &(struct campaign_user_page){in->after, size,
			in->part.page * size}, &users, &n);
	if (e != NULL)
		return e;
	json_set_int(object, "campaignId", c->path_id);
	array = json_set_array(object, "users");
	for (size_t i = 0; i < n; i++)
		json_add_text(array, users[i]);
	return reply_page(c, object, in->part.page, size);
}

const struct err *
on_campaign_user_delete(struct call *c)
{
	const struct campaign_users_in *in = c->in;
	const struct err *e;
	bool there;

	if ((e = campaign_if_any(c, &there)) != NULL)
		return e;
	if (there)
		e = campaign_user_remove(c->db, c->path_id, in->users.items,
		    in->users.n, campaign_caller(c));
	if (e != NULL && e->code != ERR_MISSING) /* removed just now */
		return e;
	return reply_ok(c);
}
