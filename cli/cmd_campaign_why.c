/* SPDX-License-Identifier: MIT */
/* outpost campaign why: why a user did not get its message. */
#include "cli/cli.h"

#include <stdio.h>

#include "lib/text.h"

#include "push/provider.h"
#include "push/remedy.h"

#include "core/campaign_member.h"

#include "cli/table.h"

static const struct cli_option no_options[] = {{NULL}};

static const struct table_column columns[] = {{"DEVICE", true},
    {"PLATFORM"}, {"REGISTERED"}, {"STATE"}, {"WHY"}, {"REMEDY"}, {NULL}};

static void
tell_device(struct cli *c, struct table *t, const struct campaign_member *m,
    const struct member_device *d)
{
	const char *why, *state = campaign_member_device_state(m, d, &why);
	const char *reason = d->outcome != NULL ? d->reason : d->gone_reason;

	table_put_fmt(t, "%lld", (long long)d->id);
	table_put(t, d->platform < PLATFORM__COUNT
		? providers[d->platform]->name : "?");
	table_put(t, cli_time(c, d->registered_ms));
	table_put(t, state);
	if (why != NULL && reason != NULL)
		table_put_fmt(t, "%s: %s", why, reason);
	else
		table_put(t, why != NULL ? why : reason);
	table_put(t, reason_remedy(reason));
}

static void
print_member(struct cli *c, const struct campaign_member *m)
{
	struct table *t = table_new(c->mem, columns);
	const char *why = campaign_member_why(m);
	const char *note = campaign_member_note(m);

	if (why != NULL)
		puts(why);
	if (m->has_run && m->run.ended_ms != 0)
		printf("It ended at %s.\n", cli_time(c, m->run.ended_ms));
	for (size_t i = 0; i < m->n; i++)
		tell_device(c, t, m, &m->devices[i]);
	table_print(t, "no device");
	if (note != NULL)
		puts(note);
}

static const struct err *
tell_why(struct cli *c)
{
	struct campaign_member m;
	const struct err *e;
	struct json *j;
	int64_t id;

	if (!text_i64(c->args[0], 1, INT64_MAX, &id))
		return cli_misused(c, "the id of a campaign is a number");
	e = campaign_member(&c->settings, c->db, c->mem, id, c->args[1], &m);
	if (e != NULL)
		return e;
	if (!c->json) {
		print_member(c, &m);
		return NULL;
	}
	j = json_new_object(c->mem);
	campaign_member_view(j, &m);
	cli_print(j);
	return NULL;
}

const struct command campaign_why_commands[] = {
	{"campaign", "why", {"ID", "USER"},
	    "tell why a user did not get its message", no_options, tell_why},
	{NULL}};
