/* SPDX-License-Identifier: MIT */
/* Why a user did not get the message of a campaign. */
#include "fcgi/on_campaign_part.h"

#include "core/campaign_member.h"

struct campaign_member_in {
	const char *user_id;
};

/* clang-format off */
static const struct field member_fields[] = {
	{"userId", F_ID, F_NEED | F_QUERY_ONLY,
	    offsetof(struct campaign_member_in, user_id), 0, 255,
	    .missing = "No userId was specified"},
	{NULL}
};

const struct form campaign_member_form = {
	member_fields, sizeof(struct campaign_member_in), NULL, 0
};
/* clang-format on */

const struct err *
on_campaign_user_why(struct call *c)
{
	const struct campaign_member_in *in = c->in;
	struct json *object = json_new_object(c->mem);
	struct campaign_member m;
	struct campaign campaign;
	const struct err *e;

	if ((e = campaign_of_path(c, &campaign)) != NULL)
		return e;
	e = campaign_member(c->settings, c->db, c->mem, campaign.id,
	    in->user_id, &m);
	if (e != NULL) /* removed just now */
		return problem_say(e, ERR_MISSING, CAMPAIGN_UNKNOWN);
	campaign_member_view(object, &m);
	return reply_object(c, object);
}
